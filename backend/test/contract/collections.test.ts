import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openDatabase,
  SqliteBulkRepository,
  SqliteCollectionRepository,
  SqliteJobRepository,
  SqliteKeywordIndex,
  SqliteSegmentSource,
  SqliteSoundRepository,
  SqliteTagRepository,
  type Database,
} from '../../src/adapters/sqlite/index.js';
import { DomainError } from '../../src/domain/errors.js';
import { MAX_OWN_TAGS, type FileTags } from '../../src/domain/library/library.types.js';
import { newSound, processed, segmentsFrom, temporaryFolder, unit } from './fixtures.js';
import { erase } from '../support/erase.js';

let folder: ReturnType<typeof temporaryFolder>;
let db: Database;
let sounds: SqliteSoundRepository;
let jobs: SqliteJobRepository;
let collections: SqliteCollectionRepository;
let bulk: SqliteBulkRepository;

beforeEach(() => {
  folder = temporaryFolder();
  db = openDatabase(path.join(folder.path, 'traum.db'));
  sounds = new SqliteSoundRepository(db);
  jobs = new SqliteJobRepository(db);
  collections = new SqliteCollectionRepository(db);
  bulk = new SqliteBulkRepository(db);
});

afterEach(() => {
  db.close();
  folder.remove();
});

function ready(filename: string, fileTags: Partial<FileTags> = {}): string {
  const outcome = jobs.accept(newSound(filename));
  if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
  jobs.start(outcome.job.id);
  jobs.complete(outcome.job.id, processed(segmentsFrom([unit([1, 0])]), { fileTags }));
  return outcome.job.soundId;
}

const make = (name: string): string => collections.create({ id: crypto.randomUUID(), name, description: null }).id;
const order = (id: string): string[] => collections.sounds(id, { limit: 100 }).items.map(({ filename }) => filename);
const tagsOf = (id: string): string[] => sounds.get(id)!.tags.map(({ name, source }) => `${source} ${name}`);

describe('collections', () => {
  it('keep sounds in order, each once, and say what became of every id', () => {
    const [a, b, c] = [ready('a.wav'), ready('b.wav'), ready('c.wav')];
    const trip = make('Field trip');
    expect(collections.add(trip, [b, a, b])).toEqual({ added: [b, a], already: [], notFound: [] });
    expect(collections.add(trip, [c, a, 'gone'])).toEqual({ added: [c], already: [a], notFound: ['gone'] });
    expect(order(trip)).toEqual(['b.wav', 'a.wav', 'c.wav']);
    expect(collections.get(trip)).toMatchObject({ sounds: 3, durationS: 30 });
    expect(collections.remove(trip, [a, 'gone'])).toEqual({ removed: [a], notFound: ['gone'] });
    expect(order(trip)).toEqual(['b.wav', 'c.wav']);
  });

  it('move one or several sounds before another one or to the end', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'].map((name) => ready(`${name}.wav`));
    const [a, b, c, d, e] = ids as [string, string, string, string, string];
    const id = make('Order');
    collections.add(id, ids);
    const after = (moving: string[], before: string | null): string => {
      collections.move(id, moving, before);
      return order(id)
        .map((name) => name[0])
        .join('');
    };
    expect(after([e], a)).toBe('eabcd');
    expect(after([e], null)).toBe('abcde');
    expect(after([d, b], a)).toBe('dbace');
    expect(after([b], b)).toBe('dbace');
    expect(after([d, b], b)).toBe('dbace');
    expect(after([c, 'gone'], 'gone')).toBe('dbaec');
  });

  it('lose a sound that is deleted, and themselves without their sounds', () => {
    const [a, b] = [ready('a.wav'), ready('b.wav')];
    const id = make('Some');
    collections.add(id, [a, b]);
    erase(db, a);
    expect(order(id)).toEqual(['b.wav']);
    expect(collections.delete(id)).toBe(true);
    expect(collections.delete(id)).toBe(false);
    expect(sounds.get(b)).not.toBeNull();
  });

  it('are listed by name, in pages, by part of the name and by sound', () => {
    const a = ready('a.wav');
    const [zoo] = [make('Zoo'), make('Äpfel'), make('birds'), make('Bass')];
    collections.add(zoo, [a]);
    const first = collections.list({ limit: 3 });
    expect(first.items.map(({ name }) => name)).toEqual(['Äpfel', 'Bass', 'birds']);
    expect(first.total).toBe(4);
    const second = collections.list({ limit: 3, cursor: first.nextCursor! });
    expect(second).toMatchObject({ items: [{ name: 'Zoo' }], nextCursor: null, total: 4 });
    expect(collections.list({ limit: 9, text: 'APF' }).items).toMatchObject([{ name: 'Äpfel' }]);
    expect(collections.list({ limit: 9, soundId: a }).items).toMatchObject([{ name: 'Zoo' }]);
    expect(() => collections.list({ limit: 9, cursor: 'no cursor' })).toThrow(DomainError);
    expect(() => collections.sounds(zoo, { limit: 9, cursor: first.nextCursor! })).toThrow(DomainError);
  });

  it('page through their sounds', () => {
    const ids = Array.from({ length: 7 }, (_, at) => ready(`${at}.wav`));
    const id = make('Long');
    collections.add(id, ids);
    erase(db, ids[2]!);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = collections.sounds(id, { limit: 2, cursor });
      expect(page.total).toBe(6);
      seen.push(...page.items.map((sound) => sound.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(ids.filter((_, at) => at !== 2));
  });

  it('narrow lists and searches by name, whatever the case and accents', () => {
    const [a, b] = [ready('rain one.wav'), ready('rain two.wav')];
    const [wet, new_] = [make('Nässe'), make('New')];
    collections.add(wet, [a, b]);
    collections.add(new_, [b]);
    const names = (list: string[]): string[] =>
      sounds
        .list({ filters: { collections: list }, sort: 'title', order: 'asc', limit: 9 })
        .items.map(({ filename }) => filename);
    expect(names(['nasse'])).toEqual(['rain one.wav', 'rain two.wav']);
    expect(names(['nasse', 'new'])).toEqual(['rain two.wav']);
    expect(names(['nothing'])).toEqual([]);
    expect(new SqliteKeywordIndex(db).search('rain', { collections: ['NEW'] }, 9)).toHaveLength(1);
  });
});

describe('many sounds at once', () => {
  it('get and lose tags; automatic ones are rejected, those of the file stay', () => {
    const [a, b] = [ready('a.wav', { keywords: ['Metal'] }), ready('b.wav')];
    const { soundKey } = sounds.get(b)!;
    const processedAt = db.prepare<[number], string>('SELECT processed_at FROM sounds WHERE sound_key = ?').pluck();
    const tags = new SqliteTagRepository(db);
    const one = { soundKey, id: b, processedAt: processedAt.get(soundKey)! };
    tags.save('v1', [{ sound: one, tags: [{ name: 'metal', score: 0.4 }] }] as never);
    expect(bulk.changeTags([a, b, 'gone'], { add: ['Rain', 'rain '], remove: ['METAL'] })).toEqual({
      done: [b],
      notFound: ['gone'],
      fromFile: [a],
      full: [],
      undo: [
        { ids: [a], add: [], remove: ['rain'], ownOnly: true },
        { ids: [b], add: ['metal'], remove: ['rain'], ownOnly: true },
      ],
    });
    expect(tagsOf(a)).toEqual(['user rain', 'file Metal']);
    expect(tagsOf(b)).toEqual(['user rain']);
    expect(new SqliteKeywordIndex(db).search('rain', {}, 9)).toHaveLength(2);
    bulk.changeTags([a, b], { add: [], remove: ['rain'] });
    expect(tagsOf(b)).toEqual([]);
    expect(new SqliteKeywordIndex(db).search('rain', {}, 9)).toHaveLength(0);
  });

  it('get their own tags back by what the change answers', () => {
    const [a, b] = [ready('a.wav'), ready('b.wav')];
    sounds.update(a, { tags: ['Wet', 'dry'] });
    const { undo } = bulk.changeTags([a, b], { add: ['wet', 'loud'], remove: ['DRY'] });
    expect([tagsOf(a), tagsOf(b)]).toEqual([
      ['user loud', 'user Wet'],
      ['user loud', 'user wet'],
    ]);
    for (const { ids, ...change } of undo) bulk.changeTags(ids, change);
    expect([tagsOf(a), tagsOf(b)]).toEqual([['user dry', 'user Wet'], []]);
  });

  it('do not get more tags than a sound may have', () => {
    const [a, b] = [ready('a.wav'), ready('b.wav')];
    sounds.update(a, { tags: Array.from({ length: MAX_OWN_TAGS }, (_, at) => `tag ${at}`) });
    expect(bulk.changeTags([a, b], { add: ['more'], remove: [] })).toMatchObject({ done: [b], full: [a] });
    expect(tagsOf(a)).not.toContain('user more');
    expect(bulk.changeTags([a], { add: ['more'], remove: ['tag 7'] })).toMatchObject({ done: [a] });
  });

  it('are deleted with all they have', () => {
    const [a, b, c] = [ready('a.wav'), ready('b.wav'), ready('c.wav')];
    const id = make('All');
    collections.add(id, [a, b, c]);
    expect([...erase(db, a), ...erase(db, 'gone'), ...erase(db, b)]).toEqual([a, b]);
    expect(sounds.allIds()).toEqual([c]);
    expect(order(id)).toEqual(['c.wav']);
    const changes = new SqliteSegmentSource(db).changesSince(0, 'test-model-1', 100);
    expect(changes.filter(({ op }) => op === 'remove')).toHaveLength(2);
  });

  it('are named by their ids in the order of the list', () => {
    const ids = ['c', 'a', 'b'].map((name) => ready(`${name}.wav`, { artist: name === 'a' ? null : `Artist ${name}` }));
    const all = { filters: {}, sort: 'title', order: 'asc', limit: 10 } as const;
    expect(sounds.ids(all)).toEqual({ ids: [ids[1], ids[2], ids[0]], total: 3 });
    expect(sounds.ids({ ...all, limit: 2 })).toEqual({ ids: [ids[1], ids[2]], total: 3 });
    expect(sounds.ids({ ...all, text: 'artist', order: 'desc' })).toEqual({ ids: [ids[0], ids[2]], total: 2 });
    expect(sounds.ids({ ...all, text: '???' }).total).toBe(0);
    expect(sounds.ids({ ...all, sort: 'artist' }).ids).toEqual([ids[2], ids[0], ids[1]]);
  });
});
