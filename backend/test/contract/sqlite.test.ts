import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openDatabase,
  SqliteAnalysisRepository,
  SqliteJobRepository,
  SqliteCompletions,
  SqliteKeywordIndex,
  SqliteSearchLog,
  SqliteSegmentSource,
  SqliteSoundRepository,
  type Database,
} from '../../src/adapters/sqlite/index.js';
import { wordsOf } from '../../src/domain/search/words.js';
import { migrations } from '../../src/adapters/sqlite/migrations/index.js';
import { DomainError } from '../../src/domain/errors.js';
import type { FileTags, ListRequest, NewSound, SoundSort } from '../../src/domain/library/library.types.js';
import { MODEL_KEY, newSound, processed, seeded, segmentsFrom, temporaryFolder, unit } from './fixtures.js';
import { erase } from '../support/erase.js';

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let db: Database;
let sounds: SqliteSoundRepository;
let jobs: SqliteJobRepository;
let source: SqliteSegmentSource;
let analyses: SqliteAnalysisRepository;
let keywords: SqliteKeywordIndex;
let completions: SqliteCompletions;
let log: SqliteSearchLog;

beforeEach(() => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'library', 'traum.db');
  db = openDatabase(file);
  sounds = new SqliteSoundRepository(db);
  jobs = new SqliteJobRepository(db);
  source = new SqliteSegmentSource(db);
  analyses = new SqliteAnalysisRepository(db);
  keywords = new SqliteKeywordIndex(db);
  completions = new SqliteCompletions(db);
  log = new SqliteSearchLog(db);
});

afterEach(() => {
  db.close();
  folder.remove();
});

function accept(filename: string, over: Partial<NewSound> = {}): { soundId: string; jobId: string } {
  const outcome = jobs.accept(newSound(filename, over));
  if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
  return { soundId: outcome.job.soundId, jobId: outcome.job.id };
}

/** A sound as it is after its job went through. */
function ready(
  filename: string,
  fileTags: Partial<FileTags> = {},
  over: Partial<NewSound> = {},
  vectors = [unit([1, 0])],
): string {
  const { soundId, jobId } = accept(filename, over);
  jobs.start(jobId);
  expect(jobs.complete(jobId, processed(segmentsFrom(vectors), { fileTags }))).toBe(true);
  return soundId;
}

const titlesFor = (text: string, match?: 'all' | 'any'): string[] =>
  sounds.getByKeys(keywords.search(text, {}, 50, match).map((hit) => hit.soundKey)).map((sound) => sound.filename);

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
  } catch (error) {
    return error instanceof DomainError ? error.code : String(error);
  }
  return undefined;
};

describe('the database', () => {
  it('keeps its content when opened again', () => {
    const id = ready('a.wav');
    db.close();
    db = openDatabase(file);
    expect(new SqliteSoundRepository(db).get(id)?.filename).toBe('a.wav');
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('page_size', { simple: true })).toBe(8192);
  });

  it('refuses a database from a newer version, with a remedy and without a path', () => {
    db.pragma('user_version = 999');
    let message = '';
    try {
      openDatabase(file).close();
    } catch (error) {
      expect((error as DomainError).code).toBe('conflict');
      message = (error as Error).message;
    }
    expect(message).toMatch(/newer version.*Update/);
    expect(message).not.toContain(folder.path);
  });

  it('upgrades a database that stopped half-way', () => {
    const other = path.join(folder.path, 'old.db');
    const old = new BetterSqlite3(other);
    old.exec(migrations[0]!.sql);
    old.pragma('user_version = 1');
    old.close();
    const upgraded = openDatabase(other);
    const outcome = new SqliteJobRepository(upgraded).accept(newSound('a.wav'));
    expect(outcome.kind).toBe('accepted');
    expect(new SqliteSegmentSource(upgraded).latestSeq()).toBe(0);
    upgraded.close();
  });

  it('can be created by several processes at the same time', async () => {
    const other = path.join(folder.path, 'race', 'traum.db');
    const compiled = path.resolve(import.meta.dirname, '../../dist/adapters/sqlite/index.js');
    const script = `import(${JSON.stringify(pathToFileURL(compiled).href)}).then((m) => m.openDatabase(${JSON.stringify(other)}).close())`;
    const run = promisify(execFile);
    await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, ['-e', script])));
    const opened = openDatabase(other);
    expect(new SqliteSoundRepository(opened).counts().total).toBe(0);
    opened.close();
  });
});

describe('jobs', () => {
  it('accept makes a sound with a queued job, once per content', () => {
    const sound = newSound('rain.wav');
    const first = jobs.accept(sound);
    expect(first).toMatchObject({
      kind: 'accepted',
      job: { soundId: sound.id, generation: 1, state: 'queued', progress: 0 },
    });
    expect(jobs.accept(newSound('copy.wav', { sha256: sound.sha256 }))).toEqual({
      kind: 'duplicate',
      soundId: sound.id,
    });
    expect(sounds.findBySha256(sound.sha256)).toMatchObject({ id: sound.id, status: 'processing', sizeBytes: 1000 });
    expect(jobs.unfinished()).toHaveLength(1);
  });

  it('goes from queued over active to completed and makes the sound ready', () => {
    const { soundId, jobId } = accept('rain.wav');
    expect(jobs.start(jobId)).toMatchObject({ state: 'active', attempts: 1 });
    jobs.progress(jobId, 'embedding', 0.5);
    expect(jobs.get(jobId)).toMatchObject({ stage: 'embedding', progress: 0.5 });
    const result = processed(segmentsFrom([unit([1, 0]), unit([0, 1])]), {
      durationS: 12.5,
      fileTags: { title: 'Rain', keywords: ['Weather', 'weather', ' '] },
    });
    expect(jobs.complete(jobId, result)).toBe(true);
    expect(jobs.get(jobId)).toMatchObject({ state: 'completed', stage: 'done', progress: 1 });
    expect(jobs.get(jobId)?.finishedAt).not.toBeNull();
    expect(sounds.get(soundId)).toMatchObject({
      status: 'ready',
      title: 'Rain',
      durationS: 12.5,
      sampleRateHz: 48_000,
      tags: [{ name: 'Weather', score: null, source: 'file' }],
    });
    expect([...sounds.peaks(soundId)!.minMax]).toEqual([-5, 5, -127, 127]);
    expect(jobs.unfinished()).toEqual([]);
    expect(jobs.counts()).toEqual({ queued: 0, active: 0, completed: 1, failed: 0 });
  });

  it('counts attempts and goes back to the queue after a transient failure', () => {
    const { jobId } = accept('rain.wav');
    jobs.start(jobId);
    jobs.retryLater(jobId, 'The disk was busy.');
    expect(jobs.get(jobId)).toMatchObject({ state: 'queued', error: 'The disk was busy.', attempts: 1 });
    expect(jobs.start(jobId)).toMatchObject({ state: 'active', attempts: 2, error: null });
  });

  it('starts an interrupted job again, but not one that has ended', () => {
    const { jobId } = accept('rain.wav');
    jobs.start(jobId);
    expect(jobs.start(jobId)).toMatchObject({ attempts: 2 });
    jobs.fail(jobId, 'Not a sound.');
    expect(jobs.start(jobId)).toBeNull();
    expect(jobs.start('ingest-unknown-1')).toBeNull();
  });

  it('cancelling a second run leaves the sound as it was, a first run leaves it failed', () => {
    const soundId = ready('a.wav');
    const again = jobs.restart(soundId)!;
    jobs.start(again.id);
    jobs.cancel(again.id);
    expect(jobs.get(again.id)).toMatchObject({ state: 'failed', error: 'Cancelled.' });
    expect(sounds.get(soundId)).toMatchObject({ status: 'ready', error: null });
    const { soundId: firstTime, jobId } = accept('b.wav');
    jobs.cancel(jobId);
    expect(sounds.get(firstTime)).toMatchObject({ status: 'failed', error: 'Cancelled.' });
  });

  it('fail marks the sound with the reason', () => {
    const { soundId, jobId } = accept('rain.wav');
    jobs.start(jobId);
    jobs.fail(jobId, 'Not a sound.');
    expect(sounds.get(soundId)).toMatchObject({ status: 'failed', error: 'Not a sound.' });
    expect(sounds.counts()).toMatchObject({ total: 1, failed: 1, ready: 0 });
  });

  it('writes nothing for a job that a newer one replaced, that has completed or whose sound is gone', () => {
    const soundId = ready('rain.wav');
    const second = jobs.restart(soundId)!;
    const third = jobs.restart(soundId)!;
    expect(third.generation).toBe(3);
    expect(jobs.unfinished().map((job) => job.id)).toEqual([third.id]);
    const late = processed(segmentsFrom([unit([0, 1]), unit([1, 1])]), { fileTags: { title: 'Late' } });
    expect(jobs.start(second.id)).toBeNull();
    expect(jobs.complete(second.id, late)).toBe(false);
    jobs.fail(second.id, 'late failure');
    expect(sounds.get(soundId)).toMatchObject({ status: 'processing', title: null, error: null });
    expect(source.segmentsOf(soundId, MODEL_KEY)).toHaveLength(1);
    jobs.start(third.id);
    expect(jobs.complete(third.id, late)).toBe(true);
    expect(jobs.complete(third.id, processed([]))).toBe(false);
    expect(source.segmentsOf(soundId, MODEL_KEY)).toHaveLength(2);
    erase(db, soundId);
    expect(jobs.complete(third.id, late)).toBe(false);
    expect(jobs.get(third.id)).toBeNull();
    expect(jobs.restart(soundId)).toBeNull();
  });

  it('replaces the segments of other models and tells which sounds lack one', () => {
    const soundId = ready('rain.wav');
    expect(jobs.soundsWithoutModel(MODEL_KEY)).toEqual([]);
    expect(jobs.soundsWithoutModel('next-model')).toEqual([soundId]);
    const job = jobs.restart(soundId)!;
    jobs.start(job.id);
    jobs.complete(job.id, processed(segmentsFrom([unit([0, 1])]), { modelKey: 'next-model' }));
    expect(source.segmentCount(MODEL_KEY)).toBe(0);
    expect(source.segmentCount('next-model')).toBe(1);
  });

  it('starts sounds anew that a model does not know, once, however many processes ask for it', () => {
    const soundId = ready('rain.wav', {});
    const other = new SqliteJobRepository(openDatabase(file));
    expect(jobs.restartWithoutModel(MODEL_KEY)).toBe(0);
    expect([jobs.restartWithoutModel('next-model'), other.restartWithoutModel('next-model')]).toEqual([1, 0]);
    expect(jobs.historyOf(soundId)).toHaveLength(2);
    expect(jobs.unfinished().map((job) => job.soundId)).toEqual([soundId]);
  });

  it('keeps what a person has set when the file is processed anew', () => {
    const soundId = ready('rain.wav', { title: 'From file', artist: 'File artist', keywords: ['file tag'] });
    sounds.update(soundId, { title: 'Mine', genre: 'Ambient', tags: ['my tag'] });
    const job = jobs.restart(soundId)!;
    jobs.start(job.id);
    const fileTags = { title: 'Other', artist: 'Other artist', genre: 'Noise', keywords: ['other tag'] };
    jobs.complete(job.id, processed([], { fileTags }));
    const sound = sounds.get(soundId)!;
    expect(sound).toMatchObject({ title: 'Mine', genre: 'Ambient', artist: 'Other artist' });
    expect(sound.tags.map((tag) => `${tag.source}:${tag.name}`)).toEqual(['user:my tag', 'file:other tag']);
  });
});

describe('tempo and key', () => {
  const heard = { tempo: { bpm: 97, confidence: 0.95 }, key: { key: 'Em', confidence: 0.8 }, print: null };
  const facts = (id: string) => {
    const { bpm, bpmSource, bpmConfidence, key, keySource, keyConfidence } = sounds.get(id)!;
    return [bpm, bpmSource, bpmConfidence, key, keySource, keyConfidence];
  };
  const process = (id: string, jobId: string, fileTags: Partial<FileTags>): string => {
    jobs.start(jobId);
    jobs.complete(jobId, processed([], { fileTags, analysis: heard }));
    return id;
  };

  it('are what a person says, else what the file says, else what was heard', () => {
    const { soundId, jobId } = accept('loop.wav');
    process(soundId, jobId, { key: 'C' });
    expect(facts(soundId)).toEqual([97, 'estimated', 0.95, 'C', 'tag', null]);
    sounds.update(soundId, { title: 'Loop' });
    expect(facts(soundId)).toEqual([97, 'estimated', 0.95, 'C', 'tag', null]);
    sounds.update(soundId, { bpm: 98, key: null });
    expect(facts(soundId)).toEqual([98, 'user', null, null, null, null]);
    process(soundId, jobs.restart(soundId)!.id, { bpm: 120, key: 'D' });
    expect(facts(soundId)).toEqual([98, 'user', null, null, null, null]);
  });

  it('are heard later in sounds from before, once, and never over what is known', () => {
    const old = ready('old.wav', { bpm: 90 });
    db.prepare('UPDATE sounds SET analysis_version = NULL').run();
    const waiting = accept('waiting.wav').soundId;
    expect(analyses.pending(1, 10)).toEqual([old]);
    expect(analyses.save(old, { version: 1, ...heard })).toBe(true);
    expect(facts(old)).toEqual([90, 'tag', null, 'Em', 'estimated', 0.8]);
    expect(analyses.pending(1, 10)).toEqual([]);
    expect(analyses.pending(2, 10)).toEqual([old]);
    expect(analyses.save(old, { version: 2, tempo: heard.tempo, key: null, print: null })).toBe(true);
    expect(facts(old)).toEqual([90, 'tag', null, null, null, null]);
    expect(analyses.save(waiting, { version: 1, ...heard })).toBe(false);
  });

  it('of libraries from before say where they come from', () => {
    const older = new BetterSqlite3(':memory:');
    for (const { name, sql } of migrations) {
      if (name === '0006-analysis') {
        older.exec(`INSERT INTO sounds (id, sha256, filename, extension, size_bytes, title_folded, created_at, updated_at,
          bpm, key, edited) VALUES ('a', 'a', 'a.wav', 'wav', 1, 'a', '', '', 120, 'Am', '["bpm"]')`);
      }
      older.exec(sql);
    }
    expect(older.prepare('SELECT bpm_source, key_source, analysis_version FROM sounds').get()).toEqual({
      bpm_source: 'user',
      key_source: 'tag',
      analysis_version: null,
    });
    older.close();
  });
});

describe('the library', () => {
  const page = (request: Partial<ListRequest> = {}) =>
    sounds.list({ filters: {}, sort: 'added', order: 'asc', limit: 50, ...request });

  it('takes other bytes for a sound and reads it anew; what a person has set stays', () => {
    const id = ready('a.wav', { title: 'Old', artist: 'Ann' });
    sounds.update(id, { artist: 'Mine' });
    const bytes = { ...sounds.get(id)!, sha256: 'e'.repeat(64), filename: 'a.wav', sizeBytes: 5 };
    const job = jobs.replace(id, bytes)!;
    expect(sounds.get(id)).toMatchObject({ sha256: 'e'.repeat(64), sizeBytes: 5, status: 'processing' });
    jobs.start(job.id);
    const fileTags = { title: 'New', artist: 'Bob' };
    expect(jobs.complete(job.id, processed(segmentsFrom([unit([1, 0])]), { fileTags }))).toBe(true);
    expect(sounds.get(id)).toMatchObject({ title: 'New', artist: 'Mine', status: 'ready' });
    expect(jobs.replace('gone', bytes)).toBeNull();
  });

  it('keeps every artist, finds a sound by each, and lets a person name others', () => {
    const id = ready('a.wav', { artist: 'AC/DC; Björk', artists: ['AC/DC', 'Björk'] });
    const by = (artist: string): string[] =>
      sounds.ids({ filters: { artist }, sort: 'added', order: 'asc', limit: 10 }).ids;
    expect(sounds.get(id)).toMatchObject({ artist: 'AC/DC; Björk', artists: ['AC/DC', 'Björk'] });
    expect([by('ac/dc'), by('bjork'), by('AC/DC; Björk'), by('DC')]).toEqual([[id], [id], [id], []]);
    sounds.update(id, { title: 'Other' });
    expect(sounds.get(id)?.artists).toEqual(['AC/DC', 'Björk']);
    sounds.update(id, { artist: 'Ann; Bob' });
    expect([by('bob'), by('bjork')]).toEqual([[id], []]);
  });

  it('finds a description, below whatever has the words in its name', () => {
    const described = ready('a.wav', { description: 'Woodpecker in a forest\nclose, dry' });
    const named = ready('woodpecker.wav', {});
    const found = keywords.search('woodpecker', {}, 10);
    expect(found.map(({ soundKey }) => soundKey)).toEqual([named, described].map((id) => sounds.get(id)!.soundKey));
    expect(found[1]?.fields).toEqual(['description']);
    const filters = { phrases: ['woodpecker in a'] };
    expect(sounds.ids({ filters, sort: 'added', order: 'asc', limit: 10 }).ids).toEqual([described]);
    sounds.update(described, { description: null });
    expect(keywords.search('forest', {}, 10)).toEqual([]);
  });

  it('updates fields, clears with null, leaves the rest', () => {
    const id = ready('a.wav', { artist: 'Someone', bpm: 120 });
    const changed = sounds.update(id, { title: '  Ärger  ', artist: null, key: 'Am' })!;
    expect(changed).toMatchObject({ title: 'Ärger', artist: null, bpm: 120, key: 'Am' });
    expect(sounds.update('unknown', { title: 'x' })).toBeNull();
  });

  it('deletes a sound with everything that belongs to it', () => {
    const id = ready('kick.wav', { keywords: ['drum'] });
    const other = ready('snare.wav');
    expect(erase(db, id)).toEqual([id]);
    expect(erase(db, id)).toEqual([]);
    expect(sounds.get(id)).toBeNull();
    expect(sounds.peaks(id)).toBeNull();
    expect(jobs.latestFor(id)).toBeNull();
    expect(source.segmentCount(MODEL_KEY)).toBe(1);
    expect(titlesFor('kick')).toEqual([]);
    expect(sounds.allIds()).toEqual([other]);
  });

  it('never gives a key to a second sound', () => {
    const first = sounds.get(ready('a.wav'))!;
    erase(db, first.id);
    expect(sounds.get(ready('b.wav'))!.soundKey).toBeGreaterThan(first.soundKey);
  });

  it.each<[SoundSort, 'asc' | 'desc']>(
    (['added', 'title', 'duration', 'size', 'bpm'] as const).flatMap((sort) => [
      [sort, 'asc'],
      [sort, 'desc'],
    ]),
  )('pages by %s %s without gaps or repeats, also with equal and missing values', (sort, order) => {
    const random = seeded(7);
    for (let i = 0; i < 23; i++) {
      const durationS = random() < 0.2 ? null : Math.round(random() * 3);
      const bpm = random() < 0.4 ? null : 100 + Math.round(random() * 2);
      ready(`${'äbC'[i % 3]}.wav`, { bpm }, { durationS, sizeBytes: Math.round(random() * 4) });
    }
    const whole = page({ sort, order }).items.map((sound) => sound.id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const next = page({ sort, order, limit: 4, ...(cursor === undefined ? {} : { cursor }) });
      expect(next.total).toBe(23);
      seen.push(...next.items.map((sound) => sound.id));
      cursor = next.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(23);
    expect(seen).toEqual(whole);
  });

  it('pages on in the right place when sounds come and go meanwhile', () => {
    const ids = Array.from({ length: 6 }, (_, i) => ready(`${i}.wav`));
    const first = page({ order: 'desc', limit: 2 });
    ready('new.wav');
    erase(db, first.items[1]!.id);
    const second = page({ order: 'desc', limit: 2, cursor: first.nextCursor! });
    expect(second.items.map((sound) => sound.id)).toEqual([ids[3], ids[2]]);
  });

  it('sorts titles without regard to case and accents, file names standing in', () => {
    ready('Zebra.wav');
    ready('x.wav', { title: 'Äpfel' });
    ready('birne.wav');
    expect(page({ sort: 'title' }).items.map((sound) => sound.title ?? sound.filename)).toEqual([
      'Äpfel',
      'birne.wav',
      'Zebra.wav',
    ]);
  });

  it.each(['nonsense', '', Buffer.from('{"sort":"added"}').toString('base64url')])(
    'rejects the cursor %j',
    (cursor) => {
      expect(codeOf(() => page({ cursor }))).toBe('invalid_input');
    },
  );

  it('rejects a cursor of another order', () => {
    ready('a.wav');
    ready('b.wav');
    const { nextCursor } = page({ limit: 1 });
    expect(codeOf(() => page({ sort: 'title', cursor: nextCursor! }))).toBe('invalid_input');
  });

  it('lists by words in names and tags', () => {
    ready('Kick_808(dry).wav');
    ready('other.wav', { title: 'Big Kick', keywords: ['808'] });
    ready('snare.wav');
    expect(page({ text: 'kick 808' }).total).toBe(2);
    expect(page({ text: 'kick dr' }).items.map((sound) => sound.filename)).toEqual(['Kick_808(dry).wav']);
    expect(page({ text: '***' }).total).toBe(0);
    expect(page({ text: '  ' }).total).toBe(3);
  });

  it('filters exactly, all conditions together, without regard to case', () => {
    const a = ready(
      'a.flac',
      { genre: 'Ämbient', artist: 'Nöra', bpm: 120, key: 'Am', keywords: ['Sea', 'Wind'] },
      { codec: 'flac', durationS: 5 },
    );
    const b = ready('b.wav', { genre: 'Techno', bpm: 130, key: 'C', keywords: ['wind'] }, { durationS: 60 });
    const pending = accept('c.mp3', { codec: 'mp3', durationS: null }).soundId;
    const match = (filters: ListRequest['filters']): string[] => page({ filters }).items.map((sound) => sound.id);
    expect(match({ genre: 'ÄMBIENT' })).toEqual([a]);
    expect(match({ artist: 'nora' })).toEqual([a]);
    expect(match({ key: 'am' })).toEqual([a]);
    expect(match({ tags: ['WIND'] })).toEqual([a, b]);
    expect(match({ tags: ['wind', 'sea'] })).toEqual([a]);
    expect(match({ minBpm: 120, maxBpm: 120 })).toEqual([a]);
    expect(match({ minDurationS: 6 })).toEqual([b]);
    expect(match({ format: 'WAV' })).toEqual([b]);
    expect(match({ format: 'flac' })).toEqual([a]);
    expect(match({ status: 'processing' })).toEqual([pending]);
    expect(match({ addedAfter: '2000-01-01', addedBefore: new Date().toISOString().slice(0, 10) })).toHaveLength(3);
    expect(match({ addedAfter: '2999-01-01' })).toEqual([]);
    expect(match({ genre: 'techno', maxBpm: 120 })).toEqual([]);
    expect(codeOf(() => match({ addedAfter: 'yesterday-ish' }))).toBe('invalid_input');
    expect(sounds.keysMatching({})).toBeNull();
    expect([...sounds.keysMatching({ tags: ['wind'] })!]).toEqual([a, b].map((id) => sounds.get(id)!.soundKey));
  });

  it('finds an estimated tempo by its half and double, and a key by either spelling', () => {
    const heard = (name: string, bpm: number, fileTags: Partial<FileTags> = {}): string => {
      const { soundId, jobId } = accept(name);
      jobs.start(jobId);
      const analysis = { tempo: { bpm, confidence: 1 }, key: { key: 'Bbm', confidence: 0.5 } };
      jobs.complete(jobId, processed([], { fileTags, analysis }));
      return soundId;
    };
    const half = heard('half.wav', 62);
    const double = heard('double.wav', 248);
    const written = heard('written.wav', 62, { bpm: 63, key: 'C' });
    const match = (filters: ListRequest['filters']): string[] => page({ filters }).items.map((sound) => sound.id);
    expect(match({ minBpm: 120, maxBpm: 128 })).toEqual([half, double]);
    expect(match({ minBpm: 60, maxBpm: 64 })).toEqual([half, written]);
    expect(match({ minBpm: 100 })).toEqual([double]);
    expect(match({ key: 'A#m' })).toEqual([half, double]);
    expect(match({ key: 'Bb' })).toEqual([]);
  });

  it('gives sounds in the order of the keys asked for and skips those gone', () => {
    const [a, b, c] = ['a.wav', 'b.wav', 'c.wav'].map((name) => sounds.get(ready(name))!.soundKey) as [
      number,
      number,
      number,
    ];
    erase(db, sounds.getByKeys([b])[0]!.id);
    expect(sounds.getByKeys([c, b, a]).map((sound) => sound.filename)).toEqual(['c.wav', 'a.wav']);
  });
});

describe('the source of segments', () => {
  it('tells additions and removals in order, and only those of the model asked for', () => {
    const first = ready('a.wav', {}, {}, [unit([1, 2]), unit([2, 1])]);
    const changes = source.changesSince(0, MODEL_KEY, 100);
    expect(changes.map((change) => change.op)).toEqual(['add', 'add']);
    expect(changes[1]).toMatchObject({ startS: 5, endS: 15, soundKey: sounds.get(first)!.soundKey });
    expect([...(changes[0] as { vector: Float32Array }).vector]).toEqual([...unit([1, 2])]);
    const seen = source.latestSeq();
    erase(db, first);
    const second = ready('b.wav');
    const next = source.changesSince(seen, MODEL_KEY, 100);
    expect(next.map((change) => change.op)).toEqual(['remove', 'remove', 'add']);
    expect(next.at(-1)?.seq).toBe(source.latestSeq());
    expect(source.changesSince(seen, 'other', 100).map((change) => change.op)).toEqual(['remove', 'remove']);
    expect(source.changesSince(seen, MODEL_KEY, 1)).toHaveLength(1);
    expect(source.segmentsOf(second, MODEL_KEY)).toEqual([{ startS: 0, endS: 10, vector: unit([1, 0]) }]);
  });
});

describe('keyword search', () => {
  it('cuts names at signs, between letters and digits and inside joined words', () => {
    ready('Kick_808(dry).wav');
    ready('DarkRain.ogg');
    for (const text of ['kick', 'kick808', '808', 'dry', 'KI'])
      expect(titlesFor(text), text).toEqual(['Kick_808(dry).wav']);
    for (const text of ['rain', 'darkrain', 'dark rain']) expect(titlesFor(text), text).toEqual(['DarkRain.ogg']);
  });

  it('needs all words, ignores accents, case and stop words', () => {
    ready('Café am Meer.wav');
    ready('cafe.wav');
    expect(titlesFor('CAFE meer')).toEqual(['Café am Meer.wav']);
    expect(titlesFor('the meer')).toEqual(['Café am Meer.wav']);
    expect(titlesFor('cafe mountain')).toEqual([]);
  });

  it('finds other endings, mistyped words and parts of long words', () => {
    ready('dog barks.wav');
    ready('Kirchenglocken.wav');
    expect(titlesFor('dogs')).toEqual(['dog barks.wav']);
    expect(titlesFor('barking dogs')).toEqual(['dog barks.wav']);
    expect(titlesFor('brks')).toEqual(['dog barks.wav']);
    expect(titlesFor('dgo')).toEqual([]);
    ready('kick drum 01.wav');
    ready('distant_thunder.wav');
    expect(titlesFor('kik drum')).toEqual(['kick drum 01.wav']);
    expect(titlesFor('kick drm')).toEqual(['kick drum 01.wav']);
    expect(titlesFor('thundr')).toEqual(['distant_thunder.wav']);
    expect(titlesFor('thun')).toEqual(['distant_thunder.wav']);
    expect(titlesFor('ick')).toEqual([]);
    expect(titlesFor('glocke')).toEqual(['Kirchenglocken.wav']);
  });

  it('ranks titles over file names and whole titles first', () => {
    ready('rain.wav', { title: 'Something else' });
    ready('b.wav', { title: 'Rain on the roof' });
    ready('c.wav', { title: 'Rain' });
    ready('unrelated.wav');
    expect(titlesFor('rain')[0]).toMatch(/^(c|rain)\.wav$/);
    const hits = keywords.search('rain', {}, 10);
    expect(hits.filter((hit) => hit.exact)).toHaveLength(2);
    expect(hits.find((hit) => !hit.exact)?.fields).toEqual(['title']);
    expect(titlesFor('rain').at(-1)).toBe('b.wav');
  });

  it('takes any text as a query', () => {
    ready('a.wav');
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
      expect(() => keywords.search(text, {}, 5), text).not.toThrow();
      expect(() => keywords.search(text, {}, 5, 'any'), text).not.toThrow();
      expect(() => completions.names(wordsOf(text), 5), text).not.toThrow();
      expect(() => sounds.list({ filters: {}, text, sort: 'added', order: 'asc', limit: 5 }), text).not.toThrow();
    }
  });

  it('applies filters and the limit, and leaves out what was never processed', () => {
    ready('wind.wav', {}, { durationS: 5 });
    ready('wind.flac', {}, { durationS: 50 });
    accept('wind.mp3');
    expect(keywords.search('wind', {}, 10)).toHaveLength(2);
    expect(keywords.search('wind', {}, 1)).toHaveLength(1);
    expect(keywords.search('wind', { maxDurationS: 10 }, 10)).toHaveLength(1);
  });

  it('with any, ranks by the share of meaning found', () => {
    for (let i = 0; i < 8; i++) ready(`dog ${i}.wav`);
    ready('dog barking at thunder.wav');
    ready('thunder.wav');
    const hits = keywords.search('dog in a thunder', {}, 10, 'any');
    const names = sounds.getByKeys(hits.map((hit) => hit.soundKey)).map((sound) => sound.filename);
    expect(names[0]).toBe('dog barking at thunder.wav');
    expect(names[1]).toBe('thunder.wav');
    expect(hits[0]?.coverage).toBeCloseTo(1);
    expect(hits[1]!.coverage).toBeLessThan(0.95);
  });

  it('follows changed titles and tags', () => {
    const id = ready('a.wav', { title: 'Before' });
    sounds.update(id, { title: 'After', tags: ['Thunder'] });
    expect(titlesFor('before')).toEqual([]);
    expect(titlesFor('after')).toEqual(['a.wav']);
    expect(keywords.search('thunder', {}, 5)[0]?.fields).toEqual(['tags']);
  });
});

describe('suggestions', () => {
  it('come from past searches, tags, artists, titles and file names, each once', () => {
    ready('rainforest.wav');
    ready('b.wav', { title: 'Rain', artist: 'Rainer', keywords: ['rainy'] });
    ready('c.wav', { title: 'Light rain' });
    log.record({ query: 'rain on tin', mode: 'hybrid', resultCount: 3, tookMs: 1, topScore: 0.4 });
    log.record({ query: 'rainless', mode: 'hybrid', resultCount: 0, tookMs: 1, topScore: null });
    log.record({ query: 'rain like:some-id', mode: 'hybrid', resultCount: 2, tookMs: 1, topScore: 0.4 });
    expect(completions.queries('rai', 5)).toEqual(['rain on tin']);
    expect(completions.values('tag', 'rai', 5)).toEqual(['rainy']);
    expect(completions.values('artist', 'rai', 5)).toEqual(['Rainer']);
    expect(completions.values('format', '', 5)).toEqual(['wav']);
    expect(completions.names(['rai'], 5).map(({ name }) => name)).toEqual(['Rain', 'rainforest', 'Light rain']);
    expect(completions.names(['rai'], 2)).toHaveLength(2);
    for (const field of ['tag', 'artist', 'genre', 'format', 'key'] as const) {
      expect(completions.values(field, 'zzz', 5)).toEqual([]);
    }
  });
});

describe('the search log', () => {
  const record = (query: string, tookMs = 5, resultCount = 1): void =>
    log.record({ query, mode: 'hybrid', resultCount, tookMs, topScore: 0.3 });

  it('shows each query once, newest first, and forgets on demand', () => {
    for (const query of ['rain', 'dog', 'Rain', '']) record(query);
    expect(log.recent(10).map((entry) => entry.query)).toEqual(['Rain', 'dog']);
    expect(log.delete(log.recent(1)[0]!.id)).toBe(true);
    expect(log.recent(10).map((entry) => entry.query)).toEqual(['dog']);
    expect(log.delete(12_345)).toBe(false);
    log.clear();
    expect(log.recent(10)).toEqual([]);
  });

  it('does not wait for another process that writes, and is written when that is done', async () => {
    const other = openDatabase(file);
    other.exec('BEGIN IMMEDIATE');
    const began = Date.now();
    for (const query of ['rain', 'dog']) record(query);
    expect(log.recent(10)).toEqual([]);
    expect(Date.now() - began).toBeLessThan(2000);
    other.exec('COMMIT');
    const count = other.prepare<[], number>('SELECT count(*) FROM search_log').pluck();
    await expect.poll(() => count.get(), { timeout: 10_000 }).toBe(2);
    other.close();
    expect(log.recent(10).map((entry) => entry.query)).toEqual(['dog', 'rain']);
  });
});
