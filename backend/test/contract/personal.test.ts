import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openDatabase,
  SqlChangeCounter,
  SqlJobRepository,
  SqlRatingRepository,
  SqlSavedSearchRepository,
  SqlSoundRepository,
  SqlUsageLog,
  storageOver,
  type Database,
} from '../../src/adapters/sql/index.js';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { LibraryService } from '../../src/domain/library/library.service.js';
import type { SoundFilters } from '../../src/domain/library/library.types.js';
import { SavedSearchesService } from '../../src/domain/personal/saved-searches.service.js';
import type { SearchRequest } from '../../src/domain/search/search.types.js';
import { MemoryEvents } from '../support/memory-events.js';
import { FakeWorld } from '../support/fakes.js';
import { migrations } from '../../src/adapters/sql/sqlite/migrations/index.js';
import { newSound, temporaryFolder } from './fixtures.js';
import { forAll } from '../support/viewers.js';

let folder: ReturnType<typeof temporaryFolder>;
let db: Database;
let sounds: SqlSoundRepository;
let jobs: SqlJobRepository;
let ratings: SqlRatingRepository;

beforeEach(() => {
  folder = temporaryFolder();
  db = openDatabase(path.join(folder.path, 'traum.db'));
  const sql = storageOver(db);
  sounds = new SqlSoundRepository(sql);
  jobs = new SqlJobRepository(sql);
  ratings = new SqlRatingRepository(sql);
});

afterEach(() => {
  db.close();
  folder.remove();
});

async function add(name: string, lengthS = 10): Promise<string> {
  const sound = newSound(name, { durationS: lengthS });
  await jobs.accept(sound);
  return sound.id;
}

const names = async (filters: SoundFilters, ownerId = 'ann'): Promise<string[]> => {
  const library = new LibraryService({ sounds: forAll(sounds) } as unknown as ConstructorParameters<
    typeof LibraryService
  >[0]);
  const actor = { ...LOCAL, ownerId };
  const { items } = await library.list(actor, { filters, sort: 'added', order: 'asc', limit: 50 });
  return items.map(({ filename }) => filename);
};

describe('favourites and stars', () => {
  it('are everybody’s own, filtered by, and forgotten when they say nothing', async () => {
    const [a, b, c] = [await add('a.wav'), await add('b.wav'), await add('c.wav')];
    await ratings.change('ann', [a, b], { favourite: true });
    await ratings.change('ann', [b, c], { stars: 4 });
    await ratings.change('bob', [c], { favourite: true, stars: 5 });
    expect(await ratings.all('ann')).toEqual(
      expect.arrayContaining([
        { soundId: a, favourite: true, stars: null, colour: null },
        { soundId: b, favourite: true, stars: 4, colour: null },
        { soundId: c, favourite: false, stars: 4, colour: null },
      ]),
    );
    expect(await names({ favourite: true })).toEqual(['a.wav', 'b.wav']);
    expect(await names({ favourite: false })).toEqual(['c.wav']);
    expect(await names({ minStars: 4 })).toEqual(['b.wav', 'c.wav']);
    expect(await names({ minStars: 5 })).toEqual([]);
    expect(await names({ maxStars: 5 }, 'bob')).toEqual(['c.wav']);
    expect(await names({ not: [{ favourite: true }] }, 'bob')).toEqual(['a.wav', 'b.wav']);
    expect(await names({ favourite: true }, 'nobody')).toEqual([]);

    await ratings.change('ann', [a], { favourite: false });
    expect((await ratings.all('ann')).map(({ soundId }) => soundId)).not.toContain(a);
    await ratings.change('ann', [b], { stars: null });
    expect(await ratings.all('ann')).toContainEqual({ soundId: b, favourite: true, stars: null, colour: null });
  });

  it('come in colours, too', async () => {
    const [a, b] = [await add('a.wav'), await add('b.wav')];
    await ratings.change('ann', [a, b], { colour: 'red' });
    await ratings.change('bob', [a], { colour: 'blue' });
    await ratings.change('ann', [b], { stars: 3 });
    expect(await names({ colour: 'red' })).toEqual(['a.wav', 'b.wav']);
    expect(await names({ colour: 'blue' })).toEqual([]);
    expect(await names({ colour: 'blue' }, 'bob')).toEqual(['a.wav']);
    expect(await names({ not: [{ colour: 'red' }] }, 'bob')).toEqual(['a.wav', 'b.wav']);
    await ratings.change('ann', [a, b], { colour: null });
    expect(await ratings.all('ann')).toEqual([{ soundId: b, favourite: false, stars: 3, colour: null }]);
  });

  it('count as changes of what searches may answer with, and unknown sounds are left out', async () => {
    const changes = new SqlChangeCounter(storageOver(db));
    const a = await add('a.wav');
    const before = await changes.number();
    expect(await ratings.change('ann', [a, 'nothing'], { stars: 1 })).toEqual([
      { soundId: a, favourite: false, stars: 1, colour: null },
    ]);
    expect(await changes.number()).toBeGreaterThan(before);
  });
});

describe('orders of results', () => {
  it('hold for any sounds, those without a value last', async () => {
    const ids = [await add('b.wav', 3), await add('a.wav', 9), await add('c.wav', 1)];
    await sounds.update(ids[0]!, { bpm: 90 });
    await sounds.update(ids[2]!, { bpm: 120 });
    const all = await sounds.several(ids);
    const keys = all.map(({ soundKey }) => soundKey);
    const sorted = async (sort: 'duration' | 'bpm' | 'added', order: 'asc' | 'desc'): Promise<string[]> =>
      (await sounds.getByKeys(await sounds.inOrder(keys, sort, order))).map(({ filename }) => filename[0]!);
    expect(await sorted('duration', 'asc')).toEqual(['c', 'b', 'a']);
    expect(await sorted('bpm', 'desc')).toEqual(['c', 'b', 'a']);
    expect(await sorted('added', 'desc')).toEqual(['c', 'a', 'b']);
  });
});

describe('what was played', () => {
  it('is told once, the latest first', async () => {
    const log = new SqlUsageLog(storageOver(db));
    const all = await sounds.several([await add('a.wav'), await add('b.wav')]);
    const [a, b] = all.map(({ soundKey }) => soundKey) as [number, number];
    for (const key of [a, b, a]) {
      await log.recordPlay(key, 0);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    expect((await log.recentSounds(5)).map(({ soundKey }) => soundKey)).toEqual([a, b]);
    expect(await log.recentSounds(1)).toHaveLength(1);
  });
});

describe('saved searches', () => {
  const asked: SearchRequest[] = [];
  const service = (): SavedSearchesService => {
    const { search } = new FakeWorld().deps();
    return new SavedSearchesService({
      saved: new SqlSavedSearchRepository(storageOver(db)),
      sounds: forAll(sounds),
      search: {
        read: (actor, typed, timeZone) => search.read(actor, typed, timeZone),
        search: async (actor, request) => {
          asked.push(request);
          const after = request.filters.addedAfter ?? '';
          const { items } = await sounds.list({
            filters: { addedAfter: after },
            sort: 'added',
            order: 'asc',
            limit: 50,
          });
          return { ...(await search.search(actor, request)), fitting: items.length };
        },
      },
      events: new MemoryEvents(),
    });
  };
  const ann = { ...LOCAL, ownerId: 'ann' };

  it('say how many sounds have come since they were looked at, whatever dates they name themselves', async () => {
    const saved = service();
    const { id } = await saved.save(ann, { query: 'rain added:>2020', mode: 'hybrid' });
    expect(await saved.list(ann, 'UTC')).toMatchObject([{ id, name: 'rain added:>2020', fresh: 0 }]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await add('rain.wav');
    expect(await saved.list(ann, 'UTC')).toMatchObject([{ id, fresh: 1 }]);
    // What is still listened to may fit later: it stays new.
    await saved.seen(ann, id);
    expect(await saved.list(ann, 'UTC')).toMatchObject([{ id, fresh: 1 }]);
    db.prepare(`UPDATE sounds SET status = 'ready'`).run();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await saved.seen(ann, id);
    expect(await saved.list(ann, 'UTC')).toMatchObject([{ id, fresh: 0 }]);
    expect(asked.at(-1)!.recorded).toBe(false);
  });

  it('are named by the beginning of a long text', async () => {
    const { name, query } = await service().save(ann, { query: 'rain '.repeat(100).trim(), mode: 'hybrid' });
    expect([name, query.length]).toEqual(['rain '.repeat(40).trim(), 499]);
  });

  it('are saved once, renamed, and everybody’s own', async () => {
    const saved = service();
    const first = await saved.save(ann, { query: 'rain', mode: 'hybrid' });
    const again = await saved.save(ann, { query: 'rain', mode: 'hybrid', name: 'Wet' });
    expect(again).toMatchObject({ id: first.id, name: 'Wet', seenAt: first.seenAt });
    const later = (ms: number) => new Date(Date.now() + ms).toISOString();
    await saved.save(ann, { query: 'rain', mode: 'keyword', createdAt: later(10) });
    const loud = { query: 'rain', mode: 'hybrid', sort: 'loudness', order: 'desc', view: 'moments' } as const;
    expect(await saved.save(ann, { ...loud, createdAt: later(20) })).toMatchObject(loud);
    expect(await saved.list(ann, 'UTC')).toMatchObject([
      { sort: 'relevance', order: 'asc', view: 'sounds' },
      { mode: 'keyword' },
      loud,
    ]);
    expect(await saved.rename(ann, first.id, 'Water')).toMatchObject({ name: 'Water' });
    // One that was forgotten comes back to its place, with what was new.
    await saved.delete(ann, first.id);
    const { id, ...back } = await saved.save(ann, first);
    expect(back).toMatchObject({ name: 'rain', seenAt: first.seenAt, createdAt: first.createdAt });
    expect((await saved.list(ann, 'UTC')).map((one) => one.id).indexOf(id)).toBe(0);
    first.id = id;
    const bob = { ...LOCAL, ownerId: 'bob' };
    expect(await saved.list(bob, 'UTC')).toEqual([]);
    await expect(saved.delete(bob, first.id)).rejects.toMatchObject({ code: 'not_found' });
    await saved.delete(ann, first.id);
    await expect(saved.seen(ann, first.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are two hundred of a person: each is asked for whenever the list is', async () => {
    const saved = service();
    for (let n = 0; n < 200; n++) await saved.save(ann, { query: `rain ${n}`, mode: 'hybrid' });
    await expect(saved.save(ann, { query: 'one more', mode: 'hybrid' })).rejects.toMatchObject({ code: 'conflict' });
    expect(await saved.save(ann, { query: 'rain 7', mode: 'hybrid', name: 'Seven' })).toMatchObject({ name: 'Seven' });
    await saved.save({ ...LOCAL, ownerId: 'bob' }, { query: 'one more', mode: 'hybrid' });
  });

  it('of before they had orders and views are kept, with the best first', async () => {
    const file = path.join(folder.path, 'old.db');
    const old = new BetterSqlite3(file);
    const before = migrations.findIndex(({ name }) => name === '0042-saved-views');
    for (const { sql } of migrations.slice(0, before)) old.exec(sql);
    old.pragma(`user_version = ${before}`);
    const at = '2026-01-01T00:00:00.000Z';
    old.exec(`INSERT INTO saved_searches VALUES ('one', 'ann', 'Wet', 'rain', 'hybrid', '${at}', '${at}', '${at}')`);
    old.close();
    const now = openDatabase(file);
    expect(await new SqlSavedSearchRepository(storageOver(now)).all('ann')).toEqual([
      {
        ...{ id: 'one', name: 'Wet', query: 'rain', mode: 'hybrid', sort: 'relevance', order: 'asc', view: 'sounds' },
        ...{ seenAt: at, createdAt: at, updatedAt: at },
      },
    ]);
    now.close();
  });
});
