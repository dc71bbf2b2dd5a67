import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  openPlace,
  openRowMove,
  refuseHalfMoved,
  SqlCollectionRepository,
  SqlKeywordIndex,
  SqlSegmentSource,
  storesOver,
  type OpenPlace,
} from '../../src/adapters/sql/index.js';
import { TestPostgres, withoutPostgres } from '../support/postgres.js';
import { MODEL_KEY, newSound, processed, segmentsFrom, temporaryFolder, unit } from './fixtures.js';

vi.setConfig({ hookTimeout: 180_000, testTimeout: 120_000 });

const folder = temporaryFolder();
afterAll(() => folder.remove());
const quiet = { signal: new AbortController().signal, report: () => undefined };

describe.skipIf(withoutPostgres() !== null)('rows of a library', () => {
  let server: TestPostgres;
  const opened: OpenPlace[] = [];
  beforeAll(async () => void (server = await TestPostgres.start()));
  afterAll(async () => {
    for (const each of opened) await each.close();
    await server?.stop();
  });

  const open = async (engine: 'SQLite' | 'PostgreSQL'): Promise<OpenPlace> => {
    const place = await openPlace({
      postgres: engine === 'PostgreSQL' ? { url: await server.library(), connections: 3 } : null,
      databasePath: path.join(folder.path, `${randomUUID()}.db`),
    });
    opened.push(place);
    return place;
  };

  /** A library with some of everything that is written in another way by the other engine. */
  async function fill({ storage }: OpenPlace) {
    const { jobs, bin } = storesOver(storage, { recordSearches: true });
    const ids: string[] = [];
    for (let place = 0; place < 7; place++) {
      const outcome = await jobs.accept(newSound(`kettle ${place} Straße.wav`));
      if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
      await jobs.start(outcome.job.id);
      const vectors = [unit([1, place / 3]), unit([-0, 1e-30])];
      await jobs.complete(outcome.job.id, processed(segmentsFrom(vectors), { fileTags: { keywords: ['blech', 'ü'] } }));
      ids.push(outcome.job.soundId);
    }
    await bin.put([ids[1]!, ids[2]!]);
    await bin.erase([ids[6]!], 'anywhere');
    const collections = new SqlCollectionRepository(storage);
    for (const name of ['one', 'two']) {
      const id = randomUUID();
      await collections.create({ id, name, description: null });
      await collections.add(id, ids.slice(3, 6));
    }
    for (const value of ['', 'a\\b"c\'{}', '\u{1F514}\u0001\n\t', 'NULL', '\\x00', '0.1']) {
      await sql`INSERT INTO settings (name, value) VALUES (${`odd ${value}`}, ${value})`.execute(storage.db);
    }
    for (const took of [0.1, 1e300, 5e-324, 1 / 3, 12_345_678.125]) {
      await sql`INSERT INTO search_log (query, query_folded, mode, result_count, took_ms, top_score, created_at)
        VALUES ('q', 'q', 'hybrid', 3, ${took}, NULL, '2026-01-02T03:04:05.678Z')`.execute(storage.db);
    }
    return { ids, bin, jobs };
  }

  async function contents({ storage }: OpenPlace): Promise<unknown> {
    const source = new SqlSegmentSource(storage);
    const indexed = new Map<number, unknown>();
    for (const change of await source.changesSince(0, MODEL_KEY, 10_000)) {
      if (change.op === 'add') indexed.set(change.segmentId, [change.soundKey, change.startS, [...change.vector]]);
      else indexed.delete(change.segmentId);
    }
    const keywords = new SqlKeywordIndex(storage);
    const found = [];
    for (const text of ['kettle', 'strasse', 'blech', 'kettel', '5'])
      found.push([text, (await keywords.search(text, {}, 20)).map(({ soundKey }) => soundKey).sort()]);
    return { indexed: [...indexed].sort(([a], [b]) => a - b), found, segments: await source.segmentCount(MODEL_KEY) };
  }

  describe.each([
    ['SQLite', 'PostgreSQL'],
    ['PostgreSQL', 'SQLite'],
  ] as const)('from %s to %s', (one, other) => {
    it('arrive whole, wherever the way was interrupted, and follow what changes', async () => {
      const [source, target] = [await open(one), await open(other)];
      const { ids, bin } = await fill(source);
      for (let stopAt = 1, arrived = false; !arrived; stopAt++) {
        const controller = new AbortController();
        let reports = 0;
        const report = (): void => void (++reports >= stopAt && controller.abort(new Error('interrupted')));
        const move = await openRowMove(source, target, 'the old place');
        expect(await move.begin()).toBe(stopAt > 1);
        await expect(refuseHalfMoved(target.storage)).rejects.toThrow('moved from the old place');
        arrived = await move.copy({ signal: controller.signal, report }).then(
          () => !controller.signal.aborted,
          () => false,
        );
      }

      // Names change places; sounds come and go.
      const names = sql.raw(`SELECT CASE name WHEN 'one' THEN 'two' ELSE 'one' END`);
      const at = await sql<{ collection_key: number; other: string }>`
        SELECT collection_key, (${names}) AS other FROM collections ORDER BY 1`.execute(source.storage.db);
      await sql`UPDATE collections SET name_folded = name_folded || '!'`.execute(source.storage.db);
      for (const { collection_key: key, other: name } of at.rows)
        await sql`UPDATE collections SET name = ${name}, name_folded = ${name} WHERE collection_key = ${key}`.execute(
          source.storage.db,
        );
      await bin.restore([ids[1]!]);
      await bin.put([ids[3]!]);
      await bin.erase([ids[4]!], 'anywhere');

      const move = await openRowMove(source, target, 'the old place');
      expect(await move.begin()).toBe(true);
      expect((await move.compare(quiet)).differing.map((text) => text.split(' ')[0])).toEqual(
        expect.arrayContaining(['sounds', 'bin', 'collections', 'segments']),
      );
      expect(await move.copy(quiet)).toBeGreaterThan(0);
      expect((await move.compare(quiet)).differing).toEqual([]);
      expect(await move.copy(quiet)).toBe(0);
      await move.finish();
      await refuseHalfMoved(target.storage);
      expect(await contents(target)).toEqual(await contents(source));

      // The highest sound was erased before: its key is not given again.
      const { jobs } = storesOver(target.storage, { recordSearches: true });
      const outcome = await jobs.accept(newSound('new.wav'));
      if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
      const { rows } = await sql<{ key: number }>`SELECT max(sound_key) AS key FROM sounds`.execute(target.storage.db);
      expect(rows[0]!.key).toBe(8);
    });

    it('do not go where others are', async () => {
      const [source, target] = [await open(one), await open(other)];
      await fill(target);
      const move = await openRowMove(source, target, 'here');
      await expect(move.begin()).rejects.toThrow('is not empty');
      const fresh = await open(other);
      await (await openRowMove(source, fresh, 'here')).begin();
      await expect((await openRowMove(source, fresh, 'elsewhere')).begin()).rejects.toThrow('began from here');
      const used = await open(other);
      await storesOver(used.storage, { recordSearches: true }).work.lease('schedules', {
        holder: 'somebody',
        until: new Date(Date.now() + 60_000).toISOString(),
      });
      await expect((await openRowMove(source, used, 'here')).begin()).rejects.toThrow('A Traum-Engine uses');
    });
  });
});
