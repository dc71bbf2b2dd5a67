import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openDatabase,
  SqlAnalysisRepository,
  SqlJobRepository,
  SqlCompletions,
  SqlKeywordIndex,
  SqlSearchLog,
  SqlSegmentSource,
  SqlSoundRepository,
  type Database,
  storageOver,
} from '../../src/adapters/sql/index.js';
import { wordsOf } from '../../src/domain/search/words.js';
import { migrations } from '../../src/adapters/sql/sqlite/migrations/index.js';
import { DomainError } from '../../src/domain/errors.js';
import type { FileTags, ListRequest, NewSound, SoundSort } from '../../src/domain/library/library.types.js';
import { inTurn, MODEL_KEY, newSound, processed, seeded, segmentsFrom, temporaryFolder, unit } from './fixtures.js';
import { erase } from '../support/erase.js';
import { because, state } from '../../src/domain/reasons.js';

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let db: Database;
let sounds: SqlSoundRepository;
let jobs: SqlJobRepository;
let source: SqlSegmentSource;
let analyses: SqlAnalysisRepository;
let keywords: SqlKeywordIndex;
let completions: SqlCompletions;
let log: SqlSearchLog;

beforeEach(() => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'library', 'traum.db');
  db = openDatabase(file);
  sounds = new SqlSoundRepository(storageOver(db));
  jobs = new SqlJobRepository(storageOver(db));
  source = new SqlSegmentSource(storageOver(db));
  analyses = new SqlAnalysisRepository(storageOver(db));
  keywords = new SqlKeywordIndex(storageOver(db));
  completions = new SqlCompletions(storageOver(db));
  log = new SqlSearchLog(storageOver(db));
});

afterEach(() => {
  db.close();
  folder.remove();
});

async function accept(filename: string, over: Partial<NewSound> = {}): Promise<{ soundId: string; jobId: string }> {
  const outcome = await jobs.accept(newSound(filename, over));
  if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
  return { soundId: outcome.job.soundId, jobId: outcome.job.id };
}

/** A sound as it is after its job went through. */
async function ready(
  filename: string,
  fileTags: Partial<FileTags> = {},
  over: Partial<NewSound> = {},
  vectors = [unit([1, 0])],
): Promise<string> {
  const { soundId, jobId } = await accept(filename, over);
  await jobs.start(jobId);
  expect(await jobs.complete(jobId, processed(segmentsFrom(vectors), { fileTags }))).toBe(true);
  return soundId;
}

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

describe('the database', () => {
  it('keeps its content when opened again', async () => {
    const id = await ready('a.wav');
    db.close();
    db = openDatabase(file);
    expect((await new SqlSoundRepository(storageOver(db)).get(id))?.filename).toBe('a.wav');
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

  it('upgrades a database that stopped half-way', async () => {
    const other = path.join(folder.path, 'old.db');
    const old = new BetterSqlite3(other);
    old.exec(migrations[0]!.sql);
    old.pragma('user_version = 1');
    old.close();
    const upgraded = openDatabase(other);
    const outcome = await new SqlJobRepository(storageOver(upgraded)).accept(newSound('a.wav'));
    expect(outcome.kind).toBe('accepted');
    expect(await new SqlSegmentSource(storageOver(upgraded)).latestSeq()).toBe(0);
    upgraded.close();
  });

  it('can be created by several processes at the same time', async () => {
    const other = path.join(folder.path, 'race', 'traum.db');
    const compiled = path.resolve(import.meta.dirname, '../../dist/adapters/sql/index.js');
    const script = `import(${JSON.stringify(pathToFileURL(compiled).href)}).then((m) => m.openDatabase(${JSON.stringify(other)}).close())`;
    const run = promisify(execFile);
    await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, ['-e', script])));
    const opened = openDatabase(other);
    expect((await new SqlSoundRepository(storageOver(opened)).counts()).total).toBe(0);
    opened.close();
  });
});

describe('jobs', () => {
  it('accept makes a sound with a queued job, once per content', async () => {
    const sound = newSound('rain.wav');
    const first = await jobs.accept(sound);
    expect(first).toMatchObject({
      kind: 'accepted',
      job: { soundId: sound.id, generation: 1, state: 'queued', progress: 0 },
    });
    expect(await jobs.accept(newSound('copy.wav', { sha256: sound.sha256 }))).toEqual({
      kind: 'duplicate',
      soundId: sound.id,
    });
    expect(await sounds.findBySha256(sound.sha256)).toMatchObject({
      id: sound.id,
      status: 'processing',
      sizeBytes: 1000,
    });
    expect(await jobs.unfinished()).toHaveLength(1);
  });

  it('goes from queued over active to completed and makes the sound ready', async () => {
    const { soundId, jobId } = await accept('rain.wav');
    expect(await jobs.start(jobId)).toMatchObject({ state: 'active', attempts: 1 });
    await jobs.progress(jobId, 'embedding', 0.5);
    expect(await jobs.get(jobId)).toMatchObject({ stage: 'embedding', progress: 0.5 });
    const result = processed(segmentsFrom([unit([1, 0]), unit([0, 1])]), {
      durationS: 12.5,
      fileTags: { title: 'Rain', keywords: ['Weather', 'weather', ' '] },
    });
    expect(await jobs.complete(jobId, result)).toBe(true);
    expect(await jobs.get(jobId)).toMatchObject({ state: 'completed', stage: 'done', progress: 1 });
    expect((await jobs.get(jobId))?.finishedAt).not.toBeNull();
    expect(await sounds.get(soundId)).toMatchObject({
      status: 'ready',
      title: 'Rain',
      durationS: 12.5,
      sampleRateHz: 48_000,
      tags: [{ name: 'Weather', score: null, source: 'file' }],
    });
    expect([...(await sounds.peaks(soundId))!.minMax]).toEqual([-5, 5, -127, 127]);
    expect(await jobs.unfinished()).toEqual([]);
    expect(await jobs.counts()).toEqual({ queued: 0, active: 0, completed: 1, failed: 0 });
  });

  it('counts attempts and goes back to the queue after a transient failure', async () => {
    const { jobId } = await accept('rain.wav');
    await jobs.start(jobId);
    await jobs.retryLater(jobId, 'The disk was busy.');
    expect(await jobs.get(jobId)).toMatchObject({ state: 'queued', error: 'The disk was busy.', attempts: 1 });
    expect(await jobs.start(jobId)).toMatchObject({ state: 'active', attempts: 2, error: null });
  });

  it('starts an interrupted job again, but not one that has ended', async () => {
    const { jobId } = await accept('rain.wav');
    await jobs.start(jobId);
    expect(await jobs.start(jobId)).toMatchObject({ attempts: 2 });
    await jobs.fail(jobId, 'Not a sound.');
    expect(await jobs.start(jobId)).toBeNull();
    expect(await jobs.start('ingest-unknown-1')).toBeNull();
  });

  it('cancelling a second run leaves the sound as it was, a first run leaves it failed', async () => {
    const soundId = await ready('a.wav');
    const again = (await jobs.restart(soundId))!;
    await jobs.start(again.id);
    await jobs.cancel(again.id);
    expect(await jobs.get(again.id)).toMatchObject({ state: 'failed', error: state(because('job_cancelled')) });
    expect(await sounds.get(soundId)).toMatchObject({ status: 'ready', error: null });
    const { soundId: firstTime, jobId } = await accept('b.wav');
    await jobs.cancel(jobId);
    expect(await sounds.get(firstTime)).toMatchObject({ status: 'failed', error: state(because('job_cancelled')) });
  });

  it('fail marks the sound with the reason', async () => {
    const { soundId, jobId } = await accept('rain.wav');
    await jobs.start(jobId);
    await jobs.fail(jobId, 'Not a sound.');
    expect(await sounds.get(soundId)).toMatchObject({ status: 'failed', error: 'Not a sound.' });
    expect(await sounds.counts()).toMatchObject({ total: 1, failed: 1, ready: 0 });
  });

  it('writes nothing for a job that a newer one replaced, that has completed or whose sound is gone', async () => {
    const soundId = await ready('rain.wav');
    const second = (await jobs.restart(soundId))!;
    const third = (await jobs.restart(soundId))!;
    expect(third.generation).toBe(3);
    expect((await jobs.unfinished()).map((job) => job.id)).toEqual([third.id]);
    const late = processed(segmentsFrom([unit([0, 1]), unit([1, 1])]), { fileTags: { title: 'Late' } });
    expect(await jobs.start(second.id)).toBeNull();
    expect(await jobs.complete(second.id, late)).toBe(false);
    await jobs.fail(second.id, 'late failure');
    expect(await sounds.get(soundId)).toMatchObject({ status: 'processing', title: null, error: null });
    expect(await source.segmentsOf(soundId, MODEL_KEY)).toHaveLength(1);
    await jobs.start(third.id);
    expect(await jobs.complete(third.id, late)).toBe(true);
    expect(await jobs.complete(third.id, processed([]))).toBe(false);
    expect(await source.segmentsOf(soundId, MODEL_KEY)).toHaveLength(2);
    await erase(db, soundId);
    expect(await jobs.complete(third.id, late)).toBe(false);
    expect(await jobs.get(third.id)).toBeNull();
    expect(await jobs.restart(soundId)).toBeNull();
  });

  it('replaces the segments of other models and tells which sounds lack one', async () => {
    const soundId = await ready('rain.wav');
    expect(await jobs.soundsWithoutModel(MODEL_KEY)).toEqual([]);
    expect(await jobs.soundsWithoutModel('next-model')).toEqual([soundId]);
    const job = (await jobs.restart(soundId))!;
    await jobs.start(job.id);
    await jobs.complete(job.id, processed(segmentsFrom([unit([0, 1])]), { modelKey: 'next-model' }));
    expect(await source.segmentCount(MODEL_KEY)).toBe(0);
    expect(await source.segmentCount('next-model')).toBe(1);
  });

  it('starts sounds anew that a model does not know, once, however many processes ask for it', async () => {
    const soundId = await ready('rain.wav', {});
    const other = new SqlJobRepository(storageOver(openDatabase(file)));
    expect(await jobs.restartWithoutModel(MODEL_KEY)).toBe(0);
    expect([await jobs.restartWithoutModel('next-model'), await other.restartWithoutModel('next-model')]).toEqual([
      1, 0,
    ]);
    expect(await jobs.historyOf(soundId)).toHaveLength(2);
    expect((await jobs.unfinished()).map((job) => job.soundId)).toEqual([soundId]);
  });

  it('keeps what a person has set when the file is processed anew', async () => {
    const soundId = await ready('rain.wav', { title: 'From file', artist: 'File artist', keywords: ['file tag'] });
    await sounds.update(soundId, { title: 'Mine', genre: 'Ambient', tags: ['my tag'] });
    const job = (await jobs.restart(soundId))!;
    await jobs.start(job.id);
    const fileTags = { title: 'Other', artist: 'Other artist', genre: 'Noise', keywords: ['other tag'] };
    await jobs.complete(job.id, processed([], { fileTags }));
    const sound = (await sounds.get(soundId))!;
    expect(sound).toMatchObject({ title: 'Mine', genre: 'Ambient', artist: 'Other artist' });
    expect(sound.tags.map((tag) => `${tag.source}:${tag.name}`)).toEqual(['user:my tag', 'file:other tag']);
  });
});

describe('tempo and key', () => {
  const heard = { tempo: { bpm: 97, confidence: 0.95 }, key: { key: 'Em', confidence: 0.8 }, print: null };
  const facts = async (id: string) => {
    const { bpm, bpmSource, bpmConfidence, key, keySource, keyConfidence } = (await sounds.get(id))!;
    return [bpm, bpmSource, bpmConfidence, key, keySource, keyConfidence];
  };
  const process = async (id: string, jobId: string, fileTags: Partial<FileTags>): Promise<string> => {
    await jobs.start(jobId);
    await jobs.complete(jobId, processed([], { fileTags, analysis: heard }));
    return id;
  };

  it('are what a person says, else what the file says, else what was heard', async () => {
    const { soundId, jobId } = await accept('loop.wav');
    await process(soundId, jobId, { key: 'C' });
    expect(await facts(soundId)).toEqual([97, 'estimated', 0.95, 'C', 'tag', null]);
    await sounds.update(soundId, { title: 'Loop' });
    expect(await facts(soundId)).toEqual([97, 'estimated', 0.95, 'C', 'tag', null]);
    await sounds.update(soundId, { bpm: 98, key: null });
    expect(await facts(soundId)).toEqual([98, 'user', null, null, null, null]);
    await process(soundId, (await jobs.restart(soundId))!.id, { bpm: 120, key: 'D' });
    expect(await facts(soundId)).toEqual([98, 'user', null, null, null, null]);
  });

  it('are heard later in sounds from before, once, and never over what is known', async () => {
    const old = await ready('old.wav', { bpm: 90 });
    db.prepare('UPDATE sounds SET analysis_version = NULL, channels = 1').run();
    const waiting = (await accept('waiting.wav')).soundId;
    expect(await analyses.pending(1, 10)).toEqual([old]);
    expect(await analyses.save(old, { version: 1, ...heard })).toBe(true);
    expect(await facts(old)).toEqual([90, 'tag', null, 'Em', 'estimated', 0.8]);
    expect(await analyses.pending(1, 10)).toEqual([]);
    expect(await analyses.pending(2, 10)).toEqual([old]);
    expect(await analyses.save(old, { version: 2, tempo: heard.tempo, key: null, print: null })).toBe(true);
    expect(await facts(old)).toEqual([90, 'tag', null, null, null, null]);
    expect(await analyses.save(waiting, { version: 1, ...heard })).toBe(false);
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

  it('deletes a sound with everything that belongs to it', async () => {
    const id = await ready('kick.wav', { keywords: ['drum'] });
    const other = await ready('snare.wav');
    expect(await erase(db, id)).toEqual([id]);
    expect(await erase(db, id)).toEqual([]);
    expect(await sounds.get(id)).toBeNull();
    expect(await sounds.peaks(id)).toBeNull();
    expect(await jobs.latestFor(id)).toBeNull();
    expect(await source.segmentCount(MODEL_KEY)).toBe(1);
    expect(await titlesFor('kick')).toEqual([]);
    expect(await sounds.allIds()).toEqual([other]);
  });

  it('never gives a key to a second sound', async () => {
    const first = (await sounds.get(await ready('a.wav')))!;
    await erase(db, first.id);
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
    await erase(db, first.items[1]!.id);
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
      { genre: 'Ämbient', artist: 'Nöra', bpm: 120, key: 'Am', keywords: ['Sea', 'Wind'] },
      { codec: 'flac', durationS: 5 },
    );
    const b = await ready('b.wav', { genre: 'Techno', bpm: 130, key: 'C', keywords: ['wind'] }, { durationS: 60 });
    const pending = (await accept('c.mp3', { codec: 'mp3', durationS: null })).soundId;
    const match = async (filters: ListRequest['filters']): Promise<string[]> =>
      (await page({ filters })).items.map((sound) => sound.id);
    expect(await match({ genre: 'ÄMBIENT' })).toEqual([a]);
    expect(await match({ artist: 'nora' })).toEqual([a]);
    expect(await match({ key: 'am' })).toEqual([a]);
    expect(await match({ tags: ['WIND'] })).toEqual([a, b]);
    expect(await match({ tags: ['wind', 'sea'] })).toEqual([a]);
    expect(await match({ minBpm: 120, maxBpm: 120 })).toEqual([a]);
    expect(await match({ minDurationS: 6 })).toEqual([b]);
    expect(await match({ format: 'WAV' })).toEqual([b]);
    expect(await match({ format: 'flac' })).toEqual([a]);
    expect(await match({ status: 'processing' })).toEqual([pending]);
    expect(await match({ addedAfter: '2000-01-01', addedBefore: new Date().toISOString().slice(0, 10) })).toHaveLength(
      3,
    );
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

  it('gives sounds in the order of the keys asked for and skips those gone', async () => {
    const [a, b, c] = (await inTurn(
      ['a.wav', 'b.wav', 'c.wav'],
      async (name) => (await sounds.get(await ready(name)))!.soundKey,
    )) as [number, number, number];
    await erase(db, (await sounds.getByKeys([b]))[0]!.id);
    expect((await sounds.getByKeys([c, b, a])).map((sound) => sound.filename)).toEqual(['c.wav', 'a.wav']);
  });
});

describe('the source of segments', () => {
  it('tells additions and removals in order, and only those of the model asked for', async () => {
    const first = await ready('a.wav', {}, {}, [unit([1, 2]), unit([2, 1])]);
    const changes = await source.changesSince(0, MODEL_KEY, 100);
    expect(changes.map((change) => change.op)).toEqual(['add', 'add']);
    expect(changes[1]).toMatchObject({ startS: 5, endS: 15, soundKey: (await sounds.get(first))!.soundKey });
    expect([...(changes[0] as { vector: Float32Array }).vector]).toEqual([...unit([1, 2])]);
    const seen = await source.latestSeq();
    await erase(db, first);
    const second = await ready('b.wav');
    const next = await source.changesSince(seen, MODEL_KEY, 100);
    expect(next.map((change) => change.op)).toEqual(['remove', 'remove', 'add']);
    expect(next.at(-1)?.seq).toBe(await source.latestSeq());
    expect((await source.changesSince(seen, 'other', 100)).map((change) => change.op)).toEqual(['remove', 'remove']);
    expect(await source.changesSince(seen, MODEL_KEY, 1)).toHaveLength(1);
    expect(await source.segmentsOf(second, MODEL_KEY)).toEqual([{ startS: 0, endS: 10, vector: unit([1, 0]) }]);
  });
});

describe('keyword search', () => {
  it('cuts names at signs, between letters and digits and inside joined words', async () => {
    await ready('Kick_808(dry).wav');
    await ready('DarkRain.ogg');
    for (const text of ['kick', 'kick808', '808', 'dry', 'KI'])
      expect(await titlesFor(text), text).toEqual(['Kick_808(dry).wav']);
    for (const text of ['rain', 'darkrain', 'dark rain']) expect(await titlesFor(text), text).toEqual(['DarkRain.ogg']);
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
    expect((await completions.names(['rai'], 5)).map(({ name }) => name)).toEqual(['Rain', 'rainforest', 'Light rain']);
    expect(await completions.names(['rai'], 2)).toHaveLength(2);
    for (const field of ['tag', 'artist', 'genre', 'format', 'key'] as const) {
      expect(await completions.values(field, 'zzz', 5)).toEqual([]);
    }
  });
});

describe('the search log', () => {
  const record = (query: string, tookMs = 5, resultCount = 1): Promise<void> =>
    log.record({ query, mode: 'hybrid', resultCount, tookMs, topScore: 0.3 });

  it('shows each query once, newest first, and forgets on demand', async () => {
    for (const query of ['rain', 'dog', 'Rain', '']) await record(query);
    expect((await log.recent(10)).map((entry) => entry.query)).toEqual(['Rain', 'dog']);
    expect(await log.delete((await log.recent(1))[0]!.id)).toBe(true);
    expect((await log.recent(10)).map((entry) => entry.query)).toEqual(['dog']);
    expect(await log.delete(12_345)).toBe(false);
    await log.clear();
    expect(await log.recent(10)).toEqual([]);
  });

  it('does not wait for another process that writes, and is written when that is done', async () => {
    const other = openDatabase(file);
    other.exec('BEGIN IMMEDIATE');
    const began = Date.now();
    for (const query of ['rain', 'dog']) await record(query);
    expect(await log.recent(10)).toEqual([]);
    expect(Date.now() - began).toBeLessThan(2000);
    other.exec('COMMIT');
    const count = other.prepare<[], number>('SELECT count(*) FROM search_log').pluck();
    await expect.poll(() => count.get(), { timeout: 10_000 }).toBe(2);
    other.close();
    expect((await log.recent(10)).map((entry) => entry.query)).toEqual(['dog', 'rain']);
  });
});
