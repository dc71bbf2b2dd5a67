import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SqlSegmentSource, storesOver } from '../../src/adapters/sql/index.js';
import {
  makeCollection,
  WeaviateConnection,
  WeaviateVectorIndex,
  WeaviateVectors,
} from '../../src/adapters/weaviate/index.js';
import { TestWeaviate, WEAVIATE_KEY, withoutWeaviate } from '../support/weaviate.js';
import { sqlite, type OpenEngine } from './engines.js';
import { newSound, processed, segmentsFrom, unit } from './fixtures.js';
import { vectorsSuite, type VectorEngine } from './vectors.suite.js';

const MODEL = 'model-a';
const nothing = (): void => undefined;
const silentLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };

vi.setConfig({ hookTimeout: 180_000, testTimeout: 120_000 });

describe.skipIf(withoutWeaviate() !== null)('vectors in Weaviate', () => {
  let server: TestWeaviate;
  beforeAll(async () => {
    server = await TestWeaviate.start();
  });
  afterAll(() => server.stop());

  const engine = (shards: number): VectorEngine => ({
    name: `Weaviate, ${shards} shards`,
    open: async (dimension) => {
      const connection = new WeaviateConnection({ nodes: server.nodes, key: null, consistency: 'QUORUM' });
      const name = `Traum_${randomBytes(6).toString('hex')}`;
      await makeCollection(connection, name, MODEL, { shards, replicas: 1 });
      return {
        vectors: new WeaviateVectors(connection, () => ({ name, dimension })),
        close: async () => {
          await connection.with(({ collections }) => collections.delete(name));
          await connection.close();
        },
      };
    },
  });

  vectorsSuite(engine(1));
  vectorsSuite(engine(3));

  describe('follow the library', () => {
    let library: OpenEngine;
    let stores: ReturnType<typeof storesOver>;
    let connection: WeaviateConnection;
    const opened: WeaviateVectorIndex[] = [];
    const warned = vi.fn();
    beforeEach(async () => {
      library = await sqlite.open();
      stores = storesOver(library.storage, { recordSearches: false });
      connection = new WeaviateConnection({ nodes: server.nodes, key: null, consistency: 'QUORUM' });
      warned.mockClear();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((index) => index.close()));
      await WeaviateVectorIndex.sweep(partsOf(), []);
      await connection.close();
      await library.close();
    });

    const partsOf = (over = connection) => ({
      connection: over,
      sets: stores.vectorSets,
      leases: stores.work,
      holder: () => randomUUID(),
    });
    const open = (key = MODEL, over = connection): WeaviateVectorIndex => {
      const holder = randomUUID();
      const index = new WeaviateVectorIndex({
        ...partsOf(over),
        holder: () => holder,
        source: new SqlSegmentSource(library.storage),
        settings: { shards: 1, replicas: 1 },
        model: { key, dimension: 3 },
        logger: { ...silentLog, warn: warned },
      });
      opened.push(index);
      return index;
    };
    const add = async (name: string, vectors: number[][], modelKey = MODEL): Promise<string> => {
      const outcome = await stores.jobs.accept(newSound(name));
      if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
      await stores.jobs.start(outcome.job.id);
      await stores.jobs.complete(outcome.job.id, { ...processed(segmentsFrom(vectors.map(unit))), modelKey });
      return outcome.job.soundId;
    };
    const keyOf = async (id: string): Promise<number> => (await stores.sounds.get(id))!.soundKey;
    const found = async (index: WeaviateVectorIndex, vector = [1, 0, 0]): Promise<number[]> => {
      const asked = { vector: unit(vector), filter: { among: null }, limit: 10, matchesPerSound: 3 };
      return (await index.search(asked)).hits.map(({ soundKey }) => soundKey);
    };
    const collections = async (): Promise<string[]> => {
      const all = await connection.with(({ collections: there }) => there.listAll());
      return all.map(({ name }) => name).filter((name) => name.startsWith('Traum_'));
    };
    const nameOf = async (key = MODEL): Promise<string> => (await stores.vectorSets.active(key))!.name;

    it('finds in every process what came in, and what was deleted nowhere, at once', async () => {
      const [here, there] = [open(), open()];
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
      expect(await collections()).toHaveLength(1);
      await here.refresh();
      expect(here.status()).toMatchObject({ state: 'ready', sounds: 2, segments: 3, memoryBytes: 0, modelKey: MODEL });
      // Nobody has looked for changes since.
      await stores.bin.put([bell]);
      expect(await found(there)).toEqual([rainKey]);
      await stores.bin.restore([bell]);
      await here.refresh();
      expect(await found(there)).toEqual([bellKey, rainKey]);
      await stores.bin.erase([bell], 'anywhere');
      expect(await found(there)).toEqual([rainKey]);
      await there.refresh();
      expect(
        (await here.search({ vector: unit([1, 0, 0]), filter: { among: null }, limit: 1, matchesPerSound: 1 })).total,
      ).toBe(1);
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
      const next = open('model-b');
      await next.open();
      expect(await found(former)).toEqual([bell, rain]);
      expect(await stores.models.commitSwitch({ id: 'b', key: 'model-b' })).toBe(true);
      expect(await found(next)).toEqual([rain, bell]);
      await WeaviateVectorIndex.sweep(partsOf(), ['model-b']);
      expect(await collections()).toEqual([await nameOf('model-b')]);
      expect(await found(next)).toEqual([rain, bell]);
    });

    it('is made anew beside what answers, which other processes notice', async () => {
      const [here, there] = [open(), open()];
      const key = await keyOf(await add('bell.wav', [[1, 0, 0]]));
      await here.open();
      await there.open();
      const former = await nameOf();
      const rebuilt = here.rebuild();
      expect(await found(there)).toEqual([key]);
      await rebuilt;
      expect(await nameOf()).not.toBe(former);
      expect(await found(here)).toEqual([key]);
      expect(await found(there)).toEqual([key]);
      expect(await collections()).toEqual([await nameOf()]);
      const second = await keyOf(await add('rain.wav', [[0, 1, 0]]));
      await there.refresh();
      expect(await found(here)).toEqual([key, second]);
    });

    it('notices a collection that is gone, and fills another one while searches are told to wait', async () => {
      const key = await keyOf(await add('bell.wav', [[1, 0, 0]]));
      const index = open();
      await index.open();
      expect(await found(index)).toEqual([key]);
      const former = await nameOf();
      await connection.with(({ collections: there }) => there.delete(former));
      // Hybrid searches go by words at this answer.
      await expect(found(index)).rejects.toMatchObject({ code: 'not_ready', transient: true });
      await vi.waitFor(async () => expect(await found(index)).toEqual([key]), 20_000);
      expect(await nameOf()).not.toBe(former);
      expect(warned.mock.calls.flat()).toContain(
        'The vectors in Weaviate are gone; they are made anew from the database',
      );
    });

    it('applies again what a collection lacks that was put back to an older state', async () => {
      const bell = await keyOf(await add('bell.wav', [[1, 0, 0]]));
      const index = open();
      await index.open();
      const [name, old] = [await nameOf(), index.status().seq];
      const rain = await keyOf(await add('rain.wav', [[0, 1, 0]]));
      await index.refresh();
      await index.close();
      // As a backup of Weaviate from before had it.
      const [rainSegment] = (await new SqlSegmentSource(library.storage).changesSince(old, MODEL, 10)).map(
        ({ segmentId }) => segmentId,
      );
      const vectors = new WeaviateVectors(connection, () => ({ name, dimension: 3 }));
      await vectors.remove([rainSegment!]);
      await connection.in(name, (collection) =>
        collection.data.update({ id: '00000003-0000-4000-8000-000000000000', properties: { seq: old } }),
      );
      const again = open();
      await again.open();
      expect(await found(again)).toEqual([bell, rain]);
      expect(await nameOf()).toBe(name);
    });

    it('fills a collection anew that is ahead of a database which was put back', async () => {
      const bell = await keyOf(await add('bell.wav', [[1, 0, 0]]));
      const index = open();
      await index.open();
      const former = await nameOf();
      await index.close();
      await connection.in(former, (collection) =>
        collection.data.update({ id: '00000003-0000-4000-8000-000000000000', properties: { seq: 999 } }),
      );
      const again = open();
      await again.open();
      expect(await found(again)).toEqual([bell]);
      expect(await nameOf()).not.toBe(former);
    });

    it('takes over from a process that died while it wrote', async () => {
      const key = await keyOf(await add('bell.wav', [[1, 0, 0]]));
      const until = new Date(Date.now() + 1500).toISOString();
      await stores.work.lease(`vectors:${MODEL}`, { holder: 'gone', until });
      const index = open();
      const filling = index.open();
      await expect(found(index)).rejects.toMatchObject({ code: 'not_ready' });
      await filling;
      expect(await found(index)).toEqual([key]);
    });

    it('says what is wrong with an address, a version or a key, and goes on when Weaviate is back', async () => {
      const nowhere = new WeaviateConnection({ nodes: [await deadNode()], key: null, consistency: 'ONE' });
      const index = open(MODEL, nowhere);
      await expect(index.open()).rejects.toMatchObject({ code: 'not_ready', transient: true });
      await index.refresh();
      await index.refresh();
      expect(warned).toHaveBeenCalledTimes(1);
      expect(index.status().problem).toMatchObject({ id: 'vectors_away' });
      await expect(found(index)).rejects.toThrow(/vector database does not answer.*VECTOR_URL/);
      await index.close();
      await nowhere.close();
      // The first node is away, the second answers.
      const either = new WeaviateConnection({
        nodes: [await deadNode(), ...server.nodes],
        key: null,
        consistency: 'QUORUM',
      });
      const other = open(MODEL, either);
      await other.open();
      expect(await found(other)).toEqual([]);
      await other.close();
      await either.close();
    });
  });

  it('wants the key that Weaviate knows', async () => {
    const locked = await TestWeaviate.start(1, WEAVIATE_KEY);
    try {
      for (const [key, wanted] of [
        [null, /VECTOR_KEY/],
        ['another', /VECTOR_KEY/],
      ] as const) {
        const connection = new WeaviateConnection({ nodes: locked.nodes, key, consistency: 'ONE' });
        const asked = connection.with(({ collections }) => collections.exists('Traum_'));
        await expect(asked).rejects.toMatchObject({
          code: 'conflict',
          message: expect.stringMatching(wanted) as string,
        });
        await connection.close();
      }
      const connection = new WeaviateConnection({ nodes: locked.nodes, key: WEAVIATE_KEY, consistency: 'ONE' });
      expect(await connection.with(({ collections }) => collections.exists('Traum_'))).toBe(false);
      await connection.close();
    } finally {
      await locked.stop();
    }
  });
});

/** An address where nobody listens. */
async function deadNode() {
  const socket = createServer();
  await new Promise<void>((resolve) => socket.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(socket.address() as AddressInfo).port}`);
  await new Promise((resolve) => socket.close(resolve));
  return { http: url, grpc: url };
}
