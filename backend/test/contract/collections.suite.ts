import { beforeEach, describe, expect, it } from 'vitest';
import { SqlKeywordIndex, SqlSegmentSource, SqlTagRepository } from '../../src/adapters/sql/index.js';
import { DomainError } from '../../src/domain/errors.js';
import { MAX_OWN_TAGS, type FileTags } from '../../src/domain/library/library.types.js';
import { libraryOf, type Engine, type Library } from './engines.js';
import { inTurn, newSound, processed, segmentsFrom, unit } from './fixtures.js';

/** What every `CollectionRepository` and `BulkRepository` does. */
export function collectionSuite(engine: Engine): void {
  const library = libraryOf(engine);
  let sounds: Library['sounds'];
  let jobs: Library['jobs'];
  let collections: Library['collections'];
  let bulk: Library['bulk'];
  beforeEach(() => ({ sounds, jobs, collections, bulk } = library));

  async function ready(filename: string, fileTags: Partial<FileTags> = {}): Promise<string> {
    const outcome = await jobs.accept(newSound(filename));
    if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
    await jobs.start(outcome.job.id);
    await jobs.complete(outcome.job.id, processed(segmentsFrom([unit([1, 0])]), { fileTags }));
    return outcome.job.soundId;
  }

  const make = async (name: string): Promise<string> =>
    (await collections.create({ id: crypto.randomUUID(), name, description: null })).id;
  const order = async (id: string): Promise<string[]> =>
    (await collections.sounds(id, { limit: 100 })).items.map(({ filename }) => filename);
  const tagsOf = async (id: string): Promise<string[]> =>
    (await sounds.get(id))!.tags.map(({ name, source }) => `${source} ${name}`);

  describe('collections', () => {
    it('keep sounds in order, each once, and say what became of every id', async () => {
      const [a, b, c] = [await ready('a.wav'), await ready('b.wav'), await ready('c.wav')];
      const trip = await make('Field trip');
      expect(await collections.add(trip, [b, a, b])).toEqual({ added: [b, a], already: [], notFound: [] });
      expect(await collections.add(trip, [c, a, 'gone'])).toEqual({ added: [c], already: [a], notFound: ['gone'] });
      expect(await order(trip)).toEqual(['b.wav', 'a.wav', 'c.wav']);
      expect(await collections.get(trip)).toMatchObject({ sounds: 3, durationS: 30 });
      expect(await collections.remove(trip, [a, 'gone'])).toEqual({ removed: [a], notFound: ['gone'] });
      expect(await order(trip)).toEqual(['b.wav', 'c.wav']);
    });

    it('move one or several sounds before another one or to the end', async () => {
      const ids = await inTurn(['a', 'b', 'c', 'd', 'e'], (name) => ready(`${name}.wav`));
      const [a, b, c, d, e] = ids as [string, string, string, string, string];
      const id = await make('Order');
      await collections.add(id, ids);
      const after = async (moving: string[], before: string | null): Promise<string> => {
        await collections.move(id, moving, before);
        return (await order(id)).map((name) => name[0]).join('');
      };
      expect(await after([e], a)).toBe('eabcd');
      expect(await after([e], null)).toBe('abcde');
      expect(await after([d, b], a)).toBe('dbace');
      expect(await after([b], b)).toBe('dbace');
      expect(await after([d, b], b)).toBe('dbace');
      await expect(after([c], 'gone')).rejects.toMatchObject({ code: 'not_found' });
      expect(await after([c, 'gone'], null)).toBe('dbaec');
    });

    it('lose a sound that is deleted, and themselves without their sounds', async () => {
      const [a, b] = [await ready('a.wav'), await ready('b.wav')];
      const id = await make('Some');
      await collections.add(id, [a, b]);
      await library.erase(a);
      expect(await order(id)).toEqual(['b.wav']);
      expect(await collections.erase(id, 'anywhere')).toBe(true);
      expect(await collections.erase(id, 'anywhere')).toBe(false);
      expect(await sounds.get(b)).not.toBeNull();
    });

    it('have names of their own: none is made, renamed or brought back to that of another', async () => {
      const [trip, kit] = [await make('Trip'), await make('Kit')];
      const taken = { code: 'conflict' };
      await expect(make('  TRIP ')).rejects.toMatchObject(taken);
      await expect(collections.update(kit, { name: 'trip' })).rejects.toMatchObject(taken);
      expect(await collections.update(trip, { name: 'TRIP' })).toMatchObject({ name: 'TRIP' });
      await collections.put(trip);
      const newer = await make('trip');
      await expect(collections.restore(trip)).rejects.toMatchObject(taken);
      await collections.erase(newer, 'anywhere');
      expect(await collections.restore(trip)).toMatchObject({ id: trip, name: 'TRIP' });
    });

    it('are nowhere but in the bin once deleted, until they come back as they were or go for good', async () => {
      const [a, b] = [await ready('a.wav'), await ready('b.wav')];
      const [id, other] = [await make('Trip'), await make('Kit')];
      await collections.add(id, [b, a]);
      expect(await collections.put(id)).toBe(true);
      expect(await collections.put(id)).toBe(false);
      expect(await collections.get(id)).toBeNull();
      expect((await collections.list({ limit: 9 })).items.map(({ name }) => name)).toEqual(['Kit']);
      expect((await collections.list({ limit: 9, soundId: a })).total).toBe(0);
      expect(
        (await sounds.list({ limit: 9, sort: 'title', order: 'asc', filters: { collections: ['Trip'] } })).total,
      ).toBe(0);
      expect(await collections.binned({ limit: 9 })).toMatchObject({
        total: 1,
        items: [{ id, name: 'Trip', sounds: 2 }],
      });
      expect(await collections.erase(other, 'bin')).toBe(false);
      expect(await collections.restore(id)).toMatchObject({ id, name: 'Trip' });
      expect(await collections.restore(other)).toMatchObject({ id: other });
      expect(await order(id)).toEqual(['b.wav', 'a.wav']);
      expect(
        (await sounds.list({ limit: 9, sort: 'title', order: 'asc', filters: { collections: ['Trip'] } })).total,
      ).toBe(2);
      expect(await collections.erase(id, 'bin')).toBe(false);
      for (const one of [id, other]) await collections.put(one);
      const page = await collections.binned({ limit: 1 });
      const rest = await collections.binned({ limit: 1, cursor: page.nextCursor! });
      expect(new Set([...page.items, ...rest.items].map((one) => one.id))).toEqual(new Set([id, other]));
      expect(rest.nextCursor).toBeNull();
      expect(await collections.erase(id, 'bin')).toBe(true);
      expect(await collections.getBinned(id)).toBeNull();
    });

    it('are listed by name, in pages, by part of the name and by sound', async () => {
      const a = await ready('a.wav');
      const [zoo] = [await make('Zoo'), await make('Äpfel'), await make('birds'), await make('Bass')];
      await collections.add(zoo, [a]);
      const first = await collections.list({ limit: 3 });
      expect(first.items.map(({ name }) => name)).toEqual(['Äpfel', 'Bass', 'birds']);
      expect(first.total).toBe(4);
      const second = await collections.list({ limit: 3, cursor: first.nextCursor! });
      expect(second).toMatchObject({ items: [{ name: 'Zoo' }], nextCursor: null, total: 4 });
      expect((await collections.list({ limit: 9, text: 'APF' })).items).toMatchObject([{ name: 'Äpfel' }]);
      expect((await collections.list({ limit: 9, soundId: a })).items).toMatchObject([{ name: 'Zoo' }]);
      await expect(collections.list({ limit: 9, cursor: 'no cursor' })).rejects.toThrow(DomainError);
      await expect(collections.sounds(zoo, { limit: 9, cursor: first.nextCursor! })).rejects.toThrow(DomainError);
    });

    it('page through their sounds', async () => {
      const ids = await inTurn([0, 1, 2, 3, 4, 5, 6], (at) => ready(`${at}.wav`));
      const id = await make('Long');
      await collections.add(id, ids);
      await library.erase(ids[2]!);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await collections.sounds(id, { limit: 2, cursor });
        expect(page.total).toBe(6);
        seen.push(...page.items.map((sound) => sound.id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect(seen).toEqual(ids.filter((_, at) => at !== 2));
    });

    it('narrow lists and searches by name, whatever the case and accents', async () => {
      const [a, b] = [await ready('rain one.wav'), await ready('rain two.wav')];
      const [wet, new_] = [await make('Nässe'), await make('New')];
      await collections.add(wet, [a, b]);
      await collections.add(new_, [b]);
      const names = async (list: string[]): Promise<string[]> =>
        (await sounds.list({ filters: { collections: list }, sort: 'title', order: 'asc', limit: 9 })).items.map(
          ({ filename }) => filename,
        );
      expect(await names(['nasse'])).toEqual(['rain one.wav', 'rain two.wav']);
      expect(await names(['nasse', 'new'])).toEqual(['rain two.wav']);
      expect(await names(['nothing'])).toEqual([]);
      expect(await new SqlKeywordIndex(library.storage).search('rain', { collections: ['NEW'] }, 9)).toHaveLength(1);
    });
  });

  describe('many sounds at once', () => {
    it('get the same values, are found by them, and get back what they had, with where it came from', async () => {
      const [a, b] = [await ready('a.wav', { artist: 'Ann', bpm: 90 }), await ready('b.wav', { genre: 'Dub' })];
      await sounds.update(b, { artist: 'Bob' });
      const facts = async (): Promise<unknown[]> =>
        (await sounds.several([a, b])).map((sound) => [
          sound.artist,
          sound.artists,
          sound.genre,
          sound.bpm,
          sound.bpmSource,
          sound.album,
        ]);
      const before = await facts();
      const patch = { artist: 'Eve; Mallory', genre: null, bpm: 120, album: 'Both' };
      const { done, notFound, undo } = await bulk.changeFields([a, 'gone', b], patch);
      expect([done, notFound]).toEqual([[a, b], ['gone']]);
      const both = ['Eve; Mallory', ['Eve', 'Mallory'], null, 120, 'user', 'Both'];
      expect(await facts()).toEqual([both, both]);
      expect(await new SqlKeywordIndex(library.storage).search('mallory', {}, 9)).toHaveLength(2);
      expect((await sounds.ids({ filters: { artist: 'eve' }, sort: 'added', order: 'asc', limit: 9 })).ids).toEqual([
        a,
        b,
      ]);
      // Once more changes nothing, and so there is nothing to take back.
      expect((await bulk.changeFields([a, b], patch)).undo).toEqual([]);

      for (const { ids, patch: back, before: was } of undo) await bulk.changeFields(ids, back, was);
      expect(await facts()).toEqual(before);
      expect(await new SqlKeywordIndex(library.storage).search('mallory', {}, 9)).toEqual([]);
      const edited = await library.storage.db.selectFrom('sounds').select('edited').orderBy('sound_key').execute();
      expect(edited.map((row) => JSON.parse(row.edited) as unknown)).toEqual([[], ['artist']]);
    });

    it('get and lose tags; automatic ones are rejected, those of the file stay', async () => {
      const [a, b] = [await ready('a.wav', { keywords: ['Metal'] }), await ready('b.wav')];
      const { soundKey } = (await sounds.get(b))!;
      const { processed_at: processedAt } = await library.storage.db
        .selectFrom('sounds')
        .select('processed_at')
        .where('sound_key', '=', soundKey)
        .executeTakeFirstOrThrow();
      const tags = new SqlTagRepository(library.storage);
      const one = { soundKey, id: b, processedAt };
      await tags.save('v1', [{ sound: one, tags: [{ name: 'metal', score: 0.4 }] }] as never);
      expect(await bulk.changeTags([a, b, 'gone'], { add: ['Rain', 'rain '], remove: ['METAL'] })).toEqual({
        done: [b],
        notFound: ['gone'],
        fromFile: [a],
        full: [],
        undo: [
          { ids: [a], add: [], remove: ['rain'], ownOnly: true },
          { ids: [b], add: ['metal'], remove: ['rain'], ownOnly: true },
        ],
      });
      expect(await tagsOf(a)).toEqual(['user rain', 'file Metal']);
      expect(await tagsOf(b)).toEqual(['user rain']);
      expect(await new SqlKeywordIndex(library.storage).search('rain', {}, 9)).toHaveLength(2);
      await bulk.changeTags([a, b], { add: [], remove: ['rain'] });
      expect(await tagsOf(b)).toEqual([]);
      expect(await new SqlKeywordIndex(library.storage).search('rain', {}, 9)).toHaveLength(0);
    });

    it('get their own tags back by what the change answers', async () => {
      const [a, b] = [await ready('a.wav'), await ready('b.wav')];
      await sounds.update(a, { tags: ['Wet', 'dry'] });
      const { undo } = await bulk.changeTags([a, b], { add: ['wet', 'loud'], remove: ['DRY'] });
      expect([await tagsOf(a), await tagsOf(b)]).toEqual([
        ['user loud', 'user Wet'],
        ['user loud', 'user wet'],
      ]);
      for (const { ids, ...change } of undo) await bulk.changeTags(ids, change);
      expect([await tagsOf(a), await tagsOf(b)]).toEqual([['user dry', 'user Wet'], []]);
    });

    it('do not get more tags than a sound may have', async () => {
      const [a, b] = [await ready('a.wav'), await ready('b.wav')];
      await sounds.update(a, { tags: Array.from({ length: MAX_OWN_TAGS }, (_, at) => `tag ${at}`) });
      expect(await bulk.changeTags([a, b], { add: ['more'], remove: [] })).toMatchObject({ done: [b], full: [a] });
      expect(await tagsOf(a)).not.toContain('user more');
      expect(await bulk.changeTags([a], { add: ['more'], remove: ['tag 7'] })).toMatchObject({ done: [a] });
    });

    it('are deleted with all they have', async () => {
      const [a, b, c] = [await ready('a.wav'), await ready('b.wav'), await ready('c.wav')];
      const id = await make('All');
      await collections.add(id, [a, b, c]);
      expect([...(await library.erase(a)), ...(await library.erase('gone')), ...(await library.erase(b))]).toEqual([
        a,
        b,
      ]);
      expect(await sounds.allIds()).toEqual([c]);
      expect(await order(id)).toEqual(['c.wav']);
      const changes = await new SqlSegmentSource(library.storage).changesSince(0, 'test-model-1', 100);
      expect(changes.filter(({ op }) => op === 'remove')).toHaveLength(2);
    });

    it('are named by their ids in the order of the list', async () => {
      const ids = await inTurn(['c', 'a', 'b'], (name) =>
        ready(`${name}.wav`, { artist: name === 'a' ? null : `Artist ${name}` }),
      );
      const all = { filters: {}, sort: 'title', order: 'asc', limit: 10 } as const;
      expect(await sounds.ids(all)).toEqual({ ids: [ids[1], ids[2], ids[0]], total: 3 });
      expect(await sounds.ids({ ...all, limit: 2 })).toEqual({ ids: [ids[1], ids[2]], total: 3 });
      expect(await sounds.ids({ ...all, text: 'artist', order: 'desc' })).toEqual({ ids: [ids[0], ids[2]], total: 2 });
      expect((await sounds.ids({ ...all, text: '???' })).total).toBe(0);
      expect((await sounds.ids({ ...all, sort: 'artist' })).ids).toEqual([ids[2], ids[0], ids[1]]);
    });
  });
}
