import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PgVectorIndex, SqlSegmentSource, storesOver, type PostgresStorage } from '../../src/adapters/sql/index.js';
import { Connections } from '../../src/adapters/sql/postgres/vectors/connections.js';
import { PgVectors } from '../../src/adapters/sql/postgres/vectors/pg-vectors.js';
import { graphState, makeGraph, openSet, prepareSets } from '../../src/adapters/sql/postgres/vectors/sets.js';
import { TestPostgres, withoutPostgres } from '../support/postgres.js';
import { newSound, processed, segmentsFrom, unit } from './fixtures.js';
import { vectorsSuite, type VectorEngine } from './vectors.suite.js';

vi.setConfig({ hookTimeout: 180_000, testTimeout: 120_000 });

const MODEL = 'model-a';
const nothing = (): void => undefined;
const silentLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };

describe.skipIf(withoutPostgres() !== null)('vectors in PostgreSQL', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await TestPostgres.start();
  });
  afterAll(() => server.stop());

  const engine = (name: string, exactUpTo: number): VectorEngine => ({
    name,
    open: async (dimension) => {
      const storage = await server.open(await server.library());
      const connections = new Connections(storage.pool);
      await connections.with(prepareSets);
      const set = await connections.transact((client) => openSet(client, MODEL, dimension));
      const inUse = { ...set, graph: false };
      return {
        vectors: new PgVectors(connections, () => inUse, exactUpTo),
        prepare: async (segments) => {
          const sounds = JSON.stringify([...new Set(segments.map(({ soundKey }) => soundKey))]);
          const rows = JSON.stringify(segments.map(({ segmentId, soundKey }) => [segmentId, soundKey]));
          await sql`
            INSERT INTO sounds (sound_key, id, sha256, filename, extension, size_bytes, title_folded, created_at, updated_at)
            OVERRIDING SYSTEM VALUE
            SELECT key::bigint, key, key, key, 'wav', 1, key, '', '' FROM json_array_elements_text(${sounds}) AS listed (key)
            ON CONFLICT DO NOTHING`.execute(storage.db);
          await sql`
            INSERT INTO segments (id, sound_key, model_key, idx, start_s, end_s, vector) OVERRIDING SYSTEM VALUE
            SELECT (pair->>0)::bigint, (pair->>1)::bigint, ${MODEL}, (pair->>0)::integer, 0, 1, ''
            FROM json_array_elements(${rows}) AS listed (pair) ON CONFLICT DO NOTHING`.execute(storage.db);
        },
        settle: async () => {
          if (exactUpTo > 0) return;
          await connections.with((client) => makeGraph(client, set), true);
          inUse.graph = (await connections.with((client) => graphState(client, set))) === 'ready';
          expect(inUse.graph).toBe(true);
        },
        close: () => storage.close(),
      };
    },
  });

  vectorsSuite(engine('pgvector, every one compared', 1_000_000));
  vectorsSuite(engine('pgvector, by graph', 0));

  describe('follow the library', () => {
    let url: string;
    let storage: PostgresStorage;
    let stores: ReturnType<typeof storesOver>;
    beforeEach(async () => {
      url = await server.library();
      storage = await server.open(url);
      stores = storesOver(storage, { recordSearches: false });
      return () => storage.close();
    });

    const open = (over: PostgresStorage = storage, key = MODEL, exactUpTo?: number): PgVectorIndex =>
      new PgVectorIndex({
        pool: over.pool,
        source: new SqlSegmentSource(over),
        model: { key, dimension: 3 },
        logger: silentLog,
        ...(exactUpTo !== undefined && { exactUpTo }),
      });
    const add = async (name: string, vectors: number[][], modelKey = MODEL): Promise<string> => {
      const outcome = await stores.jobs.accept(newSound(name));
      if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
      await stores.jobs.start(outcome.job.id);
      await stores.jobs.complete(outcome.job.id, { ...processed(segmentsFrom(vectors.map(unit))), modelKey });
      return outcome.job.soundId;
    };
    const keyOf = async (id: string): Promise<number> => (await stores.sounds.get(id))!.soundKey;
    const found = async (index: PgVectorIndex, vector = [1, 0, 0]): Promise<number[]> => {
      const asked = { vector: unit(vector), filter: { among: null }, limit: 10, matchesPerSound: 3 };
      return (await index.search(asked)).hits.map(({ soundKey }) => soundKey);
    };
    const tables = async (): Promise<number> => {
      const { rows } = await sql<{ count: number }>`
        SELECT count(*) AS count FROM pg_tables WHERE schemaname = 'traum_vectors' AND tablename LIKE 'segments%'`.execute(
        storage.db,
      );
      return rows[0]!.count;
    };

    it('finds in every process what came in, and what was deleted nowhere, at once', async () => {
      const other = await server.open(url);
      const [here, there] = [open(), open(other)];
      await Promise.all([here.open(), there.open()]);
      expect(await found(here)).toEqual([]);
      const [bell, rain] = [
        await add('bell.wav', [[1, 0, 0]]),
        await add('rain.wav', [
          [0, 1, 0],
          [0.1, 1, 0],
        ]),
      ];
      const [bellKey, rainKey] = [await keyOf(bell), await keyOf(rain)];
      await Promise.all([here.refresh(), there.refresh()]);
      expect(await found(here)).toEqual([bellKey, rainKey]);
      expect(await found(there, [0, 1, 0])).toEqual([rainKey, bellKey]);
      expect(here.status()).toMatchObject({ state: 'ready', sounds: 2, segments: 3, memoryBytes: 0, modelKey: MODEL });
      // Nobody has looked for changes since.
      await stores.bin.put([bell]);
      expect(await found(there)).toEqual([rainKey]);
      await stores.bin.restore([bell]);
      await here.refresh();
      expect(await found(there)).toEqual([bellKey, rainKey]);
      await stores.bin.erase([bell], 'anywhere');
      expect(await found(there)).toEqual([rainKey]);
      await here.close();
      await there.close();
    });

    it('answers with the former model until all is there for the next, which then takes its place', async () => {
      const sounds = [await add('bell.wav', [[1, 0, 0]]), await add('rain.wav', [[0, 1, 0]])];
      const [bell, rain] = [await keyOf(sounds[0]!), await keyOf(sounds[1]!)];
      await stores.models.setActive({ id: 'a', key: MODEL });
      const former = open();
      await former.open();
      await stores.models.requestSwitch('b');
      await stores.models.beginSwitch('model-b');
      for (const id of await stores.models.openJobs(10)) {
        const job = (await stores.models.startJob(id))!;
        const vector = job.soundId === sounds[0] ? [0, 0, 1] : [1, 0, 0];
        await stores.models.completeJob(id, segmentsFrom([unit(vector)]));
        expect(await found(former)).toEqual([bell, rain]);
      }
      const next = open(storage, 'model-b');
      await next.open();
      expect(await found(former)).toEqual([bell, rain]);
      expect(await stores.models.commitSwitch({ id: 'b', key: 'model-b' })).toBe(true);
      expect(await found(next)).toEqual([rain, bell]);
      await PgVectorIndex.sweep(storage.pool, ['model-b']);
      expect(await tables()).toBe(1);
      expect(await found(next)).toEqual([rain, bell]);
    });

    it('is made anew beside what answers, which other processes notice', async () => {
      const other = await server.open(url);
      const [here, there] = [open(), open(other)];
      const key = await keyOf(await add('bell.wav', [[1, 0, 0]]));
      await here.open();
      await there.open();
      const rebuilt = here.rebuild();
      expect(await found(there)).toEqual([key]);
      await rebuilt;
      expect(await found(here)).toEqual([key]);
      expect(await found(there)).toEqual([key]);
      expect(await tables()).toBe(1);
      const second = await keyOf(await add('rain.wav', [[0, 1, 0]]));
      await there.refresh();
      expect(await found(here)).toEqual([key, second]);
    });

    it('goes by a graph once there is enough to compare', async () => {
      const index = open(storage, MODEL, 100);
      await index.open();
      const vectors = Array.from({ length: 200 }, (_, i) => [Math.cos(i), Math.sin(i), i / 100]);
      const key = await keyOf(await add('long.wav', vectors));
      await index.refresh();
      expect(await found(index)).toEqual([key]);
      // A second opening waits for the graph.
      const again = open(storage, MODEL, 100);
      await again.open();
      await vi.waitFor(async () => {
        const state = await new Connections(storage.pool).with((client) => graphState(client, { number: 1 }));
        expect(state).toBe('ready');
      }, 30_000);
      expect(await found(again)).toEqual([key]);
      await Promise.all([index.close(), again.close()]);
    });

    it('refuses a database without pgvector or with an old one, naming what to do', async () => {
      const offered = (rows: object[]) => ({ query: () => Promise.resolve({ rows }) }) as never;
      await expect(prepareSets(offered([]))).rejects.toThrow(/has no pgvector. Install it .*VECTORS=memory/);
      await expect(prepareSets(offered([{ installed: '0.7.4', offered: '0.8.2' }]))).rejects.toThrow(
        /pgvector 0\.7\.4; 0\.8 or later is needed.*ALTER EXTENSION vector UPDATE/,
      );
      await expect(prepareSets(offered([{ installed: null, offered: '0.5.1' }]))).rejects.toThrow(/0\.5\.1/);
      await sql`CREATE ROLE guest LOGIN`.execute(storage.db);
      const guest = new pg.Pool({ connectionString: url.replace('traum@', 'guest@') });
      await expect(PgVectorIndex.prepare(guest)).rejects.toThrow(
        /As its administrator run in that database: CREATE EXTENSION vector/,
      );
      await guest.end();
    });
  });
});
