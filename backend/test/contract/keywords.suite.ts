import { beforeEach, describe, expect, it } from 'vitest';
import { type FileTags, type NewSound } from '../../src/domain/library/library.types.js';
import { wordsOf } from '../../src/domain/search/words.js';
import { libraryOf, type Engine, type Library } from './engines.js';
import { newSound, processed, segmentsFrom, unit } from './fixtures.js';

/** What every `KeywordIndex` and `Completions` does. */
export function keywordSuite(engine: Engine): void {
  const library = libraryOf(engine);
  let sounds: Library['sounds'];
  let jobs: Library['jobs'];
  let keywords: Library['keywords'];
  let completions: Library['completions'];
  let log: Library['log'];
  beforeEach(() => ({ sounds, jobs, keywords, completions, log } = library));

  const accept = async (
    filename: string,
    over: Partial<NewSound> = {},
  ): Promise<{ soundId: string; jobId: string }> => {
    const outcome = await jobs.accept(newSound(filename, over));
    if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
    return { soundId: outcome.job.soundId, jobId: outcome.job.id };
  };

  /** A sound as it is after its job went through. */
  const ready = async (
    filename: string,
    fileTags: Partial<FileTags> = {},
    over: Partial<NewSound> = {},
    vectors = [unit([1, 0])],
  ): Promise<string> => {
    const { soundId, jobId } = await accept(filename, over);
    await jobs.start(jobId);
    expect(await jobs.complete(jobId, processed(segmentsFrom(vectors), { fileTags }))).toBe(true);
    return soundId;
  };

  const titlesFor = async (text: string, match?: 'all' | 'any'): Promise<string[]> =>
    (await sounds.getByKeys((await keywords.search(text, {}, 50, match)).map((hit) => hit.soundKey))).map(
      (sound) => sound.filename,
    );

  describe('keyword search', () => {
    it('cuts names at signs, between letters and digits and inside joined words', async () => {
      await ready('Kick_808(dry).wav');
      await ready('DarkRain.ogg');
      for (const text of ['kick', 'kick808', '808', 'dry', 'KI'])
        expect(await titlesFor(text), text).toEqual(['Kick_808(dry).wav']);
      for (const text of ['rain', 'darkrain', 'dark rain'])
        expect(await titlesFor(text), text).toEqual(['DarkRain.ogg']);
    });

    it('finds a file by its whole name', async () => {
      await ready('misc_crow.flac');
      await ready('crow.flac');
      expect(await titlesFor('misc_crow.flac')).toEqual(['misc_crow.flac']);
      expect(await titlesFor('crow.flac')).toEqual(['crow.flac', 'misc_crow.flac']);
    });

    it('needs all words, ignores accents, case and stop words', async () => {
      await ready('Café am Meer.wav');
      await ready('cafe.wav');
      expect(await titlesFor('CAFE meer')).toEqual(['Café am Meer.wav']);
      expect(await titlesFor('the meer')).toEqual(['Café am Meer.wav']);
      expect(await titlesFor('cafe mountain')).toEqual([]);
    });

    it('finds other endings, mistyped words and parts of long words', async () => {
      await ready('dog barks.wav');
      await ready('Kirchenglocken.wav');
      expect(await titlesFor('dogs')).toEqual(['dog barks.wav']);
      expect(await titlesFor('barking dogs')).toEqual(['dog barks.wav']);
      expect(await titlesFor('brks')).toEqual(['dog barks.wav']);
      expect(await titlesFor('dgo')).toEqual([]);
      await ready('kick drum 01.wav');
      await ready('distant_thunder.wav');
      expect(await titlesFor('kik drum')).toEqual(['kick drum 01.wav']);
      expect(await titlesFor('kick drm')).toEqual(['kick drum 01.wav']);
      expect(await titlesFor('thundr')).toEqual(['distant_thunder.wav']);
      expect(await titlesFor('thun')).toEqual(['distant_thunder.wav']);
      expect(await titlesFor('ick')).toEqual([]);
      expect(await titlesFor('glocke')).toEqual(['Kirchenglocken.wav']);
    });

    it('ranks titles over file names and whole titles first', async () => {
      await ready('rain.wav', { title: 'Something else' });
      await ready('b.wav', { title: 'Rain on the roof' });
      await ready('c.wav', { title: 'Rain' });
      await ready('unrelated.wav');
      expect((await titlesFor('rain'))[0]).toMatch(/^(c|rain)\.wav$/);
      const hits = await keywords.search('rain', {}, 10);
      expect(hits.filter((hit) => hit.exact)).toHaveLength(2);
      expect(hits.find((hit) => !hit.exact)?.fields).toEqual(['title']);
      expect((await titlesFor('rain')).at(-1)).toBe('b.wav');
    });

    it('takes any text as a query', async () => {
      await ready('a.wav');
      const nasty = [
        '"',
        '"a',
        'a AND',
        'NOT',
        'a OR OR',
        'NEAR(a b)',
        'title:a',
        '-a',
        'a*',
        '^a',
        '(',
        '{a} : b',
        "'; DROP TABLE sounds",
        '\0',
        '💥',
        'a\u0000b',
        'x'.repeat(5000),
        'word '.repeat(500),
      ];
      for (const text of nasty) {
        await keywords.search(text, {}, 5);
        await keywords.search(text, {}, 5, 'any');
        await completions.names(wordsOf(text), 5);
        await sounds.list({ filters: {}, text, sort: 'added', order: 'asc', limit: 5 });
      }
    });

    it('applies filters and the limit, and leaves out what was never processed', async () => {
      await ready('wind.wav', {}, { durationS: 5 });
      await ready('wind.flac', {}, { durationS: 50 });
      await accept('wind.mp3');
      expect(await keywords.search('wind', {}, 10)).toHaveLength(2);
      expect(await keywords.search('wind', {}, 1)).toHaveLength(1);
      expect(await keywords.search('wind', { maxDurationS: 10 }, 10)).toHaveLength(1);
    });

    it('with any, ranks by the share of meaning found', async () => {
      for (let i = 0; i < 8; i++) await ready(`dog ${i}.wav`);
      await ready('dog barking at thunder.wav');
      await ready('thunder.wav');
      const hits = await keywords.search('dog in a thunder', {}, 10, 'any');
      const names = (await sounds.getByKeys(hits.map((hit) => hit.soundKey))).map((sound) => sound.filename);
      expect(names[0]).toBe('dog barking at thunder.wav');
      expect(names[1]).toBe('thunder.wav');
      expect(hits[0]?.coverage).toBeCloseTo(1);
      expect(hits[1]!.coverage).toBeLessThan(0.95);
    });

    it('follows changed titles and tags', async () => {
      const id = await ready('a.wav', { title: 'Before' });
      await sounds.update(id, { title: 'After', tags: ['Thunder'] });
      expect(await titlesFor('before')).toEqual([]);
      expect(await titlesFor('after')).toEqual(['a.wav']);
      expect((await keywords.search('thunder', {}, 5))[0]?.fields).toEqual(['tags']);
    });
  });

  describe('suggestions', () => {
    it('come from past searches, tags, artists, titles and file names, each once', async () => {
      await ready('rainforest.wav');
      await ready('b.wav', { title: 'Rain', artist: 'Rainer', keywords: ['rainy'] });
      await ready('c.wav', { title: 'Light rain' });
      await log.record({ query: 'rain on tin', mode: 'hybrid', resultCount: 3, tookMs: 1, topScore: 0.4 });
      await log.record({ query: 'rainless', mode: 'hybrid', resultCount: 0, tookMs: 1, topScore: null });
      await log.record({ query: 'rain like:some-id', mode: 'hybrid', resultCount: 2, tookMs: 1, topScore: 0.4 });
      expect(await completions.queries('rai', 5)).toEqual(['rain on tin']);
      expect(await completions.values('tag', 'rai', 5)).toEqual(['rainy']);
      expect(await completions.values('artist', 'rai', 5)).toEqual(['Rainer']);
      expect(await completions.values('format', '', 5)).toEqual(['wav']);
      expect((await completions.names(['rai'], 5)).map(({ name }) => name)).toEqual([
        'Rain',
        'rainforest',
        'Light rain',
      ]);
      expect(await completions.names(['rai'], 2)).toHaveLength(2);
      for (const field of ['tag', 'artist', 'genre', 'format', 'key'] as const) {
        expect(await completions.values(field, 'zzz', 5)).toEqual([]);
      }
    });
  });
}
