import { beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/domain/errors.js';
import {
  type FileTags,
  type ListRequest,
  type NewSound,
  type SoundKind,
  type SoundSort,
} from '../../src/domain/library/library.types.js';
import { libraryOf, type Engine, type Library } from './engines.js';
import { inTurn, MODEL_KEY, newSound, processed, seeded, segmentsFrom, unit } from './fixtures.js';

/** What every `SoundRepository` does. */
export function libraryListSuite(engine: Engine): void {
  const library = libraryOf(engine);
  let sounds: Library['sounds'];
  let jobs: Library['jobs'];
  let source: Library['source'];
  let keywords: Library['keywords'];
  beforeEach(() => ({ sounds, jobs, source, keywords } = library));

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

  const codeOf = async (action: () => unknown): Promise<string | undefined> => {
    try {
      await action();
    } catch (error) {
      return error instanceof DomainError ? error.code : String(error);
    }
    return undefined;
  };

  describe('the library', () => {
    const page = (request: Partial<ListRequest> = {}) =>
      sounds.list({ filters: {}, sort: 'added', order: 'asc', limit: 50, ...request });

    it('takes other bytes for a sound and reads it anew; what a person has set stays', async () => {
      const id = await ready('a.wav', { title: 'Old', artist: 'Ann' });
      await sounds.update(id, { artist: 'Mine' });
      const bytes = { ...(await sounds.get(id))!, sha256: 'e'.repeat(64), filename: 'a.wav', sizeBytes: 5 };
      const job = (await jobs.replace(id, bytes))!;
      expect(await sounds.get(id)).toMatchObject({ sha256: 'e'.repeat(64), sizeBytes: 5, status: 'processing' });
      await jobs.start(job.id);
      const fileTags = { title: 'New', artist: 'Bob' };
      expect(await jobs.complete(job.id, processed(segmentsFrom([unit([1, 0])]), { fileTags }))).toBe(true);
      expect(await sounds.get(id)).toMatchObject({ title: 'New', artist: 'Mine', status: 'ready' });
      expect(await jobs.replace('gone', bytes)).toBeNull();
    });

    it('keeps every artist, finds a sound by each, and lets a person name others', async () => {
      const id = await ready('a.wav', { artist: 'AC/DC; Björk', artists: ['AC/DC', 'Björk'] });
      const by = async (artist: string): Promise<string[]> =>
        (await sounds.ids({ filters: { artist }, sort: 'added', order: 'asc', limit: 10 })).ids;
      expect(await sounds.get(id)).toMatchObject({ artist: 'AC/DC; Björk', artists: ['AC/DC', 'Björk'] });
      expect([await by('ac/dc'), await by('bjork'), await by('AC/DC; Björk'), await by('DC')]).toEqual([
        [id],
        [id],
        [id],
        [],
      ]);
      await sounds.update(id, { title: 'Other' });
      expect((await sounds.get(id))?.artists).toEqual(['AC/DC', 'Björk']);
      await sounds.update(id, { artist: 'Ann; Bob' });
      expect([await by('bob'), await by('bjork')]).toEqual([[id], []]);
    });

    it('finds a description, below whatever has the words in its name', async () => {
      const described = await ready('a.wav', { description: 'Woodpecker in a forest\nclose, dry' });
      const named = await ready('woodpecker.wav', {});
      const found = await keywords.search('woodpecker', {}, 10);
      expect(found.map(({ soundKey }) => soundKey)).toEqual(
        await inTurn([named, described], async (id) => (await sounds.get(id))!.soundKey),
      );
      expect(found[1]?.fields).toEqual(['description']);
      const filters = { phrases: ['woodpecker in a'] };
      expect((await sounds.ids({ filters, sort: 'added', order: 'asc', limit: 10 })).ids).toEqual([described]);
      await sounds.update(described, { description: null });
      expect(await keywords.search('forest', {}, 10)).toEqual([]);
    });

    it('updates fields, clears with null, leaves the rest', async () => {
      const id = await ready('a.wav', { artist: 'Someone', bpm: 120 });
      const changed = (await sounds.update(id, { title: '  Ärger  ', artist: null, key: 'Am' }))!;
      expect(changed).toMatchObject({ title: 'Ärger', artist: null, bpm: 120, key: 'Am' });
      expect(await sounds.update('unknown', { title: 'x' })).toBeNull();
    });

    it('lets one of several who change the same field at once win, and tells the others', async () => {
      const id = await ready('a.wav', { title: 'Rain' });
      const titles = ['One', 'Two', 'Three', 'Four'];
      const ends = await Promise.allSettled(
        titles.map((title) => sounds.update(id, { title }, { was: { title: 'Rain' } })),
      );
      const won = titles.filter((_, at) => ends[at]?.status === 'fulfilled');
      expect(won).toEqual([(await sounds.get(id))?.title]);
      const refused = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []));
      expect(refused).toHaveLength(3);
      for (const error of refused) {
        expect(error).toMatchObject({ code: 'changed_meanwhile', fields: [{ path: 'title' }] });
      }
      // Other fields are no conflict; nothing of a change that is refused is written.
      await sounds.update(id, { artist: 'Ann', tags: ['wet'] }, { was: { artist: null, tags: [] } });
      await expect(sounds.update(id, { key: 'Am', tags: [] }, { was: { key: null, tags: ['dry'] } })).rejects.toThrow(
        'tags',
      );
      const after = (await sounds.get(id))!;
      expect(after).toMatchObject({ artist: 'Ann', key: null });
      expect(after.tags.map(({ name }) => name)).toEqual(['wet']);
    });

    it('tells what the files take up that it keeps itself: not those that stay in their folders', async () => {
      await ready('a.wav', {}, { sha256: 'a'.repeat(64), sizeBytes: 100 });
      await ready('b.wav', {}, { sha256: 'b'.repeat(64), sizeBytes: 20 });
      await ready('c.wav', {}, { sha256: 'c'.repeat(64), sizeBytes: 3 });
      expect(await sounds.keptBytes()).toBe(123);
      const { id: folderId } = (await library.folders.add({
        path: '/sounds',
        watch: false,
        recursive: true,
        inPlace: true,
      }))!;
      const place = { folderId, sizeBytes: 20, modifiedMs: 1, changedMs: 1 };
      await library.placed.put({ ...place, path: 'b.wav', sha256: 'b'.repeat(64), kept: false });
      await library.placed.put({ ...place, path: 'c.wav', sha256: 'c'.repeat(64), kept: true });
      expect(await sounds.keptBytes()).toBe(103);
    });

    it('deletes a sound with everything that belongs to it', async () => {
      const id = await ready('kick.wav', { keywords: ['drum'] });
      const other = await ready('snare.wav');
      expect(await library.erase(id)).toEqual([id]);
      expect(await library.erase(id)).toEqual([]);
      expect(await sounds.get(id)).toBeNull();
      expect(await sounds.peaks(id)).toBeNull();
      expect(await jobs.latestFor(id)).toBeNull();
      expect(await source.segmentCount(MODEL_KEY)).toBe(1);
      expect(await titlesFor('kick')).toEqual([]);
      expect(await sounds.allIds()).toEqual([other]);
    });

    it('never gives a key to a second sound', async () => {
      const first = (await sounds.get(await ready('a.wav')))!;
      await library.erase(first.id);
      expect((await sounds.get(await ready('b.wav')))!.soundKey).toBeGreaterThan(first.soundKey);
    });

    it.each<[SoundSort, 'asc' | 'desc']>(
      (['added', 'title', 'duration', 'size', 'bpm'] as const).flatMap((sort) => [
        [sort, 'asc'],
        [sort, 'desc'],
      ]),
    )('pages by %s %s without gaps or repeats, also with equal and missing values', async (sort, order) => {
      const random = seeded(7);
      for (let i = 0; i < 23; i++) {
        const durationS = random() < 0.2 ? null : Math.round(random() * 3);
        const bpm = random() < 0.4 ? null : 100 + Math.round(random() * 2);
        await ready(`${'äbC'[i % 3]}.wav`, { bpm }, { durationS, sizeBytes: Math.round(random() * 4) });
      }
      const whole = (await page({ sort, order })).items.map((sound) => sound.id);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const next = await page({ sort, order, limit: 4, ...(cursor === undefined ? {} : { cursor }) });
        expect(next.total).toBe(23);
        seen.push(...next.items.map((sound) => sound.id));
        cursor = next.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(new Set(seen).size).toBe(23);
      expect(seen).toEqual(whole);
    });

    it('pages on in the right place when sounds come and go meanwhile', async () => {
      const ids = await inTurn([0, 1, 2, 3, 4, 5], (i) => ready(`${i}.wav`));
      const first = await page({ order: 'desc', limit: 2 });
      await ready('new.wav');
      await library.erase(first.items[1]!.id);
      const second = await page({ order: 'desc', limit: 2, cursor: first.nextCursor! });
      expect(second.items.map((sound) => sound.id)).toEqual([ids[3], ids[2]]);
    });

    it('sorts titles without regard to case and accents, file names standing in', async () => {
      await ready('Zebra.wav');
      await ready('x.wav', { title: 'Äpfel' });
      await ready('birne.wav');
      expect((await page({ sort: 'title' })).items.map((sound) => sound.title ?? sound.filename)).toEqual([
        'Äpfel',
        'birne.wav',
        'Zebra.wav',
      ]);
    });

    it.each(['nonsense', '', Buffer.from('{"sort":"added"}').toString('base64url')])(
      'rejects the cursor %j',
      async (cursor) => {
        expect(await codeOf(() => page({ cursor }))).toBe('invalid_input');
      },
    );

    it('rejects a cursor of another order', async () => {
      await ready('a.wav');
      await ready('b.wav');
      const { nextCursor } = await page({ limit: 1 });
      expect(await codeOf(() => page({ sort: 'title', cursor: nextCursor! }))).toBe('invalid_input');
    });

    it('lists by words in names and tags', async () => {
      await ready('Kick_808(dry).wav');
      await ready('other.wav', { title: 'Big Kick', keywords: ['808'] });
      await ready('snare.wav');
      expect((await page({ text: 'kick 808' })).total).toBe(2);
      expect((await page({ text: 'kick dr' })).items.map((sound) => sound.filename)).toEqual(['Kick_808(dry).wav']);
      expect((await page({ text: '***' })).total).toBe(0);
      expect((await page({ text: '  ' })).total).toBe(3);
    });

    it('filters exactly, all conditions together, without regard to case', async () => {
      const a = await ready(
        'a.flac',
        {
          genre: 'Ämbient',
          artist: 'Nöra',
          author: 'Ann Öz',
          album: 'Weather of May',
          licence: 'CC BY-NC 4.0',
          bpm: 120,
          key: 'Am',
          keywords: ['Sea', 'Wind'],
        },
        { codec: 'flac', durationS: 5 },
      );
      const b = await ready('b.wav', { genre: 'Techno', bpm: 130, key: 'C', keywords: ['wind'] }, { durationS: 60 });
      const pending = (await accept('c.mp3', { codec: 'mp3', durationS: null })).soundId;
      const match = async (filters: ListRequest['filters']): Promise<string[]> =>
        (await page({ filters })).items.map((sound) => sound.id);
      expect(await match({ genre: 'ÄMBIENT' })).toEqual([a]);
      expect(await match({ artist: 'nora' })).toEqual([a]);
      expect(await match({ author: 'ann oz' })).toEqual([a]);
      expect(await match({ album: ['weather of may'] })).toEqual([a]);
      expect(await match({ album: ['may weather'] })).toEqual([]);
      expect(await match({ licence: 'cc by' })).toEqual([a]);
      expect(await match({ licence: 'cc%nc' })).toEqual([]);
      expect(await match({ not: [{ licence: 'nc' }] })).toEqual([b, pending]);
      expect(await match({ key: 'am' })).toEqual([a]);
      expect(await match({ tags: ['WIND'] })).toEqual([a, b]);
      expect(await match({ tags: ['wind', 'sea'] })).toEqual([a]);
      expect(await match({ minBpm: 120, maxBpm: 120 })).toEqual([a]);
      expect(await match({ minDurationS: 6 })).toEqual([b]);
      expect(await match({ format: 'WAV' })).toEqual([b]);
      expect(await match({ format: 'flac' })).toEqual([a]);
      expect(await match({ format: 'wav, .FLAC' })).toEqual([a, b]);
      expect(await match({ status: 'processing' })).toEqual([pending]);
      expect(
        await match({ addedAfter: '2000-01-01', addedBefore: new Date().toISOString().slice(0, 10) }),
      ).toHaveLength(3);
      expect(await match({ addedAfter: '2999-01-01' })).toEqual([]);
      expect(await match({ genre: 'techno', maxBpm: 120 })).toEqual([]);
      expect(await codeOf(() => match({ addedAfter: 'yesterday-ish' }))).toBe('invalid_input');
      expect(await sounds.keysMatching({})).toBeNull();
      expect([...(await sounds.keysMatching({ tags: ['wind'] }))!]).toEqual(
        await inTurn([a, b], async (id) => (await sounds.get(id))!.soundKey),
      );
    });

    it('finds an estimated tempo by its half and double, and a key by either spelling', async () => {
      const heard = async (name: string, bpm: number, fileTags: Partial<FileTags> = {}): Promise<string> => {
        const { soundId, jobId } = await accept(name);
        await jobs.start(jobId);
        const analysis = { tempo: { bpm, confidence: 1 }, key: { key: 'Bbm', confidence: 0.5 } };
        await jobs.complete(jobId, processed([], { fileTags, analysis }));
        return soundId;
      };
      const half = await heard('half.wav', 62);
      const double = await heard('double.wav', 248);
      const written = await heard('written.wav', 62, { bpm: 63, key: 'C' });
      const match = async (filters: ListRequest['filters']): Promise<string[]> =>
        (await page({ filters })).items.map((sound) => sound.id);
      expect(await match({ minBpm: 120, maxBpm: 128 })).toEqual([half, double]);
      expect(await match({ minBpm: 60, maxBpm: 64 })).toEqual([half, written]);
      expect(await match({ minBpm: 100 })).toEqual([double]);
      expect(await match({ key: 'A#m' })).toEqual([half, double]);
      expect(await match({ key: 'Bb' })).toEqual([]);
    });

    it('filters and sorts by kind, loudness and brightness; what was not measured meets none and comes last', async () => {
      const heard = async (
        name: string,
        kind: SoundKind | null,
        lufs: number | null,
        brightnessHz: number | null,
      ): Promise<string> => {
        const { soundId, jobId } = await accept(name);
        await jobs.start(jobId);
        const loudness = { lufs, peakDb: -1 };
        await jobs.complete(jobId, processed([], { analysis: { kind, brightnessHz }, loudness }));
        return soundId;
      };
      const loop = await heard('loop.wav', 'loop', -12, 3000);
      const hit = await heard('hit.wav', 'one-shot', -20, 8000);
      const dark = await heard('dark.wav', null, -30.5, 200);
      const before = await heard('before.wav', null, null, null);
      const match = async (filters: ListRequest['filters']): Promise<string[]> =>
        (await page({ filters })).items.map((sound) => sound.id);
      expect(await match({ kind: 'loop' })).toEqual([loop]);
      expect(await match({ not: [{ kind: 'one-shot' }] })).toEqual([loop, dark, before]);
      expect(await match({ minLoudness: -20 })).toEqual([loop, hit]);
      expect(await match({ minLoudness: -31, maxLoudness: -20 })).toEqual([hit, dark]);
      expect(await match({ maxBrightness: 3000 })).toEqual([loop, dark]);
      expect(await match({ minBrightness: 3000, kind: 'one-shot' })).toEqual([hit]);
      const sorted = async (sort: SoundSort, order: 'asc' | 'desc'): Promise<string[]> =>
        (await sounds.ids({ filters: {}, sort, order, limit: 10 })).ids;
      expect(await sorted('brightness', 'asc')).toEqual([dark, loop, hit, before]);
      expect(await sorted('loudness', 'desc')).toEqual([loop, hit, dark, before]);
    });

    it('filters by bits of samples; sounds with loss, and those that do not say, have none', async () => {
      const [cd, deep, floats] = [
        (await accept('cd.flac', { bitsPerSample: 16 })).soundId,
        (await accept('deep.flac', { bitsPerSample: 24 })).soundId,
        (await accept('floats.wav', { bitsPerSample: 32 })).soundId,
      ];
      const lossy = (await accept('lossy.mp3', { codec: 'mp3', bitsPerSample: null })).soundId;
      const silent = (await accept('silent.wv', { codec: 'wavpack', bitsPerSample: null })).soundId;
      await library.analyses.keepSaid(silent, { bitsPerSample: null });
      const match = async (filters: ListRequest['filters']): Promise<string[]> =>
        (await page({ filters })).items.map((sound) => sound.id);
      expect(await match({ minBitsPerSample: 24 })).toEqual([deep, floats]);
      expect(await match({ maxBitsPerSample: 16 })).toEqual([cd]);
      expect(await match({ minBitsPerSample: 24, maxBitsPerSample: 24 })).toEqual([deep]);
      expect(await match({ not: [{ minBitsPerSample: 17 }] })).toEqual([cd, lossy, silent]);
      expect(await sounds.get(silent)).toMatchObject({ bitsPerSample: null });
      expect(await sounds.get(deep)).toMatchObject({ bitsPerSample: 24 });
    });

    it('filters by when it was recorded, as exactly as that is known; what does not say meets none', async () => {
      const year = await ready('year.wav', { recorded: '2019' });
      const month = await ready('month.wav', { recorded: '2019-03' });
      const day = await ready('day.wav', { recorded: '2019-03-14' });
      const old = await ready('old.wav', { recorded: '1932' });
      const silent = await ready('silent.wav', { recorded: null });
      const match = async (recordedAfter?: string, recordedBefore?: string): Promise<string[]> =>
        (await page({ filters: { recordedAfter, recordedBefore } })).items.map((sound) => sound.id);
      expect(await match('2019', '2019')).toEqual([year, month, day]);
      expect(await match('2019-01-01', '2019-12-31')).toEqual([year, month, day]);
      expect(await match('2019-03-14', '2019-03-14')).toEqual([year, month, day]);
      expect(await match('2019-03-15')).toEqual([year, month]);
      expect(await match('2019-04', '2019')).toEqual([year]);
      expect(await match(undefined, '2018')).toEqual([old]);
      expect(await match('2020')).toEqual([]);
      const others = await page({ filters: { not: [{ recordedAfter: '2019' }] } });
      expect(others.items.map(({ id }) => id)).toEqual([old, silent]);
      const sorted = async (order: 'asc' | 'desc'): Promise<string[]> =>
        (await sounds.ids({ filters: {}, sort: 'recorded', order, limit: 10 })).ids;
      expect(await sorted('asc')).toEqual([old, year, month, day, silent]);
      expect(await sorted('desc')).toEqual([day, month, year, old, silent]);
      const paged: string[] = [];
      for (let cursor: string | undefined; paged.length < 5;) {
        const found = await page({ sort: 'recorded', limit: 2, cursor });
        paged.push(...found.items.map(({ id }) => id));
        cursor = found.nextCursor ?? undefined;
        if (!cursor) break;
      }
      expect(paged).toEqual([old, year, month, day, silent]);
      expect(await sounds.get(silent)).toMatchObject({ recorded: null });
      expect(await sounds.get(month)).toMatchObject({ recorded: '2019-03' });
    });

    it('begins anywhere in a list, and says along what it is sorted', async () => {
      for (const [name, bpm] of [
        ['d', 140],
        ['a', null],
        ['c', 90],
        ['e', 120],
        ['b', null],
      ] as const)
        await ready(`${name}.wav`, { bpm });
      const list = { filters: {}, sort: 'title', order: 'asc', limit: 2 } as const;
      const page = await sounds.list({ ...list, offset: 3 });
      expect([page.items.map(({ filename }) => filename), page.total, page.nextCursor]).toEqual([
        ['d.wav', 'e.wav'],
        5,
        null,
      ]);
      const middle = await sounds.list({ ...list, offset: 1 });
      const next = await sounds.list({ ...list, cursor: middle.nextCursor! });
      expect([...middle.items, ...next.items].map(({ filename }) => filename)).toEqual([
        'b.wav',
        'c.wav',
        'd.wav',
        'e.wav',
      ]);
      expect((await sounds.list({ ...list, offset: 50 })).items).toEqual([]);

      const { places, total } = await sounds.places({ ...list, limit: 3 });
      expect([total, places.map(({ offset }) => offset)]).toEqual([5, [0, 2, 4]]);
      expect(places.map(({ value }) => String(value).slice(0, 1))).toEqual(['a', 'c', 'e']);
      const tempi = await sounds.places({ ...list, sort: 'bpm', order: 'desc', limit: 50 });
      expect(tempi.places.map(({ value }) => value)).toEqual([140, 120, 90, null, null]);
      const added = await sounds.places({ ...list, sort: 'added', limit: 1 });
      expect(added.places).toHaveLength(1);
      expect(Date.parse(String(added.places[0]!.value))).toBeGreaterThan(0);
      expect(await sounds.places({ ...list, filters: { artist: 'nobody' } })).toEqual({ places: [], total: 0 });
    });

    it('gives sounds in the order of the keys asked for and skips those gone', async () => {
      const [a, b, c] = (await inTurn(
        ['a.wav', 'b.wav', 'c.wav'],
        async (name) => (await sounds.get(await ready(name)))!.soundKey,
      )) as [number, number, number];
      await library.erase((await sounds.getByKeys([b]))[0]!.id);
      expect((await sounds.getByKeys([c, b, a])).map((sound) => sound.filename)).toEqual(['c.wav', 'a.wav']);
    });
  });
}
