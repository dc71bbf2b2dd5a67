import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BullmqJobQueue, BullmqWorker } from '../../src/adapters/bullmq/index.js';
import { startPrivateRedis, type PrivateRedis } from '../../src/adapters/redis/private-redis.js';
import { redisCommand } from '../../src/adapters/redis/redis-command.js';
import { DomainError } from '../../src/domain/errors.js';
import { RecoveryService } from '../../src/domain/ingest/recovery.service.js';
import type { JobStage } from '../../src/domain/ingest/ingest.types.js';
import { processesOf, silentLog, sparseWav, temporaryFolder, tone, until, wav } from './ingest-fixtures.js';
import { fakeEmbedder, firstAttempt, lastAttempt, MODEL, Pipeline } from './ingest-pipeline.js';
import { erase } from '../support/erase.js';
import { told } from '../../src/domain/reasons.js';

// Real processes on a machine that may be busy: far more than they need.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let pipeline: Pipeline;
const file = (name: string): string => path.join(folder.path, name);

beforeEach(async () => {
  folder = await temporaryFolder();
  pipeline = new Pipeline(folder.path);
});
afterEach(async () => {
  pipeline.close();
  await folder.remove();
});

const soundOf = (job: { soundId: string }) => pipeline.sounds.get(job.soundId);
const whyOf = async (job: { id: string }): Promise<string> => told((await pipeline.jobs.get(job.id))?.error ?? '').text;
const segmentsOf = (job: { soundId: string }) => pipeline.segments.segmentsOf(job.soundId, MODEL.key);

describe('processing a sound', () => {
  it('saves facts, tags, peaks and segments together', async () => {
    await tone(
      file('a.flac'),
      3.25,
      '-metadata',
      'title=Tone',
      '-metadata',
      'genre=Test',
      '-metadata',
      'comment=pure, steady',
    );
    const job = await pipeline.accept(file('a.flac'));
    expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('completed');
    expect(await pipeline.jobs.get(job.id)).toMatchObject({
      state: 'completed',
      stage: 'done',
      progress: 1,
      attempts: 1,
      error: null,
    });
    expect(await soundOf(job)).toMatchObject({
      status: 'ready',
      title: 'Tone',
      genre: 'Test',
      codec: 'flac',
      durationS: 3.25,
      sampleRateHz: 44_100,
      channels: 1,
    });
    expect((await soundOf(job))?.tags.map((tag) => tag.name)).toEqual(['pure', 'steady']);
    expect(await segmentsOf(job)).toHaveLength(3);
    const peaks = await pipeline.sounds.peaks(job.soundId);
    expect(Math.max(...(peaks?.minMax ?? []))).toBeGreaterThan(10);
    expect(((peaks?.minMax.length ?? 0) / 2) * (peaks?.bucketS ?? 0)).toBeCloseTo(3.25, 1);
  });

  it('tells of its stages in order, and how far it is', async () => {
    const job = await pipeline.accept(await tone(file('a.wav'), 20));
    const seen: [JobStage, number][] = [];
    let clock = 0;
    const jobs = new Proxy(pipeline.jobs, {
      get: (target, name) =>
        name === 'progress'
          ? async (jobId: string, stage: JobStage, progress: number) => {
              seen.push([stage, progress]);
              await target.progress(jobId, stage, progress);
            }
          : (Reflect.get(target, name) as () => unknown).bind(target),
    });
    await pipeline.processing({ jobs, now: () => (clock += 50) }).run(job.id, firstAttempt());
    expect([...new Set(seen.map(([stage]) => stage))]).toEqual(['reading', 'embedding', 'saving']);
    const progress = seen.map(([, value]) => value);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.some((value) => value > 0.3 && value < 0.8)).toBe(true);
    expect(progress.at(-1)).toBeLessThan(1);
    // 20 s arrive in dozens of chunks, more of them on a busy machine; not each of them is worth a write.
    expect(seen.length).toBeLessThan(clock / 50 / 3);
    expect(pipeline.notified.length).toBeGreaterThanOrEqual(seen.length);
  });
});

describe('files that cannot be processed', () => {
  it.each([
    ['text', () => writeFile(file('bad'), 'just text '.repeat(100)), /text file/],
    ['a header without samples', () => wav(file('bad'), Buffer.alloc(0)), /no audio/],
    [
      'an hour more than allowed',
      () => sparseWav(file('bad'), 2 * 3600 * 8000, { sampleRateHz: 8000, bits: 8 }),
      /longer|limit/,
    ],
    ['nothing but silence', () => wav(file('bad'), Buffer.alloc(200_000)), /only silence/],
    [
      'a WAV cut off in its data',
      async () => {
        await tone(file('whole.wav'), 4);
        const bytes = await readFile(file('whole.wav'));
        await writeFile(file('bad'), bytes.subarray(0, Math.floor(bytes.length / 4)));
      },
      /cut off: only 2\d %/,
    ],
    ['four billion hertz', () => wav(file('bad'), Buffer.alloc(1000), { sampleRateHz: 4e9 }), /not an audio|damaged/],
  ])('%s fails at the first attempt, with a reason', async (_, make, reason) => {
    await make();
    const job = await pipeline.accept(file('bad'));
    expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('failed');
    const failed = await pipeline.jobs.get(job.id);
    expect(failed).toMatchObject({ state: 'failed', attempts: 1 });
    expect(told(failed?.error ?? '').text).toMatch(reason);
    expect(failed?.error).not.toContain(folder.path);
    expect(await soundOf(job)).toMatchObject({ status: 'failed', error: failed?.error });
    expect(pipeline.notified.at(-1)).toBe(job.id);
  });

  it('a valid file without a sample contains no audio', async () => {
    const job = await pipeline.accept(await wav(file('hollow.wav'), Buffer.alloc(0)));
    const probe = {
      probe: () =>
        Promise.resolve({
          durationS: 1,
          sampleRateHz: 44_100,
          channels: 1,
          codec: 'pcm_s16le',
          bitRateKbps: null,
          bitsPerSample: null,
          tracks: [0],
          lengthFrom: 'header' as const,
          strayShare: 0,
        }),
    };
    expect(await pipeline.processing({ probe }).run(job.id, firstAttempt())).toBe('failed');
    expect(await whyOf(job)).toMatch(/contains no audio/);
  });

  it('a file that vanished from the store', async () => {
    const job = await pipeline.accept(await tone(file('a.wav'), 1));
    await rm(pipeline.store.pathOf((await soundOf(job))?.sha256 ?? ''));
    expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('failed');
    expect(await whyOf(job)).toMatch(/missing from the storage/);
  });

  it('one that never comes to an end is given up after many starts, whoever delivers it', async () => {
    const job = await pipeline.accept(await tone(file('a.wav'), 1));
    for (let start = 0; start < 25; start++) await pipeline.jobs.start(job.id);
    expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('failed');
    expect(await whyOf(job)).toMatch(/crashed repeatedly/);
  });
});

describe('passing failures', () => {
  it('are tried again, and succeed then', async () => {
    const job = await pipeline.accept(await tone(file('a.wav'), 2));
    const busy = fakeEmbedder(() => {
      throw new DomainError('model_unavailable', 'The model is being replaced.', { transient: true });
    });
    await expect(pipeline.processing({ embedder: busy }).run(job.id, firstAttempt())).rejects.toMatchObject({
      transient: true,
    });
    expect(await pipeline.jobs.get(job.id)).toMatchObject({ state: 'queued', error: 'The model is being replaced.' });
    expect(await pipeline.processing().run(job.id, { ...firstAttempt(), attempt: 2 })).toBe('completed');
    expect(await pipeline.jobs.get(job.id)).toMatchObject({ state: 'completed', attempts: 2, error: null });
  });

  it('fail the job at the last attempt', async () => {
    const job = await pipeline.accept(await tone(file('a.wav'), 2));
    const broken = fakeEmbedder(() => {
      throw new TypeError('Cannot read properties of undefined /secret/path');
    });
    await expect(pipeline.processing({ embedder: broken }).run(job.id, firstAttempt())).rejects.toThrow(TypeError);
    expect(await pipeline.processing({ embedder: broken }).run(job.id, lastAttempt())).toBe('failed');
    const { error } = (await pipeline.jobs.get(job.id)) ?? {};
    expect(told(error ?? '').text).toMatch(/unexpected reason/);
    expect(error).not.toMatch(/secret|undefined/);
  });
});

describe('jobs that are no longer wanted', () => {
  it('a sound deleted while it is processed leaves nothing, and ffmpeg ends', async () => {
    const job = await pipeline.accept(await sparseWav(file('big.wav'), 50 * 1024 * 1024));
    const stored = pipeline.store.pathOf((await soundOf(job))?.sha256 ?? '');
    const controller = new AbortController();
    const embedder = fakeEmbedder(async (second) => {
      if (second !== 2) return;
      await erase(pipeline.db, job.soundId);
      controller.abort();
    });
    expect(await pipeline.processing({ embedder }).run(job.id, firstAttempt(controller.signal))).toBe('skipped');
    expect(await processesOf(stored)).toEqual([]);
    expect(await pipeline.jobs.get(job.id)).toBeNull();
    expect(await pipeline.segments.segmentCount(MODEL.key)).toBe(0);
  });

  it('deleted without a word: the result is not written', async () => {
    const job = await pipeline.accept(await tone(file('a.wav'), 3));
    const embedder = fakeEmbedder(async (second) => {
      if (second === 1) await erase(pipeline.db, job.soundId);
    });
    expect(await pipeline.processing({ embedder }).run(job.id, firstAttempt())).toBe('skipped');
    expect(await pipeline.segments.segmentCount(MODEL.key)).toBe(0);
  });

  it('superseded: only the newer run writes', async () => {
    const job = await pipeline.accept(await tone(file('a.wav'), 3));
    let newer: string | undefined;
    const embedder = fakeEmbedder(async (second) => {
      if (second === 1) newer = (await pipeline.jobs.restart(job.soundId))?.id;
    });
    expect(await pipeline.processing({ embedder }).run(job.id, firstAttempt())).toBe('skipped');
    expect(await segmentsOf(job)).toHaveLength(0);
    expect(await pipeline.processing().run(newer as string, firstAttempt())).toBe('completed');
    expect(await segmentsOf(job)).toHaveLength(3);
    expect(await pipeline.processing().run(newer as string, firstAttempt())).toBe('skipped');
    expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('skipped');
  });

  it('a failure of a superseded run does not touch the sound', async () => {
    const job = await pipeline.accept(await tone(file('a.wav'), 3));
    const embedder = fakeEmbedder(async () => {
      await pipeline.jobs.restart(job.soundId);
      throw new DomainError('unreadable_media', 'old failure');
    });
    expect(await pipeline.processing({ embedder }).run(job.id, firstAttempt())).toBe('skipped');
    expect(await soundOf(job)).toMatchObject({ status: 'processing', error: null });
  });

  it('run twice at the same time, one result is written', async () => {
    const job = await pipeline.accept(await tone(file('a.wav'), 3));
    const outcomes = await Promise.all([
      pipeline.processing().run(job.id, firstAttempt()),
      pipeline.processing().run(job.id, firstAttempt()),
    ]);
    expect(outcomes.sort()).toEqual(['completed', 'skipped']);
    expect(await segmentsOf(job)).toHaveLength(3);
  });

  it('a stop of the worker puts the job back', async () => {
    const job = await pipeline.accept(await sparseWav(file('big.wav'), 50 * 1024 * 1024));
    const controller = new AbortController();
    const embedder = fakeEmbedder((second) => {
      if (second === 2) controller.abort();
    });
    await expect(pipeline.processing({ embedder }).run(job.id, firstAttempt(controller.signal))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(await pipeline.jobs.get(job.id)).toMatchObject({ state: 'queued', stage: 'waiting' });
    expect(await segmentsOf(job)).toHaveLength(0);
    expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('completed');
  });
});

describe('crash and recovery', () => {
  let redis: PrivateRedis;
  let queue: BullmqJobQueue;
  const workers: BullmqWorker[] = [];
  const timing = { lockMs: 30_000, stalledCheckMs: 300, finishMs: 100 };

  const recovery = (): RecoveryService =>
    new RecoveryService({
      leads: () => Promise.resolve(true),
      jobs: pipeline.jobs,
      sounds: pipeline.sounds,
      queue,
      store: pipeline.store,
      modelKey: MODEL.key,
      logger: silentLog,
      sweepMs: 100,
    });
  const startRedis = (): Promise<PrivateRedis> => startPrivateRedis({ directory: file('redis'), logger: silentLog });
  const startWorker = (service = pipeline.processing()): BullmqWorker => {
    const worker = new BullmqWorker({
      connection: redis,
      concurrency: 2,
      logger: silentLog,
      process: (jobId, delivery) => service.run(jobId, delivery),
      timing,
    });
    workers.push(worker);
    return worker;
  };
  const reachable = (): Promise<boolean> =>
    queue.ping().then(
      () => true,
      () => false,
    );
  const states = (jobs: { id: string }[]): Promise<(string | undefined)[]> =>
    Promise.all(jobs.map(async (job) => (await pipeline.jobs.get(job.id))?.state));
  const acceptTones = async (count: number) => {
    const jobs = [];
    for (let i = 0; i < count; i++) jobs.push(await pipeline.accept(await tone(file(`tone-${i}.wav`), 1 + i / 10)));
    return jobs;
  };

  beforeEach(async () => {
    redis = await startRedis();
    queue = new BullmqJobQueue({ connection: redis, firstRetryMs: 20 });
  });
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.close();
    await queue.close();
    await redis.stop();
  });

  it('jobs accepted before a crash are processed after it, though the queue lost everything', async () => {
    const jobs = await acceptTones(3);
    await queue.add(jobs[0]?.id as string);
    await pipeline.jobs.start(jobs[1]?.id as string);
    await redis.stop();
    await rm(file('redis'), { recursive: true });
    redis = await startRedis();
    await until(reachable, 'the queue is connected');
    const left = path.join(folder.path, 'audio', 'tmp', 'left.part');
    await writeFile(left, 'half an upload');
    await utimes(left, new Date(0), new Date(0));
    await recovery().onStart();
    startWorker();
    await until(async () => (await states(jobs)).every((state) => state === 'completed'), 'all are processed');
    expect(await Promise.all(jobs.map(async (job) => (await segmentsOf(job)).length))).toEqual([1, 1, 1]);
    await expect(readFile(left)).rejects.toThrow();
  });

  it('uploads during an outage are delivered when the queue is back', async () => {
    await redis.stop();
    const jobs = await acceptTones(2);
    const service = recovery();
    await service.onStart();
    service.start();
    redis = await startRedis();
    startWorker();
    await until(async () => (await states(jobs)).every((state) => state === 'completed'), 'all are processed');
    await service.stop();
  });

  it('Redis killed in the middle of a job: it finishes once', async () => {
    const [job] = await acceptTones(1);
    let runs = 0;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const embedder = fakeEmbedder(async () => {
      runs++;
      if (runs === 1) await held;
    });
    const service = recovery();
    service.start();
    startWorker(pipeline.processing({ embedder }));
    await queue.add(job?.id as string);
    await until(() => runs === 1, 'the job runs');
    const before = redis.pid;
    process.kill(before, 'SIGKILL');
    await until(() => redis.pid !== before, 'Redis is back');
    release();
    await until(async () => (await states([job as { id: string }]))[0] === 'completed', 'the job is completed');
    await until(reachable, 'the queue is connected again');
    await service.redeliver();
    await service.stop();
    expect(await segmentsOf(job as { soundId: string })).toHaveLength(1);
    expect(await pipeline.segments.latestSeq()).toBe(1);
  });

  it('a worker that stops in the middle hands over to the next', async () => {
    const job = await pipeline.accept(await sparseWav(file('big.wav'), 20 * 1024 * 1024));
    let runs = 0;
    const slow = fakeEmbedder(async () => {
      runs++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    const first = startWorker(pipeline.processing({ embedder: slow }));
    await queue.add(job.id);
    await until(() => runs > 2, 'the job runs');
    await first.close();
    expect((await pipeline.jobs.get(job.id))?.state).toBe('queued');
    startWorker();
    await until(async () => (await pipeline.jobs.get(job.id))?.state === 'completed', 'the next worker finishes it');
    expect((await segmentsOf(job)).length).toBe(Math.floor((20 * 1024 * 1024) / 2 / 44_100));
  });

  it('deleting a sound that is being processed stops the work', async () => {
    const job = await pipeline.accept(await sparseWav(file('big.wav'), 20 * 1024 * 1024));
    const stored = pipeline.store.pathOf((await soundOf(job))?.sha256 ?? '');
    let runs = 0;
    const slow = fakeEmbedder(async () => {
      runs++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    startWorker(pipeline.processing({ embedder: slow }));
    await queue.add(job.id);
    await until(() => runs > 2, 'the job runs');
    await erase(pipeline.db, job.soundId);
    await queue.remove(job.id);
    await until(async () => (await processesOf(stored)).length === 0, 'ffmpeg has ended');
    const seen = runs;
    await until(
      async () => (await redisCommand(redis.socketPath, `EXISTS traum:ingest:${job.id}`, 1000)) === ':0',
      'the job has left the queue',
    );
    expect(runs).toBe(seen);
  });

  it('what a process that is gone had in its hands goes while this one runs on', async () => {
    const service = recovery();
    await service.onStart();
    // No process has such a number.
    const left = file(`audio/tmp/${os.hostname()}~4194999~00000000-0000-4000-8000-000000000000`);
    await mkdir(left, { recursive: true });
    await writeFile(path.join(left, 'half.part'), 'half');
    service.start();
    try {
      await until(async () => (await stat(left).catch(() => null)) === null, 'it is gone');
    } finally {
      await service.stop();
    }
  });

  it('a change of the model has every sound embedded anew', async () => {
    const jobs = await acceptTones(2);
    for (const job of jobs) await pipeline.processing().run(job.id, firstAttempt());
    await recovery().onStart();
    expect(await pipeline.jobs.unfinished()).toHaveLength(0);
    const changed = { ...MODEL, key: 'fake-2' };
    const service = new RecoveryService({
      leads: () => Promise.resolve(true),
      jobs: pipeline.jobs,
      sounds: pipeline.sounds,
      queue,
      store: pipeline.store,
      modelKey: changed.key,
      logger: silentLog,
    });
    await service.onStart();
    expect(await pipeline.jobs.unfinished()).toHaveLength(2);
    startWorker(pipeline.processing({ embedder: fakeEmbedder(undefined, changed) }));
    await until(async () => (await pipeline.jobs.unfinished()).length === 0, 'all are embedded anew');
    expect(await pipeline.segments.segmentCount('fake-2')).toBe(2);
  });
});
