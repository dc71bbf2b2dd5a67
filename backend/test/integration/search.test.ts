import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { createDescribedRows } from '../../src/audio/analysis/described-rows.js';
import { AspectIndex } from '../../src/domain/analysis/aspect.index.js';
import { HEARD_SIZE, LAYOUT, type AspectWeights } from '../../src/domain/analysis/aspects.types.js';
import {
  openDatabase,
  SqlAnalysisRepository,
  SqlJobRepository,
  SqlChangeCounter,
  SqlCompletions,
  SqlCopyRepository,
  SqlDescribedSounds,
  SqlKeywordIndex,
  SqlMarkerRepository,
  SqlRatingRepository,
  SqlSearchLog,
  SqlSegmentSource,
  SqlSoundRepository,
  type Database,
  storageOver,
} from '../../src/adapters/sql/index.js';
import { NOTHING_HEARD } from '../../src/domain/analysis/analysis.types.js';
import { DomainError } from '../../src/domain/errors.js';
import type { FileTags, NewSound } from '../../src/domain/library/library.types.js';
import type { TextEmbedder } from '../../src/domain/search/search.ports.js';
import type { VectorIndex } from '../../src/domain/search/vectors.ports.js';
import type { MomentRefiner } from '../../src/domain/search/moment.refiner.js';
import { ClipShelf } from '../../src/domain/search/clip.shelf.js';
import { SearchService } from '../../src/domain/search/search.service.js';
import type { SearchAnswer, SearchRequest } from '../../src/domain/search/search.types.js';
import { withTyped } from '../../src/domain/search/query.reader.js';
import {
  indexInProcess,
  MODEL_KEY,
  newSound,
  processed,
  seeded,
  segmentsFrom,
  temporaryFolder,
  unit,
} from '../contract/fixtures.js';
import { conceptSpace } from '../support/concepts.js';
import { erase } from '../support/erase.js';
import { forAll } from '../support/viewers.js';

const CONCEPTS = ['rain', 'dog', 'kick', 'thunder', 'piano', 'whale'] as const;
type Concept = (typeof CONCEPTS)[number];
const space = conceptSpace(CONCEPTS);
const DIMENSION = space.dimension;
/** Begins anew for each test, so that none depends on those before it. */
let noise = seeded(5);
const heard = (concepts: Partial<Record<Concept, number>>, seed = noise): Float32Array => space.heard(concepts, seed);

const texts: TextEmbedder = {
  ...space.texts,
  embedTexts: (list) => {
    if (list.includes('unreadable'))
      return Promise.reject(new DomainError('invalid_input', 'The model knows none of these words.'));
    return space.texts.embedTexts(list);
  },
};

let folder: ReturnType<typeof temporaryFolder>;
let db: Database;
let sounds: SqlSoundRepository;
let jobs: SqlJobRepository;
let index: VectorIndex;
let search: SearchService;
/** How often it was asked whether the library has changed. */
let changesAsked = 0;
const shelf = new ClipShelf();
/** What listening again hears: nothing, unless a test says otherwise. */
let refiner: MomentRefiner['listen'];

beforeEach(async () => {
  noise = seeded(5);
  folder = temporaryFolder();
  db = openDatabase(path.join(folder.path, 'traum.db'));
  sounds = new SqlSoundRepository(storageOver(db));
  jobs = new SqlJobRepository(storageOver(db));
  index = indexInProcess(new SqlSegmentSource(storageOver(db)), DIMENSION);
  await index.open();
  search = serviceOver(index);
  refiner = () => Promise.resolve([]);
});

afterEach(async () => {
  await index.close();
  db.close();
  folder.remove();
});

const serviceOver = (vectors: VectorIndex, model = texts): SearchService =>
  new SearchService({
    sounds: forAll(sounds),
    index: vectors,
    keywords: forAll(new SqlKeywordIndex(storageOver(db))),
    texts: model,
    segments: new SqlSegmentSource(storageOver(db)),
    copies: forAll(new SqlCopyRepository(storageOver(db))),
    changes: { number: () => (changesAsked++, new SqlChangeCounter(storageOver(db)).number()) },
    log: new SqlSearchLog(storageOver(db)),
    history: forAll(new SqlSearchLog(storageOver(db))),
    clips: shelf,
    refiner: { listen: (sound, stretch) => refiner(sound, stretch) },
    markers: new SqlMarkerRepository(storageOver(db)),
    aspects: new AspectIndex({ described: new SqlDescribedSounds(storageOver(db)), createRows: createDescribedRows }),
  });

async function add(
  filename: string,
  vectors: Float32Array[],
  tags: Partial<FileTags> = {},
  facts: Partial<NewSound> = {},
): Promise<string> {
  const outcome = await jobs.accept(newSound(filename, facts));
  if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
  await jobs.start(outcome.job.id);
  await jobs.complete(outcome.job.id, processed(segmentsFrom(vectors), { fileTags: tags }));
  return outcome.job.soundId;
}

/** A library of sounds of every kind but whales, under names that say nothing. */
async function fill(): Promise<Record<'rain' | 'dog' | 'kick' | 'thunder' | 'piano', string[]>> {
  const ids = {
    rain: [] as string[],
    dog: [] as string[],
    kick: [] as string[],
    thunder: [] as string[],
    piano: [] as string[],
  };
  for (let i = 0; i < 5; i++) {
    for (const concept of ['rain', 'dog', 'kick', 'thunder', 'piano'] as const) {
      const number = String(i * 5 + Object.keys(ids).indexOf(concept)).padStart(4, '0');
      ids[concept].push(await add(`clip-${number}.wav`, [heard({ [concept]: 0.5 + i * 0.1 })]));
    }
  }
  await index.refresh();
  return ids;
}

const ask = (text: string, over: Partial<SearchRequest> = {}): Promise<SearchAnswer> =>
  search.search(LOCAL, {
    text: [{ text, weight: 1 }],
    like: [],
    clips: [],
    filters: {},
    mode: 'hybrid',
    limit: 20,
    offset: 0,
    ...over,
  });

const said = ({ reasons }: SearchAnswer['results'][number]): string[] => reasons.map(({ message }) => message);
const idsOf = (answer: SearchAnswer): string[] => answer.results.map((result) => result.sound.id);

describe('searching by description', () => {
  it('finds sounds by what they sound like alone, and says so', async () => {
    const ids = await fill();
    const answer = await ask('rain on a roof');
    expect(new Set(idsOf(answer).slice(0, 5))).toEqual(new Set(ids.rain));
    expect(answer).toMatchObject({ query: 'rain on a roof', model: 'test-model', total: 25, verdict: 'good' });
    const [first] = answer.results;
    expect(first!.relevance).toBeGreaterThan(0.55);
    expect(said(first!)).toEqual(['Sounds like "rain on a roof"']);
    expect(first!.matches).toEqual([{ startS: 0, endS: 10, score: first!.score }]);
    expect(answer.results.at(-1)!.relevance).toBeLessThan(0.25);
    expect(said(answer.results.at(-1)!)).toEqual([]);
  });

  it('ranks with names that say nothing as it does by sound alone', async () => {
    await fill();
    expect(idsOf(await ask('dog'))).toEqual(idsOf(await ask('dog', { mode: 'semantic' })));
  });

  it('says when nothing fits', async () => {
    await fill();
    const answer = await ask('whale song');
    expect(answer.verdict).toBe('none');
    expect(answer.results[0]!.relevance).toBeLessThan(0.25);
  });

  it('is honest also with a handful of sounds', async () => {
    await add('a.wav', [heard({ rain: 0.7 })]);
    await add('b.wav', [heard({ rain: 0.6 })]);
    await index.refresh();
    expect((await ask('rain')).verdict).toBe('good');
    expect((await ask('whale')).verdict).toBe('none');
  });

  it('answers an empty library with nothing', async () => {
    expect(await ask('rain')).toMatchObject({ total: 0, verdict: 'none', results: [] });
  });

  it('joins neighbouring windows to one moment and leaves weak ones out', async () => {
    await fill();
    const quiet = (): Float32Array => heard({});
    const loud = (): Float32Array => heard({ rain: 0.9 });
    const id = await add('long.wav', [quiet(), quiet(), loud(), loud(), quiet(), quiet(), quiet(), loud(), quiet()]);
    await index.refresh();
    const answer = await ask('rain');
    const hit = answer.results.find((result) => result.sound.id === id)!;
    const moments = [...hit.matches].sort((a, b) => a.startS - b.startS).map(({ startS, endS }) => [startS, endS]);
    expect(moments).toEqual([
      [10, 25],
      [35, 45],
    ]);
    expect(hit.matches[0]!.score).toBe(hit.score);
  });

  it('pages without gaps or repeats', async () => {
    await fill();
    const whole = idsOf(await ask('rain', { limit: 25 }));
    const pages = [];
    for (let offset = 0; offset < 25; offset += 7) pages.push(...idsOf(await ask('rain', { limit: 7, offset })));
    expect(pages).toEqual(whole);
    expect(await ask('rain', { limit: 7, offset: 70 })).toMatchObject({ results: [], total: 25, verdict: 'good' });
  });

  it('meets filters exactly, before ranking', async () => {
    await fill();
    const id = await add('far.wav', [heard({ piano: 0.8 })], { genre: 'Field' });
    await index.refresh();
    const answer = await ask('rain', { filters: { genre: 'field' } });
    expect(idsOf(answer)).toEqual([id]);
    expect(answer.total).toBe(1);
    expect(await ask('rain', { filters: { genre: 'opera' } })).toMatchObject({
      total: 0,
      results: [],
      verdict: 'none',
    });
  });
});

describe('searching names as well', () => {
  it('puts a sound first whose title is the query', async () => {
    const { piano } = await fill();
    await sounds.update(piano[0]!, { title: 'Rain' });
    const answer = await ask('rain');
    expect(idsOf(answer)[0]).toBe(piano[0]);
    expect(answer.results[0]!.relevance).toBeCloseTo(1);
    expect(said(answer.results[0]!)).toContain('The title contains "rain"');
  });

  it('lifts what has the words without burying what clearly sounds right', async () => {
    const { piano, rain } = await fill();
    await sounds.update(piano[0]!, { tags: ['rain dance'] });
    const bySound = idsOf(await ask('rain', { mode: 'semantic', limit: 25 }));
    const found = idsOf(await ask('rain'));
    expect(bySound.indexOf(piano[0]!)).toBeGreaterThanOrEqual(5);
    expect(found.indexOf(piano[0]!)).toBeGreaterThan(0);
    expect(found.indexOf(piano[0]!)).toBeLessThan(5);
    expect(found[0]).toBe(bySound[0]);
    expect(rain).toContain(found[0]);
  });

  it('prefers what has both', async () => {
    await fill();
    const voice = heard({ rain: 0.7 });
    const unnamed = await add('one.wav', [voice]);
    const named = await add('other.wav', [voice]);
    await index.refresh();
    const order = async (): Promise<string[]> =>
      idsOf(await ask('rain')).filter((id) => id === unnamed || id === named);
    expect(await order()).toEqual([unnamed, named]);
    await sounds.update(named, { title: 'Evening rain' });
    expect(await order()).toEqual([named, unnamed]);
  });

  it('names the words and the field', async () => {
    const { dog } = await fill();
    await sounds.update(dog[0]!, { title: 'Big dog barks', artist: 'Dog Choir', tags: ['dogs', 'animal'] });
    const { results } = await ask('dog barking', { mode: 'keyword' });
    expect(said(results[0]!)).toEqual(['The title contains "dog barking"', 'Tagged "dogs"', 'By "Dog Choir"']);
  });

  it('answers well where a name says all of it, however sure the model has to be of what it hears', async () => {
    await fill();
    await add('bassoon.wav', [heard({})]);
    await index.refresh();
    const calibration = { ...texts.info.calibration, verdictFrom: { good: 0.98, weak: 0.95 } };
    search = serviceOver(index, { ...texts, info: { ...texts.info, calibration } });
    for (const mode of ['keyword', 'hybrid'] as const) {
      expect(await ask('bassoon', { mode })).toMatchObject({ verdict: 'good' });
    }
    expect((await ask('bassoon', { mode: 'semantic' })).verdict).toBe('none');
  });

  it('by keyword alone asks neither model nor index', async () => {
    await add('kick drum.wav', [heard({ kick: 0.7 })]);
    const down = { ...brokenIndex };
    search = serviceOver(down);
    const answer = await ask('kick', { mode: 'keyword' });
    expect(answer.results).toHaveLength(1);
    expect(answer.results[0]).toMatchObject({ score: null, matches: [] });
    expect(answer.verdict).toBe('good');
    expect(await ask('nothing like it', { mode: 'keyword' })).toMatchObject({ total: 0, verdict: 'none' });
  });

  it('goes on by keyword while the index is not ready, and for words the model does not know', async () => {
    await add('unreadable.wav', [heard({})]);
    await index.refresh();
    expect(said((await ask('unreadable')).results[0]!)).toEqual(['The file name contains "unreadable"']);
    expect(await ask('unreadable', { mode: 'semantic' })).toMatchObject({
      verdict: 'none',
      results: [],
      wordsOnly: { code: 'invalid_input', message: 'The model knows none of these words.' },
    });
    search = serviceOver(brokenIndex);
    expect((await ask('unreadable')).results).toHaveLength(1);
    await expect(ask('rain', { mode: 'semantic', limit: 25 })).rejects.toMatchObject({ code: 'not_ready' });
    expect((await ask('rain')).wordsOnly).toEqual({ code: 'not_ready', message: 'The index is being built.' });
  });
});

const brokenIndex: VectorIndex = {
  open: () => Promise.resolve(),
  refresh: () => Promise.resolve(),
  rebuild: () => Promise.resolve(),
  close: () => Promise.resolve(),
  capabilities: { tellsBackground: true },
  search: () => Promise.reject(new DomainError('not_ready', 'The index is being built.')),
  sampleScores: () => Promise.reject(new DomainError('not_ready', 'The index is being built.')),
  status: () => ({
    state: 'rebuilding',
    progress: 0.5,
    segments: 0,
    sounds: 0,
    modelKey: MODEL_KEY,
    seq: 0,
    memoryBytes: 0,
  }),
};

describe('searching by example', () => {
  const like = (soundId: string, over: object = {}): Partial<SearchRequest> => ({
    text: [],
    like: [{ soundId, weight: 1, ...over }],
  });

  it('finds what sounds alike, without the example itself; a copy is a certain hit', async () => {
    const ids = await fill();
    const original = heard({ dog: 0.7 });
    const source = await add('original.wav', [original]);
    const copy = await add('copy.wav', [unit([...original].map((value, i) => value + 0.003 * (i % 3)))]);
    await index.refresh();
    const answer = await search.similar(LOCAL, source, { limit: 5 });
    expect(idsOf(answer)[0]).toBe(copy);
    expect(idsOf(answer)).not.toContain(source);
    expect(answer.results[0]!.relevance).toBeGreaterThan(0.95);
    expect(said(answer.results[0]!)).toEqual(['Similar to original']);
    expect(answer.results[1]!.relevance).toBeLessThan(0.9);
    expect(
      idsOf(answer)
        .slice(1)
        .filter((id) => ids.dog.includes(id)).length,
    ).toBeGreaterThanOrEqual(3);
  });

  it('can be asked for a part of a sound', async () => {
    const ids = await fill();
    const id = await add('mix.wav', [heard({ dog: 1.5 }), heard({}), heard({ piano: 1.5 })]);
    await index.refresh();
    const start = await ask('', like(id, { startS: 0, endS: 4 }));
    const end = await ask('', like(id, { startS: 16 }));
    expect(ids.dog).toContain(idsOf(start)[0]);
    expect(ids.piano).toContain(idsOf(end)[0]);
    await expect(ask('', like(id, { startS: 500 }))).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('finds other places of the recording that a part is of, and not the part itself', async () => {
    await fill();
    const bark = heard({ dog: 1.5 });
    const id = await add('walk.wav', [bark, bark, heard({}), heard({}), heard({}), heard({ dog: 1.4 }), heard({})]);
    await index.refresh();
    const part = like(id, { startS: 1, endS: 6 });
    const own = (answer: SearchAnswer) => answer.results.find(({ sound }) => sound.id === id);
    const found = own(await ask('', part));
    expect(found?.matches[0]).toMatchObject({ startS: 25, endS: 35 });
    expect(found?.matches.every(({ startS }) => startS >= 6)).toBe(true);
    expect(said(found!)).toEqual(['Elsewhere in the same recording']);
    expect((await ask('', part)).total).toBe((await ask('', like(id))).total + 1);

    // Not where all of it is an example too, where it does not meet the filters, or where nothing else is left of it.
    expect(own(await ask('', { like: [...part.like!, { soundId: id, weight: 1 }] }))).toBeUndefined();
    expect(own(await ask('', { ...part, filters: { format: 'mp3' } }))).toBeUndefined();
    expect(own(await ask('', like(id, { startS: 1, endS: 34 })))).toBeUndefined();
  });

  it('takes an uploaded clip', async () => {
    const ids = await fill();
    const answer = await ask('', { text: [], clips: [{ vector: heard({ kick: 1.5 }), weight: 1, name: 'beat.ogg' }] });
    expect(ids.kick).toContain(idsOf(answer)[0]);
    expect(answer.query).toBe('like beat.ogg');
  });

  it('joins words and examples, each with its weight', async () => {
    const { piano } = await fill();
    const both = await add('both.wav', [heard({ rain: 0.6, piano: 0.6 })]);
    await index.refresh();
    const answer = await ask('rain', { like: [{ soundId: piano[4]!, weight: 1 }] });
    expect(idsOf(answer)[0]).toBe(both);
    expect(answer.query).toMatch(/^rain like clip-/);
  });

  it('explains what cannot be an example', async () => {
    await expect(ask('', like('unknown'))).rejects.toMatchObject({ code: 'not_found' });
    const outcome = await jobs.accept(newSound('pending.wav'));
    const soundId = outcome.kind === 'accepted' ? outcome.job.soundId : outcome.soundId;
    await expect(ask('', like(soundId))).rejects.toMatchObject({ code: 'not_ready' });
  });
});

describe('searching for less of something', () => {
  it('moves down what sounds or is named like it, and keeps the rest', async () => {
    const { rain } = await fill();
    const storm = await add('storm.wav', [heard({ rain: 1.5, thunder: 0.9 })]);
    await index.refresh();
    expect(idsOf(await ask('rain'))[0]).toBe(storm);
    const less = {
      text: [
        { text: 'rain', weight: 1 },
        { text: 'thunder', weight: -1 },
      ],
    };
    const answer = await ask('', less);
    expect(idsOf(answer).indexOf(storm)).toBeGreaterThan(2);
    expect(rain).toContain(idsOf(answer)[0]);
    expect(answer.query).toBe('rain -thunder');
    await sounds.update(rain[4]!, { title: 'Thunder' });
    expect(idsOf(await ask('', less)).indexOf(rain[4]!)).toBeGreaterThan(idsOf(answer).indexOf(rain[4]!));
  });

  it('alone gives what is least like it', async () => {
    const { thunder } = await fill();
    const answer = await ask('', { text: [{ text: 'thunder', weight: -1 }] });
    const found = idsOf(answer);
    expect(found).toHaveLength(20);
    expect(found.slice(0, 10).filter((id) => thunder.includes(id))).toEqual([]);
    expect(answer.verdict).toBe('good');
    const fitting = answer.results.filter(({ fits }) => fits).map(({ sound }) => sound.id);
    expect(fitting.length).toBeGreaterThan(10);
    expect(fitting.filter((id) => thunder.includes(id))).toEqual([]);
  });
});

describe('searching with what was typed', () => {
  const type = async (typed: string, over: Partial<SearchRequest> = {}): Promise<SearchAnswer> => {
    const given = {
      text: [],
      like: [],
      clips: [],
      filters: {},
      mode: 'hybrid' as const,
      limit: 25,
      offset: 0,
      ...over,
    };
    return search.search(LOCAL, withTyped(given, typed, await search.read(LOCAL, typed)));
  };

  it.each(['hybrid', 'semantic'] as const)('lowers what sounds unwanted, %s', async (mode) => {
    await fill();
    const storm = await add('storm.wav', [heard({ rain: 1.5, thunder: 0.9 })]);
    await index.refresh();
    expect(idsOf(await type('rain', { mode }))[0]).toBe(storm);
    const mild = idsOf(await type('rain -thunder^0.5', { mode })).indexOf(storm);
    const strict = idsOf(await type('rain -thunder^3', { mode })).indexOf(storm);
    expect(idsOf(await type('rain -thunder', { mode })).indexOf(storm)).toBeGreaterThan(2);
    expect(strict).toBeGreaterThan(mild);
  });

  it('leaves out by name what is unwanted in a keyword search', async () => {
    await add('rain heavy.wav', [heard({ rain: 1 })]);
    const light = await add('rain light.wav', [heard({ rain: 1 })]);
    expect(idsOf(await type('rain -heavy', { mode: 'keyword' }))).toEqual([light]);
  });

  it('weighs wishes', async () => {
    const { rain, dog } = await fill();
    const first = async (typed: string): Promise<string> => idsOf(await type(typed, { mode: 'semantic' }))[0]!;
    expect(rain).toContain(await first('rain^3 + dog'));
    expect(dog).toContain(await first('rain + dog^3'));
  });

  it('asks for exact words in one name or tag, before ranking', async () => {
    const { piano } = await fill();
    await sounds.update(piano[0]!, { title: 'Old Tin Roof' });
    await sounds.update(piano[1]!, { title: 'roof of tin', tags: ['tin', 'roof'] });
    await sounds.update(piano[2]!, { tags: ['Tin-Roof'] });
    await sounds.update(piano[3]!, { title: 'TinRoofing' });
    const found = [piano[0], piano[2]];
    for (const mode of ['hybrid', 'semantic'] as const) {
      const answer = await type('rain "tin roof"', { mode });
      expect(new Set(idsOf(answer))).toEqual(new Set(found));
      expect(answer.total).toBe(2);
    }
    const alone = await type('"tin roof"');
    expect(new Set(idsOf(alone))).toEqual(new Set(found));
    expect(alone.verdict).toBe('good');
    expect(said(alone.results.find(({ sound }) => sound.id === piano[0])!)).toEqual(['The title contains "tin roof"']);
    expect(await type('rain "tin"  "piano"')).toMatchObject({ total: 0, results: [] });
  });

  it('lists what meets the filters, newest first, when nothing is described', async () => {
    const short = await add('a.wav', [heard({})], { keywords: ['pet'] }, { durationS: 1 });
    const long = await add('b.wav', [heard({})], { keywords: ['pet'] }, { durationS: 90 });
    await add('c.wav', [heard({})]);
    const listed = await type('tag:pet');
    expect(idsOf(listed)).toEqual([long, short]);
    expect(listed).toMatchObject({ verdict: 'good', results: [{ relevance: null }, { relevance: null }] });
    expect(said(listed.results[0]!)).toEqual(['Tagged "pet"']);
    expect(idsOf(await type('tag:Pet len:>1m'))).toEqual([long]);
    expect(idsOf(await type('tag:pet', { limit: 1, offset: 1 }))).toEqual([short]);
    expect(await type('tag:cat')).toMatchObject({ total: 0, verdict: 'none' });
  });

  it('puts what fits in the order that is said or typed; all there is, where nothing else is said', async () => {
    const short = await add('a.wav', [heard({})], { keywords: ['pet'] }, { durationS: 1 });
    const long = await add('b.wav', [heard({})], { keywords: ['pet'] }, { durationS: 90 });
    expect(idsOf(await type('the shortest sounds'))).toEqual([short, long]);
    expect(idsOf(await type('the longest sounds'))).toEqual([long, short]);
    expect(idsOf(await type('tag:pet sort:shortest'))).toEqual([short, long]);
    expect(idsOf(await type('tag:pet -sort:longest'))).toEqual([short, long]);
    expect(idsOf(await type('sort:shortest tag:pet', { sort: { by: 'added', order: 'desc' } }))).toEqual([long, short]);
  });

  it('asks for the rate of the file, and leaves words alone that no file meets', async () => {
    const cd = await add('a.wav', [heard({})], {}, { sampleRateHz: 44_100 });
    const film = await add('b.wav', [heard({})], {}, { sampleRateHz: 48_000 });
    expect(idsOf(await type('44,1 kHz'))).toEqual([cd]);
    expect(idsOf(await type('rate:>48k'))).toEqual([film]);
    expect((await search.read(LOCAL, '96 kHz')).text).toEqual([{ text: '96 kHz', weight: 1 }]);
  });

  it('asks for the bits of samples, and leaves words alone that no file meets', async () => {
    const cd = await add('a.flac', [heard({})], {}, { bitsPerSample: 16 });
    const deep = await add('b.flac', [heard({})], {}, { bitsPerSample: 24 });
    expect(idsOf(await type('24 Bit'))).toEqual([deep]);
    expect(idsOf(await type('bits:<16'))).toEqual([cd]);
    expect((await search.read(LOCAL, '32 bit float')).text).toEqual([{ text: '32 bit float', weight: 1 }]);
  });

  it('leaves out what meets a filter with a minus, and keeps what is not known', async () => {
    const loop = await add('loop.wav', [heard({})], { keywords: ['loop', 'drums'], bpm: 120 });
    const shot = await add('shot.flac', [heard({})], { keywords: ['drums'], bpm: 90 });
    const plain = await add('plain.ogg', [heard({})], { keywords: ['drums'] });
    expect(idsOf(await type('tag:drums -tag:Loop'))).toEqual([plain, shot]);
    expect(idsOf(await type('tag:drums -format:wav -format:flac'))).toEqual([plain]);
    expect(idsOf(await type('tag:drums -bpm:80-100'))).toEqual([plain, loop]);
    expect(idsOf(await type('tag:drums -name:loop'))).toEqual([plain, shot]);
    expect((await type('-tag:loop')).total).toBe(2);
  });

  it('asks for words in the title, in the file name or in either', async () => {
    const a = await add('Kick_808 dry.wav', [heard({})], { title: 'Big Room' });
    const b = await add('room tone.wav', [heard({})]);
    expect(idsOf(await type('title:room'))).toEqual([a]);
    expect(idsOf(await type('file:room'))).toEqual([b]);
    expect(idsOf(await type('name:room'))).toEqual([b, a]);
    expect(idsOf(await type('file:"kick 808"'))).toEqual([a]);
    expect(idsOf(await type('file:"kick 8"'))).toEqual([]);
    expect(idsOf(await type('file:kic*'))).toEqual([a]);
    expect(said((await type('name:"room tone"')).results[0]!)).toEqual(['The file name contains "room tone"']);
    expect(idsOf(await type('-name:room'))).toEqual([]);
  });

  it('takes examples, parts of them and kept clips from the text', async () => {
    const { rain, dog } = await fill();
    const both = await add('both.wav', [heard({ rain: 1.5 }), heard({}), heard({ dog: 1.5 })]);
    await index.refresh();
    const first = async (typed: string): Promise<string> => idsOf(await type(typed))[0]!;
    expect(rain).toContain(await first(`like:${both}@0-4`));
    expect(dog).toContain(await first(`like:${both}@16-`));
    expect(rain).toContain(await first(`like:${both} -like:${dog[4]}^2`));
    const clipId = shelf.keep({ name: 'bark.ogg', vector: heard({ dog: 1.5 }) });
    expect([both, ...dog]).toContain(await first(`clip:${clipId}`));
    expect(await first(`rain clip:${clipId}^0`)).toBe(await first('rain'));
  });

  it('names of several wishes those that a sound is like', async () => {
    const { rain, dog } = await fill();
    const both = await add('both.wav', [heard({ rain: 1.2, dog: 1.2 })]);
    await index.refresh();
    const { results } = await type('rain + dog', { mode: 'semantic' });
    const reasonsOf = (id: string): string[] => said(results.find(({ sound }) => sound.id === id)!);
    expect(reasonsOf(both)).toEqual(['Sounds like "rain"', 'Sounds like "dog"']);
    for (const [ids, other] of [
      [rain, 'dog'],
      [dog, 'rain'],
    ] as const) {
      expect(ids.flatMap(reasonsOf)).not.toContain(`Sounds like "${other}"`);
    }
  });

  it('leaves out examples that cannot be used, and says why', async () => {
    const [id] = (await fill()).rain as [string];
    const typed = `rain like:gone like:${id}@500- clip:lost`;
    expect(
      (await search.read(LOCAL, typed)).hints.map(({ code, at, length }) => [code, typed.slice(at, at + length)]),
    ).toEqual([
      ['no_such_sound', 'like:gone'],
      ['outside_sound', `like:${id}@500-`],
      ['clip_gone', 'clip:lost'],
    ]);
    expect((await type(typed)).verdict).toBe('good');
    expect(await type('like:gone')).toMatchObject({ total: 0, verdict: 'none' });
  });

  it('names facts in plain words that no sound meets, and searches without them', async () => {
    const { rain } = await fill();
    const typed = 'rain at 120 bpm in A minor';
    const told = async (): Promise<string[]> =>
      (await search.read(LOCAL, typed)).hints.map(({ code, at, length }) => `${code} ${typed.slice(at, at + length)}`);
    expect(await told()).toEqual(['no_such_fact at 120 bpm', 'no_such_fact in A minor']);
    expect(await type(typed)).toMatchObject({ verdict: 'good' });
    expect(rain).toContain(idsOf(await type(typed))[0]);
    const known = await add('a.wav', [heard({ rain: 1 })], { bpm: 120 });
    await index.refresh();
    expect(await told()).toEqual(['no_such_fact in A minor']);
    expect(idsOf(await type(typed))).toEqual([known]);
  });

  it('knows by whose favourites, and where today began, words are read', async () => {
    const { rain } = await fill();
    const read = async (typed: string, zone?: string) => {
      const { filters, text } = await search.read(LOCAL, typed, zone);
      return { ...filters, text: text.map((part) => part.text) };
    };
    expect(await read('my favourites')).toEqual({ text: ['my favourites'] });
    await new SqlRatingRepository(storageOver(db)).change(LOCAL.ownerId, [rain[0]!], { favourite: true });
    expect(await read('my favourites')).toEqual({ favourite: true, text: [] });
    expect(await read('footsteps by the river')).toEqual({ text: ['footsteps by the river'] });
    await add('a.wav', [heard({ rain: 1 })], { artist: 'The River' });
    expect(await read('footsteps by the river')).toEqual({ artist: 'the river', text: ['footsteps'] });
    const zones = ['Pacific/Kiritimati', 'Pacific/Niue'];
    const days = await Promise.all(zones.map((zone) => read('rain added today', zone)));
    expect(new Set(days.map((day) => 'addedAfter' in day && day.addedAfter)).size).toBe(2);
    expect(days.map(({ text }) => text)).toEqual([['rain'], ['rain']]);
  });

  it('lets explicit filters win, and joins tags', async () => {
    const id = await add('a.wav', [heard({ rain: 1 })], { bpm: 90, keywords: ['a', 'b'] });
    await index.refresh();
    expect(idsOf(await type('rain bpm:>120'))).toEqual([]);
    expect(idsOf(await type('rain bpm:>120', { filters: { maxBpm: 100, minDurationS: undefined } }))).toEqual([id]);
    expect(idsOf(await type('rain tag:a', { filters: { tags: ['b'] } }))).toEqual([id]);
    expect(idsOf(await type('rain tag:a', { filters: { tags: ['c'] } }))).toEqual([]);
  });

  it('answers signs without words with nothing, and remembers what was typed', async () => {
    await fill();
    expect(await type('"" -')).toMatchObject({ total: 0, verdict: 'none', results: [] });
    const answer = await type('rain -thunder  len:<5m');
    expect(answer.query).toBe('rain -thunder len:<5m');
    expect((await search.history(LOCAL, 1))[0]!.query).toBe('rain -thunder len:<5m');
  });
});

describe('requests', () => {
  it.each<[string, Partial<SearchRequest>]>([
    ['no part', { text: [] }],
    ['only blanks', { text: [{ text: ' \t\u0000 ', weight: 1 }] }],
    ['only weightless parts', { text: [{ text: 'rain', weight: 0 }] }],
    ['a novel', { text: [{ text: 'rain '.repeat(200), weight: 1 }] }],
    ['a limit of 0', { limit: 0 }],
    ['a limit of 10,001', { limit: 10_001 }],
    ['a page too far', { offset: 9_990 }],
  ])('with %s are refused with a hint', async (_, over) => {
    await expect(ask('rain', over)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('are cleaned of control characters', async () => {
    expect((await ask('  rain\u0007\n on  roof ')).query).toBe('rain on roof');
  });

  it('are remembered once each, not once per page, and can be forgotten', async () => {
    await fill();
    for (const text of ['rain', 'dog', 'rain']) await ask(text);
    await ask('thunder', { offset: 5 });
    expect((await search.history(LOCAL, 10)).map((entry) => entry.query)).toEqual(['rain', 'dog']);
    expect((await search.history(LOCAL, 1))[0]!.resultCount).toBeGreaterThanOrEqual(3);
    expect(await new SqlCompletions(storageOver(db)).queries('ra', 5)).toContain('rain');
    expect(await search.deleteHistory(LOCAL, (await search.history(LOCAL, 1))[0]!.id)).toBe(true);
    expect(await search.deleteHistory(LOCAL, 999)).toBe(false);
    expect((await search.history(LOCAL, 10)).map((entry) => entry.query)).toEqual(['dog']);
    await search.deleteHistory(LOCAL);
    expect(await search.history(LOCAL, 10)).toEqual([]);
  });
});

describe('copies', () => {
  /** Two sounds of rain that are copies of each other, the better one last, and a dog. */
  async function withCopies(): Promise<Record<'lossy' | 'best' | 'dog', string>> {
    const rain = heard({ rain: 0.8 });
    const lossy = await add('field_take_7.mp3', [rain], {}, { codec: 'mp3', bitRateKbps: 64 });
    const dog = await add('clip.wav', [heard({ dog: 0.8 })]);
    const best = await add('shower.wav', [rain]);
    db.prepare('UPDATE sounds SET copy_group = 1 WHERE id IN (?, ?)').run(lossy, best);
    await index.refresh();
    return { lossy, dog, best };
  }
  const shown = (answer: SearchAnswer): [string, number][] =>
    answer.results.map(({ sound, copies }) => [sound.id, copies]);

  it('are shown once, by the best, unless they are asked for', async () => {
    const { lossy, dog, best } = await withCopies();
    for (const mode of ['hybrid', 'semantic'] as const) {
      const answer = await ask('rain', { mode });
      expect(shown(answer)).toEqual([
        [best, 1],
        [dog, 0],
      ]);
      expect(answer.total).toBe(2);
    }
    const all = await ask('rain', { showCopies: true });
    expect(new Set(idsOf(all))).toEqual(new Set([lossy, best, dog]));
    expect(all.total).toBe(3);
    expect(idsOf(await ask('rain', { limit: 1, offset: 1 }))).toEqual([dog]);
  });

  it('show another one where that alone has the words or meets the filters', async () => {
    const { lossy, best } = await withCopies();
    expect(idsOf(await ask('field take', { mode: 'keyword' }))).toEqual([lossy]);
    expect(idsOf(await ask('rain', { filters: { format: 'mp3' } }))).toEqual([lossy]);
    expect(idsOf(await ask('rain', { filters: { format: 'wav' } }))[0]).toBe(best);
    const filtered = { text: [], typed: '', filters: { maxDurationS: 20 } };
    expect(idsOf(await ask('', filtered))).not.toContain(lossy);
    const hybrid = await ask('rain field take');
    expect(idsOf(hybrid).filter((id) => id === lossy || id === best)).toEqual([lossy]);
    expect(hybrid.total).toBe(2);
  });

  it('of an example are left out with it', async () => {
    const { lossy, dog, best } = await withCopies();
    expect(idsOf(await search.similar(LOCAL, lossy, { limit: 10 }))).toEqual([dog]);
    expect(new Set(idsOf(await search.similar(LOCAL, lossy, { limit: 10, showCopies: true })))).toEqual(
      new Set([best, dog]),
    );
  });

  it('take the place of the best when it is deleted', async () => {
    const { lossy, dog, best } = await withCopies();
    await erase(db, best);
    await index.refresh();
    expect(shown(await ask('rain'))).toEqual([
      [lossy, 0],
      [dog, 0],
    ]);
  });
});

describe('the moments of a sound', () => {
  it('tells the best moment of a sound more finely by listening to it again', async () => {
    await fill();
    const long = [heard({}), heard({ rain: 0.9 }), heard({ rain: 0.9 }), heard({}), heard({}), heard({ rain: 0.6 })];
    const id = await add('long.wav', long);
    await index.refresh();
    const { matches } = (await ask('rain')).results.find(({ sound }) => sound.id === id)!;
    expect(matches.length).toBeGreaterThan(1);
    const spans = (found: typeof matches) => found.map(({ startS, endS }) => ({ startS, endS }));
    expect(spans(await search.moments(LOCAL, id, 'rain'))).toEqual(spans(matches));

    const asked: unknown[] = [];
    refiner = (_, { startS, endS }) => {
      asked.push({ startS, endS });
      const amounts = [0, 0.8, 0.9, 0];
      return Promise.resolve(
        amounts.map((rain, i) => ({ startS: startS + i, endS: startS + i + 2, vector: heard({ rain }) })),
      );
    };
    const [best, ...others] = matches;
    const finer = await search.moments(LOCAL, id, 'rain');
    expect(spans(finer)).toEqual([{ startS: best!.startS + 1, endS: best!.startS + 4 }, ...spans(others)]);
    expect(finer[0]!.score).toBeCloseTo(best!.score, 4);
    expect(asked).toEqual([{ startS: best!.startS, endS: best!.endS }]);
    expect(await search.moments(LOCAL, id, 'len:<5s')).toEqual([]);
    await expect(search.moments(LOCAL, 'nobody', 'rain')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('an answer that was given before', () => {
  it('is known to be still right by one look at the library, as is a new one', async () => {
    const ids = await fill();
    const like = [{ soundId: ids.rain[0]!, weight: 1, aspects: { rhythm: 1 } }];
    for (const over of [{}, {}, { like }, { text: [], like }]) {
      changesAsked = 0;
      await ask('rain', over);
      expect(changesAsked).toBe(1);
    }
  });

  it('is given again until anything changes that it depends on', async () => {
    const { rain } = await fill();
    let searches = 0;
    const counted: VectorIndex = { ...index, search: async (query) => (searches++, await index.search(query)) };
    search = serviceOver(counted);
    const first = await ask('rain');
    expect(await ask('rain')).toMatchObject({ results: first.results, total: first.total });
    expect(searches).toBe(1);

    await sounds.update(rain[0]!, { title: 'Rain, of all things' });
    expect((await ask('rain')).results.map(({ sound }) => sound.title)).toContain('Rain, of all things');
    await erase(db, rain[1]!);
    expect(idsOf(await ask('rain'))).not.toContain(rain[1]);
    const added = await add('later.wav', [heard({ rain: 2 })]);
    await ask('rain');
    await index.refresh();
    expect(idsOf(await ask('rain'))[0]).toBe(added);
    expect(await search.history(LOCAL, 10)).toHaveLength(1);
  });

  it('is made once for those who ask in the same words, counts each time, and never outlives a change', async () => {
    const { rain } = await fill();
    let made = 0;
    const given = { text: [], like: [], clips: [], filters: {}, mode: 'hybrid' as const, limit: 20, offset: 0 };
    const titles = async (q: string, asked = q): Promise<(string | null)[]> => {
      const { answer, tookMs } = await search.repeatable(LOCAL, asked, async () => ({
        request: withTyped(given, q, await search.read(LOCAL, q)),
        make: ({ results }) => (made++, results.map(({ sound }) => sound.title)),
      }));
      expect(tookMs).toBeGreaterThanOrEqual(0);
      return answer;
    };
    const first = await titles('rain');
    expect(await titles('rain')).toEqual(first);
    expect(made).toBe(1);
    await expect.poll(() => db.prepare('SELECT count(*) FROM search_log').pluck().get()).toBe(2);
    await sounds.update(rain[0]!, { title: 'Rain, of all things' });
    expect(await titles('rain')).toContain('Rain, of all things');
    expect(made).toBe(2);
    await expect(search.repeatable(LOCAL, 'x', () => Promise.reject(new Error('unreadable')))).rejects.toThrow();
    expect(await titles('dog', 'x')).not.toEqual(first);
  });

  it('is looked for again each time where it came from a clip, which is kept for a while only', async () => {
    await fill();
    let made = 0;
    const ask = () =>
      search.repeatable(LOCAL, 'clip', () =>
        Promise.resolve({
          request: {
            text: [],
            like: [],
            clips: [{ vector: heard({ rain: 2 }), weight: 1, name: 'clip' }],
            filters: {},
            mode: 'semantic' as const,
            limit: 20,
            offset: 0,
          },
          make: () => ++made,
        }),
      );
    await ask();
    await ask();
    expect(made).toBe(2);
  });
});

describe('queries as people say them', () => {
  const ask = async (q: string): Promise<SearchAnswer> => {
    const given = { text: [], like: [], clips: [], filters: {}, mode: 'hybrid' as const, limit: 20, offset: 0 };
    return search.search(LOCAL, withTyped(given, q, await search.read(LOCAL, q)));
  };
  const names = ({ results }: SearchAnswer): string[] => results.map(({ sound }) => sound.filename);

  it('finds both alternatives above everything else', async () => {
    const { rain, dog, ...others } = await fill();
    const answer = await ask('either rain or a dog');
    const first = answer.results.slice(0, 10).map(({ sound }) => sound.id);
    expect(new Set(first)).toEqual(new Set([...rain, ...dog]));
    expect(first).not.toContain(others.kick[0]);
  });

  it('finds what follows each other in one recording, and says where', async () => {
    await fill();
    await add('right.wav', [heard({ dog: 1 }), heard({}), heard({ rain: 1 })]);
    await add('wrong.wav', [heard({ rain: 1 }), heard({}), heard({ dog: 1 })]);
    await add('half.wav', [heard({ dog: 1 }), heard({}), heard({})]);
    await index.refresh();
    const answer = await ask('first a dog, then rain');
    expect(names(answer)[0]).toBe('right.wav');
    const [dog, rain] = answer.results[0]!.matches;
    expect(dog!.startS).toBeLessThan(rain!.startS);
    expect(answer.verdict).toBe('good');
    const moments = await search.moments(LOCAL, answer.results[0]!.sound.id, 'first a dog, then rain');
    expect(moments.map(({ startS }) => startS)).toEqual([dog!.startS, rain!.startS]);
  });

  it('keeps out what is not wanted', async () => {
    await fill();
    const both = await add('both.wav', [heard({ rain: 1.6, thunder: 1.2 })]);
    await index.refresh();
    const ranks = async (q: string): Promise<number> =>
      (await ask(q)).results.findIndex(({ sound }) => sound.id === both);
    expect(await ranks('rain without thunder')).toBeGreaterThan(await ranks('rain'));
  });

  it('does not count a word that stands in no name against the names that hold the others', async () => {
    await fill();
    for (let i = 0; i < 9; i++) await add(`robot_${i}.wav`, [heard({})]);
    await index.refresh();
    const answer = await ask('strange robot noise');
    expect(answer.verdict).not.toBe('none');
    expect(
      names(answer)
        .slice(0, 9)
        .every((name) => name.startsWith('robot_')),
    ).toBe(true);
  });
});

describe('what is noted in a sound', () => {
  it('is found by its words, told with its time, those with most of them first', async () => {
    const id = await add('clip-0001.wav', [heard({ rain: 0.6 })]);
    await add('clip-0002.wav', [heard({ dog: 0.6 })]);
    const markers = new SqlMarkerRepository(storageOver(db));
    const note = (key: string, startS: number, text: string) => ({ id: key, startS, endS: null, text, colour: null });
    const said = [note('a', 2, 'A zeppelin'), note('b', 5, 'The old lighthouse'), note('c', 7, 'Old zeppelins land')];
    await markers.add(id, said, 9);
    await index.refresh();
    for (const mode of ['hybrid', 'keyword'] as const) {
      const [first] = (await ask('old zeppelin', { mode })).results;
      expect(first).toMatchObject({ sound: { id }, notes: [{ id: 'c', startS: 7 }, { id: 'a' }, { id: 'b' }] });
      expect(first!.reasons).toContainEqual({
        code: 'note',
        text: 'Old zeppelins land',
        message: 'Noted in it: "Old zeppelins land"',
      });
    }
    const exact = await search.search(LOCAL, {
      text: [],
      like: [],
      clips: [],
      filters: { notes: ['old light*'] },
      mode: 'hybrid',
      limit: 9,
      offset: 0,
    });
    expect(exact.results).toMatchObject([{ sound: { id }, notes: [{ id: 'b', text: 'The old lighthouse' }] }]);
    // What is merely like the words is said to be so.
    const near = await ask('zepelin', { mode: 'keyword' });
    expect(near.results).toMatchObject([{ sound: { id }, notes: [], reasons: [{ code: 'note_close' }] }]);
  });
});

describe('what an example is to be like in', () => {
  /** Describes a sound as the worker does; what is not given it does not have. */
  const describeSound = async (id: string, { rhythm, level }: { rhythm?: number; level?: number }): Promise<void> => {
    const heard = new Float32Array(HEARD_SIZE).fill(NaN);
    if (rhythm !== undefined) {
      heard.fill(0, LAYOUT.rhythm.at, LAYOUT.rhythm.at + LAYOUT.rhythm.size);
      heard[LAYOUT.rhythm.at + rhythm] = 0.7;
      heard[LAYOUT.rhythm.at + rhythm + 8] = 0.3;
    }
    const loudness = level === undefined ? null : { lufs: level, peakDb: level + 12 };
    await new SqlAnalysisRepository(storageOver(db)).save(id, { ...NOTHING_HEARD, version: 4, heard }, loudness);
  };

  /** `alike` sounds like the example as a whole, `same` has its rhythm, `quiet` its loudness. */
  async function library() {
    const example = await add('example.wav', [heard({ kick: 0.8 })]);
    const alike = await add('alike.wav', [heard({ kick: 0.75, dog: 0.1 })]);
    const same = await add('same.wav', [heard({ rain: 0.8 })]);
    const quiet = await add('quiet.wav', [heard({ piano: 0.8 })]);
    await describeSound(example, { rhythm: 10, level: -40 });
    await describeSound(alike, { rhythm: 20, level: -10 });
    await describeSound(same, { rhythm: 10, level: -10 });
    await describeSound(quiet, { level: -40 });
    await index.refresh();
    return { example, alike, same, quiet };
  }

  it('brings up what is alike in it', async () => {
    const { example, alike, same, quiet } = await library();
    const first = async (aspects?: AspectWeights): Promise<string | undefined> =>
      idsOf(await search.similar(LOCAL, example, { limit: 3, aspects }))[0];
    expect(await first()).toBe(alike);
    expect(await first({ overall: 0, rhythm: 1 })).toBe(same);
    expect(await first({ overall: 0, loudness: 1 })).toBe(quiet);
    // As a whole and in rhythm: what has neither comes last.
    expect(idsOf(await search.similar(LOCAL, example, { limit: 3, aspects: { rhythm: 1 } }))[2]).toBe(quiet);
  });

  it('follows sounds that come, go and are heard again, and the filters', async () => {
    const { example, same, quiet } = await library();
    const byRhythm = async (filters = {}): Promise<string[]> =>
      idsOf(
        await search.search(LOCAL, {
          text: [],
          clips: [],
          limit: 20,
          offset: 0,
          like: [{ soundId: example, weight: 1, aspects: { overall: 0, rhythm: 1 } }],
          mode: 'semantic',
          filters,
        }),
      );
    expect((await byRhythm())[0]).toBe(same);
    const later = await add('later.wav', [heard({ thunder: 0.8 })]);
    await describeSound(later, { rhythm: 10 });
    await index.refresh();
    expect(new Set((await byRhythm()).slice(0, 2))).toEqual(new Set([same, later]));
    expect(await byRhythm({ filename: ['later'] })).toEqual([later]);
    await describeSound(same, { rhythm: 24 });
    expect((await byRhythm())[0]).toBe(later);
    expect(await byRhythm()).toContain(quiet);
    db.prepare('DELETE FROM sounds WHERE id = ?').run(later);
    await index.refresh();
    expect(await byRhythm()).not.toContain(later);
  });

  it('says where the example has no such thing, and goes by the rest; where that is nothing, nothing is found', async () => {
    const { alike, quiet } = await library();
    const typed = await search.read(LOCAL, `like:${quiet}~rhythm`);
    expect(typed.hints).toMatchObject([{ code: 'no_such_aspect' }]);
    expect((await search.read(LOCAL, `like:${alike}~rhythm`)).hints).toEqual([]);
    const plain = await search.similar(LOCAL, quiet, { limit: 3 });
    expect(plain.results.length).toBeGreaterThan(0);
    expect(idsOf(await search.similar(LOCAL, quiet, { limit: 3, aspects: { rhythm: 2 } }))).toEqual(idsOf(plain));
    const none = await search.similar(LOCAL, quiet, { limit: 3, aspects: { overall: 0, rhythm: 2 } });
    expect(none).toMatchObject({ results: [], verdict: 'none' });
  });
});
