import { beforeEach, describe, expect, it } from 'vitest';
import {
  SqlBinRepository,
  SqlBulkRepository,
  SqlCollectionRepository,
  SqlCompletions,
  SqlCopyRepository,
  SqlKeywordIndex,
  SqlModelState,
  SqlTagRepository,
  SqlUsageLog,
} from '../../src/adapters/sql/index.js';
import { libraryOf, type Engine, type Library } from './engines.js';
import { inTurn, MODEL_KEY, newSound, processed, segmentsFrom, unit } from './fixtures.js';

/** What every `BinRepository` does. */
export function binSuite(engine: Engine): void {
  const library = libraryOf(engine);
  let sounds: Library['sounds'];
  let jobs: Library['jobs'];
  let source: Library['source'];
  let bin: Library['bin'];
  beforeEach(() => ({ sounds, jobs, source, bin } = library));

  async function ready(filename: string): Promise<string> {
    const outcome = await jobs.accept(newSound(filename));
    if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
    await jobs.start(outcome.job.id);
    const result = processed(segmentsFrom([unit([1, 0]), unit([0, 1])]), { fileTags: { keywords: ['kettle'] } });
    await jobs.complete(outcome.job.id, result);
    return outcome.job.soundId;
  }

  const found = async (text: string): Promise<number> =>
    (await new SqlKeywordIndex(library.storage).search(text, {}, 10)).length;
  /** Segments in an index that has followed all changes from the beginning. */
  async function indexed(): Promise<number> {
    const there = new Set<number>();
    for (const change of await source.changesSince(0, MODEL_KEY, 1000)) {
      if (change.op === 'add') there.add(change.segmentId);
      else there.delete(change.segmentId);
    }
    return there.size;
  }

  describe('a sound in the bin', () => {
    it('is nowhere else, and comes back with all it had', async () => {
      const [a, b] = [await ready('kettle one.wav'), await ready('kettle two.wav')];
      const { soundKey } = (await sounds.get(a))!;
      await sounds.update(a, { title: 'My kettle', artist: 'Ada', tags: ['mine'] });
      const collections = new SqlCollectionRepository(library.storage);
      const shelf = await collections.create({ id: crypto.randomUUID(), name: 'Shelf', description: null });
      await collections.add(shelf.id, [a, b]);
      const usage = new SqlUsageLog(library.storage);
      await usage.recordPlay(soundKey, 0);
      await library.storage.db.updateTable('sounds').set({ copy_group: 1 }).execute();
      const copies = new SqlCopyRepository(library.storage);
      const tags = new SqlTagRepository(library.storage);
      const completions = new SqlCompletions(library.storage);
      const look = async () => ({
        list: (await sounds.list({ filters: {}, sort: 'added', order: 'asc', limit: 10 })).total,
        filtered: (await sounds.list({ filters: { tags: ['kettle'] }, sort: 'title', order: 'asc', limit: 10 })).total,
        ids: (await sounds.allIds()).length,
        counts: (await sounds.counts()).total,
        get: (await sounds.get(a))?.title,
        waveform: (await sounds.peaks(a)) !== null,
        words: await found('kettle'),
        own: await found('mine'),
        segments: [
          await source.segmentCount(MODEL_KEY),
          await indexed(),
          (await source.segmentsOf(a, MODEL_KEY)).length,
        ],
        tags: (await tags.counts('', 10)).items.map(({ name, sounds: uses }) => [name, uses]),
        completed: [await completions.values('tag', 'mi', 5), await completions.values('artist', 'a', 5)],
        names: (await completions.names(['my'], 5)).length,
        collection: [
          (await collections.get(shelf.id))!.sounds,
          (await collections.sounds(shelf.id, { limit: 9 })).items.length,
        ],
        copies: [(await copies.groups()).length, (await copies.groupOf((await sounds.get(b))!.soundKey)).length],
        plays: [
          (await usage.slice('', '~')).plays,
          (await usage.topSounds('', 5)).length,
          (await usage.slice('', '~')).uploads,
        ],
        job: (await jobs.latestFor(a)) !== null,
        again: (await jobs.accept(newSound('same.wav', { sha256: (await sounds.get(b))!.sha256 }))).kind,
      });
      const before = await look();
      expect(before).toMatchObject({
        list: 2,
        words: 2,
        own: 1,
        segments: [4, 4, 2],
        copies: [1, 2],
        plays: [1, 1, 2],
      });

      expect(await bin.put([a, 'gone'])).toEqual([a]);
      expect(await look()).toEqual({
        list: 1,
        filtered: 1,
        ids: 1,
        counts: 1,
        get: undefined,
        waveform: false,
        words: 1,
        own: 0,
        segments: [2, 2, 0],
        tags: [['kettle', 1]],
        completed: [[], []],
        names: 0,
        collection: [1, 1],
        copies: [0, 1],
        plays: [0, 0, 1],
        job: false,
        again: 'duplicate',
      });
      expect(await sounds.update(a, { title: 'x' })).toBeNull();
      expect(
        (await new SqlBulkRepository(library.storage).changeTags([a], { add: ['x'], remove: [] })).notFound,
      ).toEqual([a]);
      expect(await bin.list({ limit: 10 })).toMatchObject({
        total: 1,
        items: [{ sound: { id: a, title: 'My kettle' } }],
      });

      expect(await bin.restore([a, b])).toEqual({ restored: [a], openJobs: [], unheard: [] });
      expect(await look()).toEqual(before);
      expect(await bin.sums()).toEqual({ sounds: 0, bytes: 0 });
      expect((await collections.sounds(shelf.id, { limit: 9 })).items.map(({ id }) => id)).toEqual([a, b]);
    });

    it('keeps its place in a collection that changes meanwhile', async () => {
      const [a, b, c] = [await ready('a.wav'), await ready('b.wav'), await ready('c.wav')];
      const collections = new SqlCollectionRepository(library.storage);
      const { id } = await collections.create({ id: crypto.randomUUID(), name: 'Set', description: null });
      await collections.add(id, [a, b, c]);
      await bin.put([b]);
      await collections.move(id, [c], a);
      await bin.restore([b]);
      expect((await collections.sounds(id, { limit: 9 })).items.map((sound) => sound.id)).toEqual([c, a, b]);
    });

    it('is heard again only where the model has changed meanwhile', async () => {
      const models = new SqlModelState(library.storage);
      await models.setActive({ id: 'test', key: MODEL_KEY });
      const [a, b] = [await ready('a.wav'), await ready('b.wav')];
      await bin.put([a, b]);
      expect((await bin.restore([a])).unheard).toEqual([]);
      await models.setActive({ id: 'other', key: 'other-1' });
      expect((await bin.restore([b])).unheard).toEqual([b]);
    });

    it('holds up no change of the model, and is embedded for it when it comes back', async () => {
      const models = new SqlModelState(library.storage);
      await models.setActive({ id: 'test', key: MODEL_KEY });
      const [a] = [await ready('a.wav')];
      await models.requestSwitch('other');
      await models.beginSwitch('other-1');
      expect((await models.counts()).open).toBe(1);
      await bin.put([a]);
      expect((await models.counts()).open).toBe(0);
      await bin.restore([a]);
      expect((await models.counts()).open).toBe(1);
      await bin.put([a]);
      expect(await models.commitSwitch({ id: 'other', key: 'other-1' })).toBe(true);
      expect((await bin.restore([a])).unheard).toEqual([a]);
    });

    it('is not worked on, and its work goes on when it is back', async () => {
      const outcome = await jobs.accept(newSound('long.wav'));
      if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
      const { id: jobId, soundId } = outcome.job;
      await jobs.start(jobId);
      await bin.put([soundId]);
      expect(await jobs.complete(jobId, processed([]))).toBe(false);
      expect([await jobs.start(jobId), await jobs.unfinished(), (await jobs.counts()).active]).toEqual([null, [], 0]);
      expect((await bin.restore([soundId])).openJobs).toEqual([jobId]);
      expect(await jobs.unfinished()).toMatchObject([{ id: jobId, state: 'queued' }]);
      await jobs.start(jobId);
      expect(await jobs.complete(jobId, processed([]))).toBe(true);
    });

    it('is listed page by page, the latest first', async () => {
      const ids = await inTurn([0, 1, 2, 3, 4, 5, 6], (at) => ready(`${at}.wav`));
      for (const id of ids) await bin.put([id]);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await bin.list({ limit: 3, cursor });
        seen.push(...page.items.map(({ sound }) => sound.id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect(seen).toEqual(ids.toReversed());
      await expect(bin.list({ limit: 3, cursor: 'nonsense' })).rejects.toThrow('page marker');
    });

    it('leaves for good from the bin alone, and its bytes are noted until they are gone', async () => {
      const [a, b] = [await ready('a.wav'), await ready('b.wav')];
      const { sha256 } = (await sounds.get(a))!;
      await bin.put([a]);
      expect((await bin.erase([a, b], 'bin')).map(({ id }) => id)).toEqual([a]);
      expect(await bin.leftovers()).toEqual([sha256]);
      expect((await bin.restore([a])).restored).toEqual([]);
      expect([await indexed(), await source.segmentCount(MODEL_KEY), (await bin.sums()).sounds]).toEqual([2, 2, 0]);
      // The same bytes again: they are somebody's, and not to be deleted.
      await jobs.accept(newSound('again.wav', { sha256 }));
      expect([await bin.isUsed(sha256), await bin.leftovers()]).toEqual([true, []]);
      await bin.erase([b], 'anywhere');
      expect(await bin.leftovers()).toHaveLength(1);
      await bin.forgetLeftovers(await bin.leftovers());
      expect(await bin.leftovers()).toEqual([]);
    });

    it('is for good only of its owner where nothing else is to be seen', async () => {
      const [mine, other] = [await ready('mine.wav'), await ready('other.wav')];
      await library.storage.db.updateTable('sounds').set({ owner_id: 'ann' }).where('id', '=', mine).execute();
      const own = new SqlBinRepository(library.storage, { id: 'ann', shared: false, runs: false, ownOnly: true });
      await bin.put([mine, other]);
      expect([await own.ids(9), (await own.sums()).sounds, (await own.hashesOf([mine, other])).length]).toEqual([
        [mine],
        1,
        1,
      ]);
      expect((await own.erase([mine, other], 'anywhere')).map(({ id }) => id)).toEqual([mine]);
      expect(await bin.ids(9)).toEqual([other]);
    });

    it('takes noted bytes for leftovers from the given time on, unless they are accepted', async () => {
      const at = (ms: number) => new Date(Date.now() + ms).toISOString();
      const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
      await bin.noteLeftover(a, at(-1000));
      await bin.noteLeftover(b, at(60_000));
      expect(await bin.leftovers()).toEqual([a]);
      // The same bytes are on their way once more.
      await bin.noteLeftover(a, at(60_000));
      expect(await bin.leftovers()).toEqual([]);
      await bin.noteLeftover(a, at(-1000));
      await jobs.accept(newSound('a.wav', { sha256: a }));
      expect(await bin.leftovers()).toEqual([]);
    });
  });
}
