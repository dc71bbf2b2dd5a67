import type { Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {
  BullmqJobQueue,
  BullmqWorker,
  RedisEventLog,
  RedisWorkerPulse,
  RedisWorkerWatch,
} from './adapters/bullmq/index.js';
import { DiskAudioStore } from './adapters/disk/disk-audio-store.js';
import { DiskFolders, DiskWatch } from './adapters/folders/index.js';
import { DiskBackups } from './adapters/disk/disk-backups.js';
import { DiskReserve } from './adapters/disk/disk-reserve.js';
import { DiskPictures } from './adapters/disk/disk-pictures.js';
import { DiskFileAudit } from './adapters/disk/file-audit.js';
import { makePrivate } from './adapters/disk/private-directory.js';
import { DiskStorageMeter } from './adapters/disk/storage-meter.js';
import { makeDirectory, tryWriting } from './adapters/disk/writable.js';
import { DiskModelStaging, FolderModelSource, HubModelSource } from './adapters/hub/index.js';
import { startPrivateRedis } from './adapters/redis/private-redis.js';
import { acquireInstanceLock } from './adapters/sqlite/instance-lock.js';
import {
  asBusy,
  onlyRead,
  openDatabase,
  openStores,
  PatientWriter,
  type Database,
  SqliteCopyRepository,
  SqliteChangeCounter,
  SqliteCompletions,
  SqliteKeywordIndex,
  SqliteSegmentSource,
  SqliteUpkeep,
  type Stores,
  storesOver,
  ThreadWriter,
} from './adapters/sqlite/index.js';
import { createSoundAnalyzer } from './audio/analysis/sound-analyzer.js';
import { FfmpegDecoder } from './audio/ffmpeg-decoder.js';
import { FfmpegProbe } from './audio/ffmpeg-probe.js';
import { SUPPORTED_FORMATS } from './audio/formats.js';
import { MediaPrograms } from './audio/media-process.js';
import { MediaSlots } from './audio/media-slots.js';
import { createPeaksBuilder } from './audio/peaks.js';
import { PcmThread } from './audio/pcm-thread.js';
import { encodeGreyPng } from './audio/png.js';
import { FileTagReader } from './audio/tags/tag-reader.js';
import { ClapModelCatalog, createAudioEmbedder, ModelVersions, type ClapModel } from './clap/index.js';
import { drawSpectrogram, SPECTROGRAM_RATE_HZ } from './clap/spectrogram.js';
import type { Config, RedisConnection } from './config.js';
import { EmbedderPool } from './container/embedder-pool.js';
import { Engines, startingModel, sweepIndexes } from './container/engines.js';
import { AnalyseService } from './domain/analysis/analyse.service.js';
import { isAnalysisJob } from './domain/analysis/analysis.types.js';
import { AnalysisBacklog } from './domain/analysis/backlog.service.js';
import { AnalyticsService } from './domain/analytics/analytics.service.js';
import { UsageService } from './domain/analytics/usage.service.js';
import { CollectionsService } from './domain/collections/collections.service.js';
import { CopiesService } from './domain/copies/copies.service.js';
import { DomainError } from './domain/errors.js';
import type { AppEvent, EventSink } from './domain/events.js';
import { FoldersService } from './domain/folders/folders.service.js';
import type { JobNotifier } from './domain/ingest/ingest.ports.js';
import { ProcessService, type Attempt } from './domain/ingest/process.service.js';
import { RecoveryService } from './domain/ingest/recovery.service.js';
import { UploadService } from './domain/ingest/upload.service.js';
import { KeyedLock } from './domain/keyed-lock.js';
import { BinService } from './domain/library/bin.service.js';
import { BulkService } from './domain/library/bulk.service.js';
import { LibraryService } from './domain/library/library.service.js';
import { SpectrogramService } from './domain/library/spectrogram.service.js';
import { MaintenanceService } from './domain/maintenance/maintenance.service.js';
import { EmbedService } from './domain/models/embed.service.js';
import { InstallService } from './domain/models/install.service.js';
import type { ModelState } from './domain/models/models.ports.js';
import { ModelsService, type Switching } from './domain/models/models.service.js';
import { isEmbeddingJob } from './domain/models/models.types.js';
import { SwitchService } from './domain/models/switch.service.js';
import { ClipService } from './domain/search/clip.service.js';
import { CloseListener } from './domain/search/close.listener.js';
import type { TextEmbedder } from './domain/search/search.ports.js';
import { SuggestionService } from './domain/search/suggestions.js';
import { SearchService } from './domain/search/search.service.js';
import { MAX_TAGS, MIN_CONFIDENCE } from './domain/tagging/scoring.js';
import { TaggingService } from './domain/tagging/tagging.service.js';
import { TelemetryService } from './domain/telemetry/telemetry.service.js';
import { createApp } from './http/app.js';
import { createHttpServer } from './http/server.js';
import type { ReadinessCheck, ServerSettings } from './http/deps.js';
import type { Logger } from './observability/logger.js';
import { createMachineReader } from './observability/machine.js';

/** How often the index looks for changes that no event told of (other processes, lost messages). */
const FOLLOW_MS = 1_000;

/** A file of an imported folder is read when it has not changed for this long. */
const SETTLE_MS = 2_000;

/** How long an upload waits until its file can be looked at, and a listener or a searching person until something is decoded. */
const UPLOAD_PATIENCE_MS = 60_000;
const LISTENER_PATIENCE_MS = 10_000;

const mediaPrograms = (patienceMs: number): MediaPrograms =>
  new MediaPrograms(new MediaSlots({ atOnce: Math.max(2, os.availableParallelism()), patienceMs }));

export interface Api {
  /** Serves everything once it listens. */
  server: Server;
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

/** Creates the data directory, for this user alone. @throws the system's error when it cannot be, or not be written to */
export async function openDataDirectory({ dataDir }: Config, logger: Logger): Promise<void> {
  await makeDirectory(dataDir);
  await tryWriting(dataDir);
  const isPrivate = await makePrivate(dataDir).catch(() => false);
  if (!isPrivate) logger.warn('other users of this machine may see what is in DATA_DIR: it is not a folder of its own');
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
  const db = openDatabase(config.databasePath);
  onlyRead(db);
  const recordSearches = config.usageDays > 0;
  const writer = new ThreadWriter({ file: config.databasePath, recordSearches });
  const stores = openStores(storesOver(db, { recordSearches }), writer);
  const { models: state, sounds, jobs, searches: log } = stores;
  const versions = modelVersions(config, logger);
  const model = await startingModel(config, state, versions, logger);
  await sweepIndexes(config, [model.key, (await state.switch())?.targetKey ?? null]);
  const segments = new SqliteSegmentSource(db);
  const store = new DiskAudioStore({ directory: config.audioDir });
  const queue = new BullmqJobQueue({ connection });
  const events = new RedisEventLog({ connection });
  events.listen();
  // Apart, so that uploads do not wait for people who listen.
  const probe = new FfmpegProbe({ maxDurationS: config.maxDurationS, programs: mediaPrograms(UPLOAD_PATIENCE_MS) });
  const listening = mediaPrograms(LISTENER_PATIENCE_MS);
  const decoder = new FfmpegDecoder({ programs: listening });
  const pcm = new PcmThread(listening.slots);
  const keywords = new SqliteKeywordIndex(db);
  const copies = new SqliteCopyRepository(db);
  const changes = new SqliteChangeCounter(db);
  const engines = await Engines.start(model, {
    config,
    versions,
    segments,
    logger,
    idleUnloadMs: config.idleUnloadMs,
    createAudio: audioEmbedders(config, logger, 1),
    services: ({ index, texts, audio }) => {
      const clips = new ClipService({ store, probe, decoder, audio });
      const closely = new CloseListener({ store, decoder, audio });
      return {
        search: new SearchService({ sounds, index, keywords, copies, texts, segments, log, clips, closely, changes }),
        clips,
      };
    },
  });

  const locks = new KeyedLock();
  const bin = new BinService({
    bin: stores.bin,
    sounds,
    jobs,
    store,
    queue,
    locks,
    reserve: new DiskReserve({ file: config.reservePath }),
    keptDays: config.binDays,
    logger,
    events,
  });
  const library = new LibraryService({ sounds, jobs, store, queue, pcm, bin, events });
  const bulk = new BulkService({ bulk: stores.bulk, events });
  const collections = new CollectionsService({ collections: stores.collections, events });
  const uploads = new UploadService({
    store,
    probe,
    jobs,
    sounds,
    queue,
    bin,
    locks,
    events,
    maxUploadBytes: config.maxUploadBytes,
  });
  const analytics = new AnalyticsService({
    sounds,
    jobs,
    segments,
    store,
    index: { status: () => engines.current.index.status() },
    model: () => engines.current.texts.info,
    machine: createMachineReader(),
  });
  const usage = new UsageService({ log: stores.usage, sounds, keptDays: config.usageDays, logger });
  const tagging = new TaggingService({
    tags: stores.tags,
    segments,
    texts: currentTexts(engines),
    logger,
    events,
  });
  const folders = new FoldersService({
    disk: new DiskFolders({ roots: config.importDirs }),
    folders: stores.folders,
    uploads,
    createWatch: () => new DiskWatch(),
    events,
    settleMs: SETTLE_MS,
    logger,
  });
  const workers = new RedisWorkerWatch({ connection });
  const telemetry = new TelemetryService({
    jobs,
    sounds,
    events,
    workers,
    logger,
    memoryBytes: () => process.memoryUsage.rss(),
  });
  const maintenance = buildMaintenance(config, {
    db,
    sounds,
    bin: stores.bin,
    jobs,
    segments,
    store,
    engines,
    events,
    logger,
  });
  const spectrograms = new SpectrogramService({
    library,
    store,
    decoder,
    cache: new DiskPictures({ directory: path.join(config.cacheDir, 'spectrograms') }),
    sampleRateHz: SPECTROGRAM_RATE_HZ,
    draw: drawSpectrogram,
    encode: encodeGreyPng,
  });
  const recovery = new RecoveryService({ jobs, sounds, queue, store, modelKey: model.key, logger });

  const backlog = new AnalysisBacklog({ analyses: stores.analyses, queue, logger });

  const switching = new SwitchService({ state, engines, queue, logger });
  const models = buildModels(config, state, switching, events, logger);

  const opening = engines.current.index
    .open()
    .catch((error: unknown) => logger.error({ err: error }, 'the index could not be opened'));
  let shown = '';
  const follow = (): void => {
    engines.current.index
      .refresh()
      .catch((error: unknown) => logger.error({ err: error }, 'the index could not follow the library'))
      .finally(() => {
        const { state, segments } = engines.current.index.status();
        if (shown !== '' && shown !== `${state} ${segments}`) events.tell({ kind: 'index', state, segments });
        shown = `${state} ${segments}`;
      });
  };
  const following = setInterval(follow, FOLLOW_MS);
  const onJob = async (jobId: string): Promise<void> => {
    if (isEmbeddingJob(jobId)) {
      switching.onJobEnd();
      return;
    }
    if (isAnalysisJob(jobId)) return;
    const job = await jobs.get(jobId);
    if (job?.state !== 'completed') return;
    follow();
    tagging.tagSoon(job.soundId);
  };
  const onEvent = (event: AppEvent): void => {
    if (event.kind === 'vocabulary') tagging.refresh();
    else if (event.kind === 'model') switching.wake();
    if (event.kind !== 'job') return;
    const { jobId } = event;
    // What is missed here, the next look of each of them finds.
    onJob(jobId).catch((error: unknown) => logger.warn({ jobId, err: error }, 'a change of a job was missed'));
  };
  const unsubscribe = events.subscribe(({ event }) => onEvent(event));
  await recovery.onStart();
  recovery.start();
  switching.start();
  tagging.start();
  await folders.start();
  usage.start();
  bin.start();
  backlog.start();
  telemetry.start();

  const app = createApp({
    library,
    bulk,
    bin,
    collections,
    copies: new CopiesService({ copies, sounds }),
    uploads,
    search: engines,
    clips: engines,
    suggestions: new SuggestionService(new SqliteCompletions(db)),
    analytics,
    usage,
    models,
    switching,
    tagging,
    folders,
    maintenance,
    telemetry,
    spectrograms,
    modelsOf: (soundId) => segments.modelsOf(soundId),
    serverSettings: settingsOf(config),
    events,
    checks: readinessChecks({ jobs, queue, engines, store }),
    config,
    logger,
    meaningOf: asBusy,
  });
  return {
    server: createHttpServer(app.fetch),
    close: async () => {
      clearInterval(following);
      unsubscribe();
      await folders.stop();
      await telemetry.stop();
      workers.close();
      await maintenance.close();
      await recovery.stop();
      await backlog.stop();
      await tagging.stop();
      await usage.stop();
      await bin.stop();
      await opening;
      await Promise.allSettled([switching.stop(), models.close(), pcm.close()]);
      await engines.close();
      await Promise.allSettled([events.close(), queue.close(), writer.close()]);
      db.close();
    },
  };
}

function buildMaintenance(
  config: Config,
  parts: {
    db: Database;
    sounds: Stores['sounds'];
    bin: Stores['bin'];
    jobs: Stores['jobs'];
    segments: SqliteSegmentSource;
    store: DiskAudioStore;
    engines: Engines;
    events: EventSink;
    logger: Logger;
  },
): MaintenanceService {
  const { db, store, engines, ...rest } = parts;
  return new MaintenanceService({
    ...rest,
    index: {
      rebuild: () => engines.current.index.rebuild(),
      status: () => engines.current.index.status(),
    },
    database: new SqliteUpkeep(db, config.databasePath),
    files: new DiskFileAudit({ directory: config.audioDir, store }),
    backups: new DiskBackups({ directory: config.backupDir }),
    meter: new DiskStorageMeter(config),
  });
}

function settingsOf(config: Config): ServerSettings {
  return {
    workerConcurrency: { value: config.workerConcurrency, variable: 'WORKER_CONCURRENCY' },
    maxUploadBytes: { value: config.maxUploadBytes, variable: 'MAX_UPLOAD_MB' },
    maxDurationS: { value: config.maxDurationS, variable: 'MAX_DURATION_H' },
    executionProvider: { value: config.executionProvider, variable: 'EXECUTION_PROVIDER' },
    idleUnloadS: { value: config.idleUnloadMs / 1000, variable: 'MODEL_IDLE_MINUTES' },
    binDays: { value: config.binDays, variable: 'BIN_DAYS' },
    usageDays: { value: config.usageDays, variable: 'USAGE_DAYS' },
    hubEndpoint: { value: shownEndpoint(config.hubEndpoint), variable: 'HF_ENDPOINT' },
    password: { value: config.auth !== null, variable: 'AUTH' },
    openToNetwork: config.auth === null && config.reachable,
    logLevel: { value: config.logLevel, variable: 'LOG_LEVEL' },
    maxTags: { value: MAX_TAGS, variable: null },
    minTagConfidence: { value: MIN_CONFIDENCE, variable: null },
    formats: SUPPORTED_FORMATS.split(/, | and /),
  };
}

/** Without what opens it: a user name and password, or a token among the parameters. */
function shownEndpoint(endpoint: string): string {
  const { origin, pathname } = new URL(endpoint);
  return `${origin}${pathname.replace(/\/$/, '')}`;
}

/** The words as the model of the moment understands them, whichever that is. */
function currentTexts(engines: Engines): TextEmbedder {
  return {
    get info() {
      return engines.current.texts.info;
    },
    get background() {
      return engines.current.texts.background;
    },
    embedTexts: (texts) => engines.current.texts.embedTexts(texts),
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
  const db = openDatabase(config.databasePath);
  const { models: state, jobs, sounds, analyses } = patientStores(db);
  const store = new DiskAudioStore({ directory: config.audioDir });
  const decoder = new FfmpegDecoder();
  const events = new RedisEventLog({ connection });
  const notifier: JobNotifier = { notify: (jobId) => events.tell({ kind: 'job', jobId }) };
  const pulse = new RedisWorkerPulse({ connection, memoryBytes: () => process.memoryUsage.rss() });
  const createEmbedder = audioEmbedders(config, logger, os.availableParallelism());
  const versions = modelVersions(config, logger);
  const embedders = new EmbedderPool(versions, createEmbedder);
  const { maxDurationS } = config;
  const processing = {
    jobs,
    sounds,
    store,
    probe: new FfmpegProbe({ maxDurationS }),
    decoder,
    tags: new FileTagReader(),
    createPeaks: createPeaksBuilder,
    createAnalyzer: createSoundAnalyzer,
    notifier,
    maxDurationS,
    logger,
  };
  // Before the first start of an API the default model is the active one; it fails the start when it is not there.
  const fallback = await versions.installed((await state.active())?.id ?? config.model);
  const activeModel = async () => (await state.active()) ?? { id: fallback.manifest.id, key: fallback.key };
  const work = async (jobId: string, attempt: Attempt): Promise<void> => {
    const opened = await embedders.open(await activeModel()).catch((error: unknown) => {
      logger.error({ jobId, err: error }, 'the active model cannot be opened; the job waits');
      throw error;
    });
    try {
      await new ProcessService({ ...processing, embedder: opened.embedder }).run(jobId, attempt);
    } finally {
      opened.release();
    }
  };
  const embedding = new EmbedService({ state, embedders, store, decoder, notifier, maxDurationS, logger });
  const analysing = new AnalyseService({
    analyses,
    sounds,
    store,
    decoder,
    createAnalyzer: createSoundAnalyzer,
    events,
    maxDurationS,
    logger,
  });
  const worker = new BullmqWorker({
    connection,
    concurrency: config.workerConcurrency,
    process: (jobId, delivery) => {
      if (isAnalysisJob(jobId)) return analysing.run(jobId, delivery);
      return isEmbeddingJob(jobId) ? embedding.run(jobId, delivery) : work(jobId, delivery);
    },
    onGone: async (jobId, reason) => {
      if (isAnalysisJob(jobId)) await analysing.giveUp(jobId);
      else if (isEmbeddingJob(jobId)) await state.failJob(jobId, reason);
      else await jobs.fail(jobId, reason);
      notifier.notify(jobId);
    },
    logger,
  });
  return {
    close: async () => {
      await worker.close();
      pulse.close();
      await Promise.allSettled([embedders.close(), events.close()]);
      db.close();
    },
  };
}

/** For processes that nobody asks for answers: they write in the thread they work in, and wait without holding it up. */
function patientStores(db: Database): Stores {
  const local = storesOver(db, { recordSearches: false });
  return openStores(local, new PatientWriter(db, local));
}

/** Models to manage from the command line; a running server notices what is chosen here. */
export function buildModelTools(
  config: Config,
  logger: Logger,
): { models: ModelsService; folder: (directory: string) => FolderModelSource; close(): void } {
  const db = openDatabase(config.databasePath);
  return {
    models: buildModels(config, patientStores(db).models, null, { tell: () => undefined }, logger),
    folder: (directory) => new FolderModelSource({ directory }),
    close: () => db.close(),
  };
}

function buildModels(
  config: Config,
  state: ModelState,
  switching: Switching | null,
  events: EventSink,
  logger: Logger,
): ModelsService {
  const catalog = new ClapModelCatalog({ directory: config.modelsDir });
  const staging = new DiskModelStaging({ directory: config.modelsDir });
  return new ModelsService({
    catalog,
    staging,
    installs: new InstallService({ catalog, staging, logger }),
    hub: new HubModelSource({ endpoint: config.hubEndpoint }),
    state,
    switching,
    defaultModel: config.model,
    events,
    logger,
  });
}

const modelVersions = ({ modelsDir, keptModelsDir: keptDir }: Config, logger: Logger): ModelVersions =>
  new ModelVersions({ modelsDir, keptDir, logger });

const audioEmbedders = (config: Config, logger: Logger, threads: number) => (model: ClapModel) =>
  createAudioEmbedder(model, {
    threads,
    provider: config.executionProvider,
    logger,
    idleUnloadMs: config.idleUnloadMs,
  });

function readinessChecks(parts: {
  jobs: Stores['jobs'];
  queue: BullmqJobQueue;
  engines: Engines;
  store: DiskAudioStore;
}): ReadinessCheck[] {
  const LOW_DISK_BYTES = 100 * 1024 * 1024;
  return [
    {
      name: 'database',
      check: async () => {
        await parts.jobs.counts();
        return Promise.resolve();
      },
    },
    { name: 'queue', check: () => parts.queue.ping() },
    {
      name: 'index',
      check: () => {
        const { state, progress } = parts.engines.current.index.status();
        if (state === 'ready') return Promise.resolve();
        const detail = `The index is ${state} (${Math.round(progress * 100)} %); names and tags can be searched meanwhile.`;
        return Promise.reject(new DomainError('not_ready', detail));
      },
    },
    { name: 'model', check: () => parts.engines.current.texts.embedTexts(['rain']).then(() => undefined) },
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
