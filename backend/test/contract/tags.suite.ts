import { beforeEach, describe, expect, it } from 'vitest';
import { SqlCompletions, SqlKeywordIndex, SqlTagRepository } from '../../src/adapters/sql/index.js';
import type { AutoTag } from '../../src/domain/tagging/tagging.types.js';
import { libraryOf, type Engine, type Library } from './engines.js';
import { inTurn, MODEL_KEY, newSound, processed, segmentsFrom, unit } from './fixtures.js';

/** What every `TagRepository` does. */
export function tagSuite(engine: Engine): void {
  const library = libraryOf(engine);
  let sounds: Library['sounds'];
  let jobs: Library['jobs'];
  let tags: Library['tags'];
  beforeEach(() => ({ sounds, jobs, tags } = library));

  const STAMP = 'words-1 model-1';

  async function add(filename: string, keywords: string[] = []): Promise<string> {
    const outcome = await jobs.accept(newSound(filename));
    if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
    await finish(outcome.job.id, keywords);
    return outcome.job.soundId;
  }

  async function finish(jobId: string, keywords: string[] = []): Promise<void> {
    await jobs.start(jobId);
    const result = processed(segmentsFrom([unit([1, 0])]), { fileTags: { keywords } });
    if (!(await jobs.complete(jobId, result))) throw new Error('expected to complete');
  }

  const staleIds = async (stamp = STAMP, model = MODEL_KEY): Promise<string[]> =>
    (await tags.stale(stamp, model, 0, 100)).sounds.map(({ soundId }) => soundId);

  async function tag(soundId: string, given: Record<string, number>, stamp = STAMP): Promise<string[]> {
    const [sound] = await tags.staleAmong(stamp, MODEL_KEY, [soundId]);
    if (!sound) throw new Error('expected a stale sound');
    const list = Object.entries(given).map(([name, score]): AutoTag => ({ name, score }));
    return tags.save(stamp, [{ sound, tags: list }]);
  }

  const namesOf = async (id: string): Promise<string[]> =>
    (await sounds.get(id))!.tags.map(({ name, source }) => `${name} ${source}`);

  describe('what is stale', () => {
    it('is what was never tagged, or with another stamp, or before it was processed anew', async () => {
      const [a, b] = [await add('a.wav'), await add('b.wav')];
      expect(await staleIds()).toEqual([a, b]);
      await tag(a, { rain: 0.9 });
      expect(await staleIds()).toEqual([b]);
      expect(await staleIds('words-2 model-1')).toEqual([a, b]);
      const job = (await jobs.restart(a))!;
      expect(await staleIds()).toEqual([b]);
      // The moment of processing is all that tells the runs apart.
      while (new Date().toISOString() === (await sounds.get(a))!.updatedAt);
      await finish(job.id);
      expect(await staleIds()).toEqual([a, b]);
    });

    it('needs vectors of the model', async () => {
      const a = await add('a.wav');
      expect(await staleIds(STAMP, 'another model')).toEqual([]);
      expect(await tags.staleAmong(STAMP, 'another model', [a])).toEqual([]);
    });

    it('is found piece by piece, in a library with gaps', async () => {
      const ids = await inTurn(['a', 'b', 'c', 'd'], (name) => add(`${name}.wav`));
      await library.skipKeys(9000);
      ids.push(await add('far.wav'));
      const found: string[] = [];
      let cursor: number | null = 0;
      while (cursor !== null) {
        const part: Awaited<ReturnType<typeof tags.stale>> = await tags.stale(STAMP, MODEL_KEY, cursor, 3);
        expect(part.sounds.length).toBeLessThanOrEqual(3);
        found.push(...part.sounds.map(({ soundId }) => soundId));
        cursor = part.cursor;
      }
      expect(found).toEqual(ids);
    });

    it('is everything, or what is named, when tags are to be made anew', async () => {
      const [a, b] = [await add('a.wav'), await add('b.wav')];
      await tag(a, {});
      await tag(b, {});
      expect(await tags.progress(STAMP)).toEqual({ ready: 2, tagged: 2 });
      await tags.forget([b], { rejected: false });
      expect(await staleIds()).toEqual([b]);
      await tags.forget(null, { rejected: false });
      expect(await tags.progress(STAMP)).toEqual({ ready: 2, tagged: 0 });
    });
  });

  describe('saving', () => {
    it('replaces automatic tags and leaves those of file and person; theirs win over the same name', async () => {
      const a = await add('a.wav', ['Field']);
      await sounds.update(a, { tags: ['Rain'] });
      expect(await tag(a, { rain: 0.9, wind: 0.6 })).toEqual([a]);
      expect(await namesOf(a)).toEqual(['Rain user', 'Field file', 'wind auto']);
      await tag(a, { water: 0.7 }, 'words-2 model-1');
      expect(await namesOf(a)).toEqual(['Rain user', 'Field file', 'water auto']);
    });

    it('tells only of what changed', async () => {
      const a = await add('a.wav');
      await tag(a, { rain: 0.9 });
      expect(await tag(a, { rain: 0.9 }, 'words-2 model-1')).toEqual([]);
      expect(await tag(a, { rain: 0.8 }, 'words-3 model-1')).toEqual([a]);
    });

    it('writes nothing for a sound that is gone or is processed again', async () => {
      const [a, b] = [await add('a.wav'), await add('b.wav')];
      const stale = (await tags.stale(STAMP, MODEL_KEY, 0, 10)).sounds;
      await library.erase(a);
      await jobs.restart(b);
      expect(
        await tags.save(
          STAMP,
          stale.map((sound) => ({ sound, tags: [{ name: 'rain', score: 0.9 }] })),
        ),
      ).toEqual([]);
      expect(await namesOf(b)).toEqual([]);
    });
  });

  describe('rejected tags', () => {
    it('go, and stay away when the sound is tagged anew', async () => {
      const a = await add('a.wav');
      await tag(a, { Café: 0.9, rain: 0.8 });
      await sounds.update(a, { rejectTags: [' cafe '] });
      expect(await namesOf(a)).toEqual(['rain auto']);
      await tag(a, { café: 0.95 }, 'words-2 model-1');
      expect(await namesOf(a)).toEqual([]);
    });

    it('do not touch what the person or the file says', async () => {
      const a = await add('a.wav', ['rain']);
      await sounds.update(a, { tags: ['dog'], rejectTags: ['rain', 'dog'] });
      expect(await namesOf(a)).toEqual(['dog user', 'rain file']);
    });

    it('come back as they were when accepted, and when tagging forgets rejections', async () => {
      const a = await add('a.wav');
      await tag(a, { rain: 0.8 });
      await sounds.update(a, { rejectTags: ['rain'] });
      expect((await sounds.update(a, { acceptTags: ['Rain'] }))?.tags).toEqual([
        { name: 'rain', score: 0.8, source: 'auto' },
      ]);
      await sounds.update(a, { rejectTags: ['rain', 'never heard'], acceptTags: ['never heard'] });
      expect(await namesOf(a)).toEqual([]);
      await tags.forget(null, { rejected: true });
      await tag(a, { rain: 0.8, 'never heard': 0.7 });
      expect(await namesOf(a)).toEqual(['rain auto', 'never heard auto']);
    });
  });

  describe('finding by automatic tags', () => {
    it('finds them by their German names too', async () => {
      const [a] = [await add('clip-0001.wav'), await add('clip-0002.wav')];
      await tag(a, { dog: 0.8 });
      const total = async (...names: string[]) =>
        (await sounds.list({ filters: { tags: names }, sort: 'added', order: 'asc', limit: 9 })).total;
      expect([
        await total('Hund'),
        await total('hunde'),
        await total('dog'),
        await total('Hund', 'dog'),
        await total('Katze'),
      ]).toEqual([1, 1, 1, 1, 0]);
    });

    it('works as a filter, by keyword and in suggestions, until the tag is rejected', async () => {
      const keywords = new SqlKeywordIndex(library.storage);
      const [a] = [await add('clip-0001.wav'), await add('clip-0002.wav')];
      await tag(a, { 'hand drum': 0.8 });
      const found = async () => [
        (await sounds.list({ filters: { tags: ['Hand Drum'] }, sort: 'added', order: 'asc', limit: 9 })).total,
        (await sounds.list({ filters: {}, text: 'drum', sort: 'added', order: 'asc', limit: 9 })).total,
        (await keywords.search('drums', {}, 9)).length,
        (await new SqlCompletions(library.storage).values('tag', 'han', 9)).length,
      ];
      expect(await found()).toEqual([1, 1, 1, 1]);
      expect((await keywords.search('drum', {}, 9))[0]?.fields).toEqual(['auto_tags']);
      // Beside the model's own ear its tags are no second witness.
      expect(await keywords.search('drum', {}, 9, 'any')).toEqual([]);
      expect(await keywords.search('hand drum', {}, 9, 'any')).toEqual([]);
      await sounds.update(a, { rejectTags: ['hand drum'] });
      expect(await found()).toEqual([0, 0, 0, 0]);
    });

    it('counts each sound once per tag, most used first', async () => {
      const [a, b] = [await add('a.wav', ['rain']), await add('b.wav', ['Hard Rain'])];
      await tag(a, { rain: 0.8 });
      await tag(b, { rain: 0.7 });
      expect(await tags.counts('', 10)).toEqual({
        items: [
          { name: 'rain', sounds: 2, bySource: { file: 1, auto: 2, user: 0 } },
          { name: 'Hard Rain', sounds: 1, bySource: { file: 1, auto: 0, user: 0 } },
        ],
        total: 2,
      });
      expect(await tags.counts('RAI', 1)).toMatchObject({ items: [{ name: 'rain' }], total: 2 });
      expect((await tags.counts('ain', 10)).total).toBe(0);
    });
  });

  it('keeps edits of the vocabulary', async () => {
    expect(await tags.edits()).toEqual({ disabledGroups: [], removed: [], own: [] });
    const edits = { disabledGroups: ['music'], removed: ['snow'], own: [{ name: 'foley', prompts: ['foley'] }] };
    await tags.saveEdits(edits);
    expect(await new SqlTagRepository(library.storage).edits()).toEqual(edits);
  });
}
