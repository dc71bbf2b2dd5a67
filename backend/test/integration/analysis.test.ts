import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import path from 'node:path';
import { SqlAnalysisRepository, storageOver } from '../../src/adapters/sql/index.js';
import { createSoundAnalyzer } from '../../src/audio/analysis/sound-analyzer.js';
import { FfmpegDecoder } from '../../src/audio/ffmpeg-decoder.js';
import { FfmpegProbe } from '../../src/audio/ffmpeg-probe.js';
import { FileTagReader } from '../../src/audio/tags/tag-reader.js';
import { AnalyseService } from '../../src/domain/analysis/analyse.service.js';
import { ANALYSIS_VERSION, analysisJobId } from '../../src/domain/analysis/analysis.types.js';
import { AnalysisBacklog } from '../../src/domain/analysis/backlog.service.js';
import { DomainError } from '../../src/domain/errors.js';
import type { AudioDecoder } from '../../src/domain/ingest/ingest.ports.js';
import { temporaryFolder } from '../contract/fixtures.js';
import { silentLog, tone } from './ingest-fixtures.js';
import { firstAttempt, lastAttempt, Pipeline } from './ingest-pipeline.js';
import { MemoryEvents } from '../support/memory-events.js';
import { testJobs } from '../support/jobs.js';

let folder: ReturnType<typeof temporaryFolder>;
let pipeline: Pipeline;
let events: MemoryEvents;
let analyses: SqlAnalysisRepository;

beforeEach(() => {
  folder = temporaryFolder();
  pipeline = new Pipeline(folder.path);
  events = new MemoryEvents();
  analyses = new SqlAnalysisRepository(storageOver(pipeline.db));
});

afterEach(() => {
  pipeline.close();
  folder.remove();
});

/** A beep of a tenth of a second at every half second. */
const beeps = (file: string): Promise<string> =>
  tone(
    file,
    8,
    '-af',
    "volume='if(lt(mod(t,0.5),0.1),1,0)':eval=frame",
    '-metadata',
    'TKEY=Dm',
    '-metadata',
    'DATE=2019-03-14',
  );

async function processed(): Promise<string> {
  const file = path.join(folder.path, 'beeps.flac');
  await beeps(file);
  const job = await pipeline.accept(file);
  await pipeline.processing().run(job.id, firstAttempt());
  return job.soundId;
}

const service = (decoder: AudioDecoder = new FfmpegDecoder()): AnalyseService =>
  new AnalyseService({
    analyses,
    sounds: pipeline.sounds,
    store: pipeline.store,
    decoder,
    probe: new FfmpegProbe({ maxDurationS: 3600 }),
    tags: new FileTagReader(),
    jobs: pipeline.jobs,
    notifier: { notify: () => undefined },
    createAnalyzer: createSoundAnalyzer,
    events,
    maxDurationS: 3600,
    logger: silentLog,
  });

const forget = (): void => void pipeline.db.prepare('UPDATE sounds SET analysis_version = NULL, bpm = NULL').run();

const failing = (error: Error): AudioDecoder => ({
  // eslint-disable-next-line require-yield
  async *decode() {
    throw error;
  },
});

it('a sound has its tempo when it is ready', async () => {
  const sound = (await pipeline.sounds.get(await processed()))!;
  expect(sound).toMatchObject({ bpm: 120, bpmSource: 'estimated', status: 'ready' });
  expect(sound.bpmConfidence).toBeGreaterThan(0.9);
});

it('a sound from before is heard once, in the background', async () => {
  const soundId = await processed();
  forget();
  const jobId = analysisJobId(soundId);
  expect(await service().run(jobId, firstAttempt())).toBe('completed');
  expect(await pipeline.sounds.get(soundId)).toMatchObject({ bpm: 120, bpmSource: 'estimated' });
  expect(events.sounds('updated')).toHaveLength(1);
  expect(await service().run(jobId, firstAttempt())).toBe('skipped');
  expect(await service().run(analysisJobId('gone'), firstAttempt())).toBe('skipped');
  expect(await service().run('analyse-0-of another version', firstAttempt())).toBe('skipped');
});

it('what cannot be read is not tried for ever, what fails in passing is tried again', async () => {
  const soundId = await processed();
  forget();
  const jobId = analysisJobId(soundId);
  const passing = service(failing(new Error('out of memory')));
  await expect(passing.run(jobId, firstAttempt())).rejects.toThrow('out of memory');
  expect(await analyses.pending(ANALYSIS_VERSION, 5)).toEqual([soundId]);
  const broken = service(failing(new DomainError('unreadable_media', 'damaged')));
  expect(await broken.run(jobId, firstAttempt())).toBe('failed');
  expect(await analyses.pending(ANALYSIS_VERSION, 5)).toEqual([]);
  expect(await pipeline.sounds.get(soundId)).toMatchObject({ status: 'ready', bpm: null });
  forget();
  expect(await passing.run(jobId, lastAttempt())).toBe('failed');
  forget();
  const stopped = AbortSignal.abort(new Error('the worker stops'));
  await expect(service().run(jobId, lastAttempt(stopped))).rejects.toThrow();
  expect(await analyses.pending(ANALYSIS_VERSION, 5)).toEqual([soundId]);
});

it('the backlog hands over what is left, behind everything else, also when the queue was down', async () => {
  const soundId = await processed();
  forget();
  const queued: string[] = [];
  let down = true;
  const backlog = new AnalysisBacklog({
    jobs: testJobs(pipeline.db),
    analyses,
    queue: {
      addMissing: (ids, options) => {
        if (down) return Promise.reject(new DomainError('queue_unavailable', 'down'));
        expect(options?.background).toBe(true);
        queued.push(...ids);
        return Promise.resolve(ids.length);
      },
      add: () => Promise.resolve(),
      remove: () => Promise.resolve(),
      ping: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    logger: silentLog,
    sweepMs: 20,
  });
  backlog.start();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(queued).toEqual([]);
  down = false;
  await expect.poll(() => queued[0]).toBe(analysisJobId(soundId));
  await backlog.stop();
});

describe('sounds that were added before it was kept what their files say', () => {
  const unasked = (): void =>
    void pipeline.db.prepare('UPDATE sounds SET bits_per_sample = NULL, recorded = NULL').run();
  const bitsOf = async (soundId: string) => (await pipeline.sounds.get(soundId))?.bitsPerSample;

  it('have their file asked, without being listened to', async () => {
    const soundId = await processed();
    expect(await bitsOf(soundId)).toBe(24);
    unasked();
    expect(await analyses.pending(ANALYSIS_VERSION, 5)).toEqual([soundId]);
    const deaf = service(failing(new Error('nobody listens')));
    expect(await deaf.run(analysisJobId(soundId), firstAttempt())).toBe('completed');
    expect(await pipeline.sounds.get(soundId)).toMatchObject({ bitsPerSample: 24, recorded: '2019-03-14' });
    expect(await analyses.pending(ANALYSIS_VERSION, 5)).toEqual([]);
  });

  it('have it asked when they are processed anew', async () => {
    const soundId = await processed();
    unasked();
    const job = await pipeline.jobs.restart(soundId);
    await pipeline.processing().run(job!.id, firstAttempt());
    expect(await bitsOf(soundId)).toBe(24);
  });
});

describe('sounds that were processed as the mean of their channels', () => {
  const asBefore = (): void =>
    void pipeline.db.prepare("UPDATE sounds SET hearing = NULL, title = 'kept', edited = '[\"title\"]'").run();
  const stereo = async (name: string, right: string): Promise<string> => {
    const file = path.join(folder.path, name);
    await tone(file, 3, '-af', `pan=stereo|c0=c0|c1=${right}`);
    const job = await pipeline.accept(file);
    await pipeline.processing().run(job.id, firstAttempt());
    return job.soundId;
  };
  const hearing = async (soundId: string) => (await pipeline.sounds.get(soundId))?.hearing?.weights;

  it('stay as they are where it was right', async () => {
    const soundId = await stereo('alike.wav', 'c0');
    asBefore();
    const before = pipeline.segments.modelsOf(soundId);
    expect(await analyses.pending(ANALYSIS_VERSION, 5)).toEqual([soundId]);
    expect(await analyses.progress(ANALYSIS_VERSION)).toEqual({ ready: 1, heard: 0 });
    expect(await service().run(analysisJobId(soundId), firstAttempt())).toBe('completed');
    expect(await analyses.pending(ANALYSIS_VERSION, 5)).toEqual([]);
    expect(await analyses.progress(ANALYSIS_VERSION)).toEqual({ ready: 1, heard: 1 });
    expect(await pipeline.jobs.unfinished()).toEqual([]);
    expect(await pipeline.segments.modelsOf(soundId)).toEqual(await before);
    expect(await hearing(soundId)).toEqual([0.5, 0.5]);
  });

  it('are processed anew where it lost what the channels hold', async () => {
    const soundId = await stereo('opposite.wav', '-0.97*c0');
    asBefore();
    expect(await hearing(soundId)).toEqual([0.5, 0.5]);
    expect(await service().run(analysisJobId(soundId), firstAttempt())).toBe('completed');
    const [job] = await pipeline.jobs.unfinished();
    expect(job).toMatchObject({ soundId });
    await pipeline.processing().run(job!.id, firstAttempt());
    expect(await pipeline.sounds.get(soundId)).toMatchObject({ status: 'ready', title: 'kept' });
    expect(await hearing(soundId)).toEqual([0.5, -0.5]);
    expect(await analyses.pending(ANALYSIS_VERSION, 5)).toEqual([]);
  });

  it('are kept, with what is known of them, where their file cannot be read any more', async () => {
    const soundId = await stereo('gone.wav', 'c0');
    asBefore();
    pipeline.db.prepare('UPDATE sounds SET bpm = 120').run();
    const broken = service(failing(new DomainError('unreadable_media', 'damaged')));
    expect(await broken.run(analysisJobId(soundId), firstAttempt())).toBe('failed');
    expect(await analyses.pending(ANALYSIS_VERSION, 5)).toEqual([]);
    expect(await pipeline.sounds.get(soundId)).toMatchObject({ status: 'ready', bpm: 120 });
  });

  it('are none of those with one channel', async () => {
    await processed();
    asBefore();
    expect(await analyses.pending(ANALYSIS_VERSION, 5)).toEqual([]);
  });
});
