import os from 'node:os';
import { BullmqJobEvents, BullmqJobQueue, BullmqWorker, RedisJobNotifier } from './adapters/bullmq/index.js';
import { DiskAudioStore } from './adapters/disk/disk-audio-store.js';
import { HnswVectorIndex } from './adapters/hnsw/hnsw-vector-index.js';
import { startPrivateRedis } from './adapters/redis/private-redis.js';
import { acquireInstanceLock } from './adapters/sqlite/instance-lock.js';
import {
  openDatabase,
  SqliteJobRepository,
  SqliteKeywordIndex,
  SqliteSearchLog,
  SqliteSegmentSource,
  SqliteSoundRepository,
  SqliteTagRepository,
} from './adapters/sqlite/index.js';
import { FfmpegDecoder } from './audio/ffmpeg-decoder.js';
import { FfmpegProbe } from './audio/ffmpeg-probe.js';
import { createPeaksBuilder } from './audio/peaks.js';
import { MusicMetadataTagReader } from './audio/tag-reader.js';
import { createAudioEmbedder, createTextEmbedder, loadModel } from './clap/index.js';
import type { Config, RedisConnection } from './config.js';
import { AnalyticsService } from './domain/analytics/analytics.service.js';
import { DomainError } from './domain/errors.js';
import type { AudioEmbedder } from './domain/ingest/ingest.ports.js';
import { ProcessService } from './domain/ingest/process.service.js';
import { RecoveryService } from './domain/ingest/recovery.service.js';
import { UploadService } from './domain/ingest/upload.service.js';
import { KeyedLock } from './domain/keyed-lock.js';
import { LibraryService } from './domain/library/library.service.js';
import { ClipService } from './domain/search/clip.service.js';
import { SearchService } from './domain/search/search.service.js';
import { TaggingService } from './domain/tagging/tagging.service.js';
import { createApp } from './http/app.js';
import type { ReadinessCheck } from './http/deps.js';
import type { Logger } from './observability/logger.js';
import { createMachineReader } from './observability/machine.js';

/** How often the index looks for changes that no event told of (other processes, lost messages). */
const FOLLOW_MS = 1_000;
/** Inference sessions are unloaded after this long without work. */
const IDLE_UNLOAD_MS = 10 * 60_000;

export interface Api {
  fetch: (request: Request, env?: unknown) => Response | Promise<Response>;
  close(): Promise<void>;
}

/**
 * Claims the data directory for this process tree until stopped.
 * @throws DomainError `conflict` when another instance has it
 */
export function lockDataDirectory(config: Config): { stop(): Promise<void> } {
  const lock = acquireInstanceLock(config.dataDir);
  return {
    stop: () => {
      lock.release();
      return Promise.resolve();
    },
  };
}

/** A Redis of our own, as long as this process lives. */
export async function startRedis(
  config: Config,
  logger: Logger,
): Promise<{ connection: RedisConnection; stop(): Promise<void> }> {
  const redis = await startPrivateRedis({ directory: config.redisDir, logger });
  redis.onExit(() => logger.error('the private Redis cannot be kept running; uploads wait until the next start'));
  return { connection: { socketPath: redis.socketPath }, stop: () => redis.stop() };
}

/** Builds and starts the serving side: library, search and their HTTP face. Owns the index. */
export async function buildApi(config: Config, connection: RedisConnection, logger: Logger): Promise<Api> {
  const model = await loadModel(config.modelsDir, config.model);
  const provider = config.executionProvider;
  const db = openDatabase(config.databasePath);
  const sounds = new SqliteSoundRepository(db);
  const jobs = new SqliteJobRepository(db);
  const segments = new SqliteSegmentSource(db);
  const log = new SqliteSearchLog(db);
  const store = new DiskAudioStore({ directory: config.audioDir });
  const queue = new BullmqJobQueue({ connection });
  const events = new BullmqJobEvents({ connection });
  const probe = new FfmpegProbe({ maxDurationS: config.maxDurationS });
  const decoder = new FfmpegDecoder();
  const index = new HnswVectorIndex({
    source: segments,
    directory: config.indexDir,
    model: { key: model.key, dimension: model.info.dimension },
    logger,
  });
  const texts = await createTextEmbedder(model, { provider, logger, idleUnloadMs: IDLE_UNLOAD_MS });
  let clipEmbedder: Promise<AudioEmbedder> | undefined;
  const audio = (): Promise<AudioEmbedder> =>
    (clipEmbedder ??= createAudioEmbedder(model, { threads: 1, provider, logger, idleUnloadMs: IDLE_UNLOAD_MS }));

  const locks = new KeyedLock();
  const library = new LibraryService({ sounds, jobs, store, queue, decoder, locks });
  const uploads = new UploadService({
    store,
    probe,
    jobs,
    sounds,
    queue,
    locks,
    maxUploadBytes: config.maxUploadBytes,
  });
  const search = new SearchService({ sounds, index, keywords: new SqliteKeywordIndex(db), texts, segments, log });
  const clips = new ClipService({ store, probe, decoder, audio });
  const analytics = new AnalyticsService({
    sounds,
    jobs,
    segments,
    store,
    index,
    log,
    model: () => texts.info,
    machine: createMachineReader(),
  });
  const tagging = new TaggingService({
    tags: new SqliteTagRepository(db),
    segments,
    texts,
    logger,
    onTagged: (soundId) => library.announce(soundId),
  });
  const recovery = new RecoveryService({ jobs, queue, store, modelKey: model.key, logger });

  const opening = index.open().catch((error: unknown) => logger.error({ err: error }, 'the index could not be opened'));
  const follow = (): void => {
    index.refresh().catch((error: unknown) => logger.error({ err: error }, 'the index could not follow the library'));
  };
  const following = setInterval(follow, FOLLOW_MS);
  const unsubscribe = events.subscribe((jobId) => {
    const job = jobs.get(jobId);
    if (job?.state !== 'completed') return;
    follow();
    tagging.tagSoon(job.soundId);
  });
  await recovery.onStart();
  recovery.start();
  tagging.start();

  const app = createApp({
    library,
    uploads,
    search,
    clips,
    analytics,
    tagging,
    events,
    checks: readinessChecks({ jobs, queue, index, texts, store }),
    config,
    logger,
  });
  return {
    fetch: app.fetch,
    close: async () => {
      clearInterval(following);
      unsubscribe();
      await recovery.stop();
      await tagging.stop();
      await opening;
      await Promise.allSettled([index.close(), texts.close(), clipEmbedder?.then((embedder) => embedder.close())]);
      await Promise.allSettled([events.close(), queue.close()]);
      db.close();
    },
  };
}

/** Builds and starts the working side: takes jobs from the queue until closed. */
export async function buildWorker(
  config: Config,
  connection: RedisConnection,
  logger: Logger,
): Promise<{ close(): Promise<void> }> {
  // Searching stays quick while a big import runs: the worker takes what processor time the API leaves.
  os.setPriority(10);
  const model = await loadModel(config.modelsDir, config.model);
  const db = openDatabase(config.databasePath);
  const jobs = new SqliteJobRepository(db);
  const notifier = new RedisJobNotifier({ connection });
  const embedder = await createAudioEmbedder(model, {
    threads: os.availableParallelism(),
    provider: config.executionProvider,
    logger,
    idleUnloadMs: IDLE_UNLOAD_MS,
  });
  const processing = new ProcessService({
    jobs,
    sounds: new SqliteSoundRepository(db),
    store: new DiskAudioStore({ directory: config.audioDir }),
    probe: new FfmpegProbe({ maxDurationS: config.maxDurationS }),
    decoder: new FfmpegDecoder(),
    tags: new MusicMetadataTagReader(),
    embedder,
    createPeaks: createPeaksBuilder,
    notifier,
    maxDurationS: config.maxDurationS,
    logger,
  });
  const worker = new BullmqWorker({
    connection,
    concurrency: config.workerConcurrency,
    process: (jobId, delivery) => processing.run(jobId, delivery),
    onGone: (jobId, reason) => {
      jobs.fail(jobId, reason);
      notifier.notify(jobId);
    },
    logger,
  });
  return {
    close: async () => {
      await worker.close();
      await Promise.allSettled([embedder.close(), notifier.close()]);
      db.close();
    },
  };
}

function readinessChecks(parts: {
  jobs: SqliteJobRepository;
  queue: BullmqJobQueue;
  index: HnswVectorIndex;
  texts: { embedTexts(texts: readonly string[]): Promise<Float32Array[]> };
  store: DiskAudioStore;
}): ReadinessCheck[] {
  const LOW_DISK_BYTES = 100 * 1024 * 1024;
  return [
    {
      name: 'database',
      check: () => {
        parts.jobs.counts();
        return Promise.resolve();
      },
    },
    { name: 'queue', check: () => parts.queue.ping() },
    {
      name: 'index',
      check: () => {
        const { state, progress } = parts.index.status();
        if (state === 'ready') return Promise.resolve();
        const detail = `The index is ${state} (${Math.round(progress * 100)} %); names and tags can be searched meanwhile.`;
        return Promise.reject(new DomainError('not_ready', detail));
      },
    },
    { name: 'model', check: () => parts.texts.embedTexts(['rain']).then(() => undefined) },
    {
      name: 'storage',
      check: async () => {
        if ((await parts.store.freeBytes()) < LOW_DISK_BYTES) {
          throw new DomainError('storage_full', 'Less than 100 MB are free on the disk of the data directory.');
        }
      },
    },
  ];
}
