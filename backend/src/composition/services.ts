import { isGone, ownName } from '../adapters/bullmq/index.js';
import { DiskWatch } from '../adapters/folders/index.js';
import { encodeGreyPng } from '../audio/png.js';
import { drawSpectrogram, drawTile, SPECTROGRAM_RATE_HZ, TILE_MARGIN_S } from '../clap/spectrogram.js';
import type { Config } from '../config.js';
import { AccessService } from '../domain/accounts/access.service.js';
import { AnalysisBacklog } from '../domain/analysis/backlog.service.js';
import { AnalyticsService } from '../domain/analytics/analytics.service.js';
import { AuditService } from '../domain/audit/audit.service.js';
import { UsageService } from '../domain/analytics/usage.service.js';
import type { BackupPlace } from '../domain/backups/backups.ports.js';
import { BackupsService } from '../domain/backups/backups.service.js';
import { CollectionBinService } from '../domain/collections/collection-bin.service.js';
import { CollectionsService } from '../domain/collections/collections.service.js';
import { CopiesService } from '../domain/copies/copies.service.js';
import { FoldersService } from '../domain/folders/folders.service.js';
import { GoneService } from '../domain/folders/gone.service.js';
import { LinksService } from '../domain/links/links.service.js';
import { RecoveryService } from '../domain/ingest/recovery.service.js';
import { programOf, RemoteService } from '../domain/ingest/remote.service.js';
import { UploadService } from '../domain/ingest/upload.service.js';
import { jobHandlers, type JobHandlers } from '../domain/jobs/job.handlers.js';
import { JobsService } from '../domain/jobs/jobs.service.js';
import { KeyedLock } from '../domain/keyed-lock.js';
import { BinService } from '../domain/library/bin.service.js';
import { BulkService } from '../domain/library/bulk.service.js';
import { LibraryService } from '../domain/library/library.service.js';
import { CatalogueService } from '../domain/library/catalogue.service.js';
import { CoversService } from '../domain/library/covers.service.js';
import { FolderTagsService } from '../domain/library/folder-tags.service.js';
import { OriginsService } from '../domain/library/origins.js';
import { SpectrogramService } from '../domain/library/spectrogram.service.js';
import { MaintenanceService } from '../domain/maintenance/maintenance.service.js';
import { MarkersService } from '../domain/markers/markers.service.js';
import { SwitchService } from '../domain/models/switch.service.js';
import { RatingsService } from '../domain/personal/ratings.service.js';
import { SavedSearchesService } from '../domain/personal/saved-searches.service.js';
import { RecallProbe } from '../domain/search/recall.probe.js';
import { SuggestionService } from '../domain/search/suggestions.js';
import { DEFAULT_PROMPTS } from '../domain/tagging/default-vocabulary.js';
import { TaggingService } from '../domain/tagging/tagging.service.js';
import { TimelineService } from '../domain/tagging/timeline.service.js';
import { TelemetryService } from '../domain/telemetry/telemetry.service.js';
import { because, type Reason } from '../domain/reasons.js';
import { API_VERSION } from '../http/version.js';
import type { Tracing } from '../domain/tracing.js';
import type { Logger } from '../observability/logger.js';
import { createMachineReader } from '../observability/machine.js';
import { buildAccounts } from './accounts.js';
import type { ActiveModel } from './active-model.js';
import type { ServerFiles } from './files.js';
import type { Lifecycle } from './lifecycle.js';
import type { ServerMedia } from './media.js';
import { buildModels } from './models.js';
import type { ServerQueue } from './queue.js';
import type { ServerStorage } from './storage.js';
import { traced, tracedSeen, tracedStore } from './tracing.js';
import { currentTexts } from './vectors.js';

/** A file of an imported folder is read when it has not changed for this long. */
const SETTLE_MS = 2_000;

export interface ServiceParts {
  storage: ServerStorage;
  files: ServerFiles;
  media: ServerMedia;
  queue: ServerQueue;
  activeModel: ActiveModel;
  /** Null where none is set. */
  backupPlace: BackupPlace | null;
  logger: Logger;
  tracing: Tracing | null;
}

/** What the serving side does, none of it begun yet. */
export function buildServices(config: Config, parts: ServiceParts) {
  const { storage, files, media, activeModel, logger, tracing } = parts;
  const { models: state, sounds, jobs, segments, seen } = storage;
  const { queue, events, workers } = parts.queue;
  const { store } = files;
  const { probe, pcm } = media;

  const work = new JobsService({
    store: storage.work,
    seen: seen('work'),
    events,
    logger,
    process: { name: ownName, isGone },
  });
  const leads = (name: string): Promise<boolean> => work.leads(name);
  const locks = new KeyedLock();
  const access = new AccessService({
    access: storage.access,
    users: storage.users,
    events,
    newSounds: config.newSounds,
  });
  const bin = new BinService({
    bin: seen('bin'),
    sounds: seen('sounds'),
    access: storage.access,
    jobs,
    store,
    queue,
    locks,
    reserve: files.reserve,
    keptDays: config.binDays,
    logger,
    events,
    work,
  });
  const library = new LibraryService({ sounds: seen('sounds'), jobs: seen('jobs'), store, queue, pcm, bin, events });
  const bulk = new BulkService({ bulk: seen('bulk'), sounds: seen('sounds'), events });
  const covers = new CoversService({ covers: storage.covers, seen: seen('covers'), leads, logger });
  const folderTags = new FolderTagsService({ rules: storage.folderTags, sounds: seen('sounds'), bulk });
  const collections = new CollectionsService({ collections: seen('collections'), events });
  const collectionBin = new CollectionBinService({
    collections: seen('collections'),
    access: storage.access,
    keptDays: config.binDays,
    events,
    leads,
    logger,
  });
  const markers = new MarkersService({ markers: storage.markers, library, events });
  const ratings = new RatingsService({ ratings: seen('ratings'), events });
  const savedSearches = new SavedSearchesService({
    saved: storage.savedSearches,
    sounds: seen('sounds'),
    search: activeModel,
    events,
  });
  const uploads = new UploadService({
    store: tracedStore(tracing, store),
    probe: traced(tracing, probe, { probe: 'probe' }),
    jobs: tracedSeen(tracing, seen('jobs'), { accept: 'accept', replace: 'replace', restart: 'restart' }),
    sounds: seen('sounds'),
    queue,
    bin,
    access,
    locks,
    events,
    origins: storage.origins,
    folderTags,
    maxUploadBytes: config.maxUploadBytes,
    maxWaiting: config.maxWaiting,
  });
  const remote = new RemoteService({
    queue: parts.queue.remote,
    jobs,
    sounds,
    store,
    activeModel: async () => (await state.active()) ?? null,
    notifier: { notify: (jobId) => events.tell({ kind: 'job', jobId }) },
    program: programOf(API_VERSION),
  });
  const analytics = new AnalyticsService({
    sounds: seen('sounds'),
    jobs: seen('jobs'),
    segments: seen('segments'),
    store,
    index: { status: () => activeModel.current.index.status() },
    model: () => activeModel.current.texts.info,
    machine: createMachineReader(),
  });
  const usage = new UsageService({
    log: storage.usage,
    seen: seen('usage'),
    sounds: seen('sounds'),
    keptDays: config.usageDays,
    leads,
    logger,
  });
  const tagging = new TaggingService({
    tags: storage.tags,
    seen: seen('tags'),
    segments,
    texts: currentTexts(activeModel),
    logger,
    events,
    jobs: work,
  });
  const timelines = new TimelineService({ library, sounds, segments, texts: currentTexts(activeModel), tagging });
  const folders = new FoldersService({
    disk: files.folders,
    placed: storage.placed,
    store,
    folders: storage.folders,
    uploads,
    createWatch: () => new DiskWatch(),
    events,
    work,
    settleMs: SETTLE_MS,
    logger,
  });
  const gone = new GoneService({
    placed: storage.placed,
    bin,
    store,
    keptDays: config.missingDays,
    leads,
    logger,
  });
  const telemetry = new TelemetryService({
    jobs,
    sounds,
    events,
    workers,
    logger,
    memoryBytes: () => process.memoryUsage.rss(),
  });
  const maintenance = new MaintenanceService({
    sounds,
    bin: storage.bin,
    jobs,
    segments,
    index: {
      rebuild: () => activeModel.current.index.rebuild(),
      status: () => activeModel.current.index.status(),
    },
    database: storage.upkeep,
    files: files.audit,
    backups: files.backups,
    meter: files.meter,
    events,
    work,
    logger,
  });
  const backups = new BackupsService({
    place: parts.backupPlace,
    noPlace: noBackups(config),
    database: storage.upkeep,
    scratch: files.backups,
    isKnown: (sha256) => storage.bin.isUsed(sha256),
    settings: config.backups,
    work,
    logger,
  });
  const recall = new RecallProbe({
    sounds,
    segments,
    index: {
      search: (query) => activeModel.current.index.search(query),
      status: () => activeModel.current.index.status(),
    },
    logger,
  });
  const spectrograms = new SpectrogramService({
    library,
    store,
    decoder: media.drawing,
    pictures: files.pictures,
    tiles: files.tiles,
    sampleRateHz: SPECTROGRAM_RATE_HZ,
    draw: drawSpectrogram,
    drawTile,
    tileMarginS: TILE_MARGIN_S,
    encode: encodeGreyPng,
  });
  const recovery = new RecoveryService({
    jobs,
    sounds,
    queue,
    store,
    modelKey: activeModel.current.model.key,
    leads,
    logger,
  });
  const backlog = new AnalysisBacklog({ analyses: storage.analyses, queue, jobs: work, logger });

  const switching = new SwitchService({ state, activeModel, queue, jobs: work, logger });
  const models = buildModels(config, { state, switching, jobs: work, events, logger });

  const accounts = buildAccounts(config, storage, events, logger);
  const { hasher, signer, ...accountServices } = accounts;
  const { users, links: kept } = storage;
  const links = new LinksService({
    links: kept,
    library,
    collections,
    covers,
    access: storage.access,
    users,
    hasher,
    signer,
    logger,
  });
  const audit = new AuditService({ log: storage.audit, keptDays: config.auditDays, leads, logger });

  return {
    accounts: accountServices,
    access,
    accessOf: storage.access,
    audit,
    work,
    library,
    bulk,
    bin,
    collections,
    collectionBin,
    links,
    markers,
    ratings,
    savedSearches,
    origins: new OriginsService(seen('origins')),
    catalogue: new CatalogueService(seen('catalogue')),
    covers,
    folderTags,
    copies: new CopiesService({ copies: seen('copies'), sounds: seen('sounds') }),
    uploads,
    remote,
    suggestions: new SuggestionService(seen('completions'), DEFAULT_PROMPTS),
    analytics,
    usage,
    models,
    switching,
    tagging,
    timelines,
    folders,
    gone,
    maintenance,
    backups,
    telemetry,
    recall,
    spectrograms,
    flac: media.flac,
    recovery,
    backlog,
  };
}

export type Services = ReturnType<typeof buildServices>;

/** Why no place for backups can be set; null when one can. */
function noBackups({ postgres, s3 }: Config): Reason | null {
  if (postgres) return because('backup_by_postgres');
  return s3 ? because('backup_by_storage') : null;
}

/** What can be done with jobs, by their kind. @throws Error when a kind has no handler: the program does not start then */
function handlersOf({
  library,
  uploads,
  bin,
  folders,
  maintenance,
  backups,
  models,
  switching,
  tagging,
  backlog,
}: Services): JobHandlers {
  return jobHandlers({
    process: {
      resumes: true,
      cancel: (actor, { id }) => library.cancelJob(actor, id),
      retry: async (actor, { subject }) => {
        const { jobs } = await uploads.reprocess(actor, { soundIds: [subject ?? ''] });
        return jobs[0]!.jobId;
      },
    },
    embedding: switching.handler,
    analysis: backlog.handler,
    tagging: tagging.handler,
    scan: folders.scanHandler,
    install: models.installHandler,
    check: maintenance.handler('check'),
    rebuild: maintenance.handler('rebuild'),
    compact: maintenance.handler('compact'),
    backup: maintenance.handler('backup'),
    'full-backup': backups.handler,
    'empty-bin': bin.emptyHandler,
  });
}

/** Begins what goes on by itself. What another had left undone comes first. */
export async function startServices(services: Services, lifecycle: Lifecycle): Promise<void> {
  const {
    audit,
    work,
    recovery,
    switching,
    tagging,
    folders,
    gone,
    usage,
    bin,
    collectionBin,
    backlog,
    telemetry,
    maintenance,
    backups,
    recall,
    covers,
  } = services;
  lifecycle.add('maintenance', () => maintenance.close());
  await work.start(handlersOf(services));
  await recovery.onStart();
  const running = {
    audit,
    recovery,
    switching,
    tagging,
    folders,
    gone,
    usage,
    bin,
    collectionBin,
    backlog,
    telemetry,
    backups,
    recall,
    covers,
  };
  for (const [name, service] of Object.entries(running)) {
    // Before it starts: one that starts by halves is stopped as well.
    lifecycle.add(name, () => service.stop());
    await service.start();
  }
  // First of all: what is under way is told to stop, and noted as it is.
  lifecycle.add('jobs', () => work.close());
}
