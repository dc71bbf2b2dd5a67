import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { JwtSigner } from '../../src/adapters/secrets/index.js';
import {
  openDatabase,
  SqlAccessRepository,
  SqlAuditLog,
  SqlCollectionRepository,
  SqlIdentityRepository,
  SqlKeyRepository,
  SqlLinkRepository,
  SqlFolderTags,
  SqlOriginRepository,
  SqlMarkerRepository,
  SqlRatingRepository,
  SqlSavedSearchRepository,
  SqlSessionRepository,
  SqlCatalogue,
  SqlUsageLog,
  SqlUserRepository,
  storageOver,
} from '../../src/adapters/sql/index.js';
import { AccessService } from '../../src/domain/accounts/access.service.js';
import type { UserRepository } from '../../src/domain/accounts/accounts.ports.js';
import { LOCAL_OWNER } from '../../src/domain/accounts/actor.js';
import { EVERYTHING } from '../../src/domain/accounts/viewer.js';
import type { Completions } from '../../src/domain/search/search.ports.js';
import { AccountsService } from '../../src/domain/accounts/accounts.service.js';
import { KeysService } from '../../src/domain/accounts/keys.service.js';
import type { IdentityProvider } from '../../src/domain/accounts/oidc.ports.js';
import { OidcService, type OidcRules } from '../../src/domain/accounts/oidc.service.js';
import { SignInGuard } from '../../src/domain/accounts/sign-in.guard.js';
import { SignInService } from '../../src/domain/accounts/sign-in.service.js';
import { VouchedService } from '../../src/domain/accounts/vouched.service.js';
import { AuditService } from '../../src/domain/audit/audit.service.js';
import { toPcm } from '../../src/audio/pcm.js';
import { AnalyticsService } from '../../src/domain/analytics/analytics.service.js';
import { UsageService } from '../../src/domain/analytics/usage.service.js';
import type { CopyRepository } from '../../src/domain/copies/copies.ports.js';
import { FolderTagsService } from '../../src/domain/library/folder-tags.service.js';
import { OriginsService } from '../../src/domain/library/origins.js';
import { MarkersService } from '../../src/domain/markers/markers.service.js';
import { FfmpegFlacEncoder } from '../../src/audio/flac-encoder.js';
import { RatingsService } from '../../src/domain/personal/ratings.service.js';
import { SavedSearchesService } from '../../src/domain/personal/saved-searches.service.js';
import { CopiesService } from '../../src/domain/copies/copies.service.js';
import { CollectionBinService } from '../../src/domain/collections/collection-bin.service.js';
import { CollectionsService } from '../../src/domain/collections/collections.service.js';
import { DomainError, notFound } from '../../src/domain/errors.js';
import type { AudioProbe, JobQueue, JobRepository, ModelInfo } from '../../src/domain/ingest/ingest.ports.js';
import { jobIdFor, type Job } from '../../src/domain/ingest/ingest.types.js';
import { isUnfinished } from '../../src/domain/jobs/jobs.types.js';
import { RemoteService } from '../../src/domain/ingest/remote.service.js';
import { UploadService } from '../../src/domain/ingest/upload.service.js';
import { KeyedLock } from '../../src/domain/keyed-lock.js';
import { LinksService } from '../../src/domain/links/links.service.js';
import { Limits } from '../../src/domain/limits/limits.js';
import type { BulkRepository } from '../../src/domain/library/bulk.ports.js';
import { BulkService } from '../../src/domain/library/bulk.service.js';
import type { AudioStore, PcmSource, SoundRepository } from '../../src/domain/library/library.ports.js';
import { CatalogueService } from '../../src/domain/library/catalogue.service.js';
import { LibraryService } from '../../src/domain/library/library.service.js';
import type { NewSound, Peaks, Sound } from '../../src/domain/library/library.types.js';
import { mustBeAsKnown } from '../../src/domain/library/meanwhile.js';
import { TaggingService } from '../../src/domain/tagging/tagging.service.js';
import type { TagRepository } from '../../src/domain/tagging/tagging.ports.js';
import { because } from '../../src/domain/reasons.js';
import { NO_EDITS } from '../../src/domain/tagging/vocabulary.js';
import { ClipShelf } from '../../src/domain/search/clip.shelf.js';
import { SuggestionService } from '../../src/domain/search/suggestions.js';
import type { BinRepository } from '../../src/domain/library/bin.ports.js';
import { BinService } from '../../src/domain/library/bin.service.js';
import { KeptExamples } from '../../src/domain/search/kept.examples.js';
import { QueryReader } from '../../src/domain/search/query.reader.js';
import type { HistoryEntry, SearchAnswer, SearchRequest } from '../../src/domain/search/search.types.js';
import { testJobs } from './jobs.js';
import { MemoryEvents } from './memory-events.js';
import type { AppDeps, HttpConfig, ServerSettings } from '../../src/http/deps.js';
import { forAll, openToAll } from './viewers.js';

const ANYONE = { viewer: EVERYTHING, ownerId: LOCAL_OWNER };

const unknownFolder = (): never => {
  throw new DomainError('not_found', 'There is no such folder.');
};

export const NOW = '2026-11-20T12:00:00.000Z';

const FAKE_MODEL: ModelInfo = {
  id: 'compact-clap',
  name: 'Compact CLAP',
  key: 'compact-clap@0123',
  dimension: 4,
  sampleRateHz: 48_000,
  windowS: 10,
  calibration: { mean: 0, std: 1, relevantZ: 2, slope: 1 },
  provider: 'cpu',
};

const FAKE_SETTINGS: ServerSettings = {
  workerConcurrency: { value: 2, variable: 'WORKER_CONCURRENCY' },
  maxUploadBytes: { value: 1e9, variable: 'MAX_UPLOAD_MB' },
  maxDurationS: { value: 3600, variable: 'MAX_DURATION_H' },
  executionProvider: { value: 'auto', variable: 'EXECUTION_PROVIDER' },
  idleUnloadS: { value: 600, variable: 'MODEL_IDLE_MINUTES' },
  binDays: { value: 30, variable: 'BIN_DAYS' },
  usageDays: { value: 365, variable: 'USAGE_DAYS' },
  hubEndpoint: { value: 'https://hub.example', variable: 'HF_ENDPOINT' },
  access: { value: 'open', variable: 'AUTH' },
  openToNetwork: false,
  logLevel: { value: 'info', variable: 'LOG_LEVEL' },
  maxTags: { value: 5, variable: null },
  minTagConfidence: { value: 0.5, variable: null },
  formats: ['WAV'],
};

const soundOf = (given: Partial<Sound> = {}): Sound => ({
  id: randomUUID(),
  soundKey: 1,
  filename: 'rain.wav',
  title: null,
  artist: null,
  artists: [],
  album: null,
  genre: null,
  description: null,
  author: null,
  licence: null,
  cover: null,
  albumArtist: null,
  albumKey: null,
  disc: null,
  track: null,
  recorded: null,
  tags: [],
  folders: [],
  inPlace: null,
  durationS: 2,
  sampleRateHz: 44_100,
  channels: 2,
  codec: 'pcm_s16le',
  bitRateKbps: 1411,
  bitsPerSample: 16,
  sizeBytes: 0,
  bpm: null,
  bpmSource: null,
  bpmConfidence: null,
  key: null,
  keySource: null,
  keyConfidence: null,
  kind: null,
  loudnessLufs: null,
  peakDb: null,
  brightnessHz: null,
  sha256: '0'.repeat(64),
  hearing: null,
  damaged: null,
  ownerId: LOCAL_OWNER,
  visibility: 'public',
  status: 'ready',
  error: null,
  createdAt: NOW,
  updatedAt: NOW,
  ...given,
});

/** A port whose every method answers later, as a database does: what forgets to wait for it shows. */
export const later = <Port extends object>(port: Port): Port =>
  new Proxy(port, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        await nextTurn();
        return (method as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });

/** Everything that the services need, in memory, with its state open to tests. */
export class FakeWorld {
  readonly sounds = new Map<string, Sound>();
  readonly binned = new Map<string, Sound>();
  readonly peaks = new Map<string, Peaks>();
  readonly jobs = new Map<string, Job>();
  readonly bytes = new Map<string, Buffer>();
  readonly queued: string[] = [];
  readonly discarded: string[] = [];
  readonly searched: SearchRequest[] = [];
  readonly forgotten: { soundIds: readonly string[] | null; rejected: boolean }[] = [];
  vocabularyEdits = NO_EDITS;
  history: HistoryEntry[] = [];
  logged: { level: string; fields: Record<string, unknown>; message: string }[] = [];
  queueIsDown = false;
  diskIsFull = false;
  answer: Partial<SearchAnswer> = {};
  readonly collections = new SqlCollectionRepository(storageOver(openDatabase(':memory:')));
  readonly origins = new SqlOriginRepository(storageOver(openDatabase(':memory:')));
  /** Covers by their ids. */
  readonly pictures = new Map<string, Uint8Array>();
  readonly covers = {
    get: (_: unknown, id: string): Promise<Uint8Array> => {
      const picture = this.pictures.get(id);
      return picture ? Promise.resolve(picture) : Promise.reject(notFound('cover', id));
    },
  };
  readonly folderTags = new SqlFolderTags(storageOver(openDatabase(':memory:')));
  readonly shelf = new ClipShelf();
  readonly events = new MemoryEvents();
  readonly work = testJobs(openDatabase(':memory:'), this.events);
  readonly #locks = new KeyedLock();

  /** Puts a sound with these bytes in the library. */
  add(content: string | Buffer, given: Partial<Sound> = {}): Sound {
    const bytes = Buffer.from(content);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const sound = soundOf({ sha256, sizeBytes: bytes.length, soundKey: this.sounds.size + 1, ...given });
    this.bytes.set(sha256, bytes);
    this.sounds.set(sound.id, sound);
    if (sound.status === 'ready') this.peaks.set(sound.id, { bucketS: 0.1, minMax: new Int8Array(64).fill(64) });
    return sound;
  }

  /** Changes a job as the worker would, and tells of it. */
  advance(jobId: string, change: Partial<Job>): void {
    this.jobs.set(jobId, { ...this.jobs.get(jobId)!, ...change });
    this.events.tell({ kind: 'job', jobId });
  }

  newJob(soundId: string, generation: number): Job {
    const job: Job = {
      id: jobIdFor(soundId, generation),
      soundId,
      owner: 'local',
      generation,
      state: 'queued',
      stage: 'waiting',
      progress: 0,
      attempts: 0,
      error: null,
      createdAt: NOW,
      startedAt: null,
      finishedAt: null,
    };
    this.jobs.set(job.id, job);
    return job;
  }

  /** The ports but the store, over this state. */
  ports(): { sounds: SoundRepository; jobs: JobRepository; queue: JobQueue; probe: AudioProbe; pcm: PcmSource } {
    const queue = {
      add: (jobId: string) => {
        if (this.queueIsDown) return Promise.reject(new DomainError('queue_unavailable', 'The queue is down.'));
        this.queued.push(jobId);
        return Promise.resolve();
      },
      remove: (jobId: string) => Promise.resolve(void this.queued.splice(this.queued.indexOf(jobId), 1)),
      ping: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const probe = {
      probe: (path: string) => {
        const head = this.bytes.get(`temporary ${path}`)?.subarray(0, 3).toString();
        if (head === 'txt') return Promise.reject(new DomainError('unsupported_media', 'This is text, not audio.'));
        if (head === 'bug') return Promise.reject(new Error('/secret/path: probe crashed'));
        return Promise.resolve({
          durationS: head === 'ano' ? 2 : 1,
          sampleRateHz: 8000,
          channels: 1,
          codec: 'pcm_s16le',
          bitRateKbps: 128,
          bitsPerSample: null,
          tracks: [0],
          lengthFrom: 'header' as const,
          strayShare: 0,
        });
      },
    };
    return {
      sounds: later(this.soundRepository()),
      jobs: later(this.jobRepository()),
      queue,
      probe,
      pcm: { open: (what) => Promise.resolve(Readable.from(this.pcmFrom(what))) },
    };
  }

  deps(
    given: Partial<AppDeps> & {
      settings?: Partial<HttpConfig>;
      maxUploadBytes?: number;
      maxWaiting?: number;
      oidc?: { provider: IdentityProvider; rules: OidcRules };
    } = {},
  ): AppDeps {
    const { settings, maxUploadBytes = 1e9, maxWaiting = 0, oidc, ...rest } = given;
    const locks = this.#locks;
    const store = this.store();
    const { queue, probe, pcm, ...ports } = this.ports();
    const [sounds, jobs] = [forAll(ports.sounds), forAll(ports.jobs)];
    const { events } = this;
    const bin = this.bin(store);
    const library = new LibraryService({ sounds, jobs, store, queue, pcm, bin, events });
    const bulk = new BulkService({ bulk: forAll(later(this.bulkRepository())), sounds, events });
    const folderTags = new FolderTagsService({ rules: later(this.folderTags), sounds, bulk });

    const lists = forAll(later(this.collections));
    const collections = new CollectionsService({ collections: lists, events });
    const collectionBin = new CollectionBinService({
      collections: lists,
      access: openToAll,
      keptDays: 30,
      events,
      leads: () => Promise.resolve(true),
      logger: this.logger(),
    });
    const usageLog = later(new SqlUsageLog(storageOver(openDatabase(':memory:'))));
    const { hasher, signer, userRepository: users, guard, links, ...people } = this.accounts();
    const { vouched } = people;
    const accounts = { ...people, oidc: oidc ? new OidcService({ ...oidc, vouched, users, signer }) : null };

    return {
      remote: new RemoteService({
        queue: {
          take: () => Promise.resolve(null),
          hold: () => Promise.resolve(false),
          finish: () => Promise.resolve(),
          again: () => Promise.resolve(),
        },
        jobs: ports.jobs,
        sounds: ports.sounds,
        store,
        activeModel: () => Promise.resolve({ id: 'fake', key: 'fake-1' }),
        notifier: { notify: () => undefined },
        program: 'of tests',
      }),
      accounts,
      links: new LinksService({
        links,
        library,
        collections,
        covers: this.covers,
        access: openToAll,
        users,
        hasher,
        signer,
        logger: this.logger(),
        guard,
      }),
      audit: this.audit(365).service,
      library,
      work: this.work,
      access: this.access(users),
      accessOf: openToAll,
      bulk,
      bin,
      collections,
      collectionBin,
      markers: new MarkersService({
        markers: later(new SqlMarkerRepository(storageOver(openDatabase(':memory:')))),
        library,
        events,
      }),
      origins: new OriginsService(forAll(later(this.origins))),
      folderTags,
      catalogue: new CatalogueService(forAll(later(new SqlCatalogue(storageOver(openDatabase(':memory:')))))),
      covers: this.covers,
      ratings: new RatingsService({
        ratings: forAll(later(new SqlRatingRepository(storageOver(openDatabase(':memory:'))))),
        events,
      }),
      savedSearches: new SavedSearchesService({
        saved: later(new SqlSavedSearchRepository(storageOver(openDatabase(':memory:')))),
        sounds,
        search: this.search(),
        events,
      }),
      copies: new CopiesService({ copies: forAll(later(this.copyRepository())), sounds }),
      uploads: new UploadService({
        store,
        probe,
        jobs,
        sounds,
        queue,
        bin,
        access: openToAll,
        locks,
        events,
        origins: later(this.origins),
        folderTags,
        maxUploadBytes,
        maxWaiting,
      }),
      search: this.search(),
      suggestions: new SuggestionService(
        forAll<Completions>({
          queries: () => [],
          values: (_, prefix, limit) => ['rain', 'rainbow'].filter((word) => word.startsWith(prefix)).slice(0, limit),
          names: () => [],
        }),
        [],
      ),
      clips: {
        embed: (_actor, _name, source) => this.embed(source),
        keep: async (_actor, name, source) => {
          const { vector, durationS } = await this.embed(source);
          return { clipId: this.shelf.keep({ name, vector }), name, durationS };
        },
      },
      analytics: new AnalyticsService({
        sounds,
        jobs,
        store,
        segments: forAll({ segmentCount: () => 7 }),
        index: {
          status: () => ({
            state: 'ready',
            progress: 1,
            segments: 7,
            sounds: 1,
            modelKey: FAKE_MODEL.key,
            seq: 0,
            memoryBytes: 100,
          }),
        },
        model: () => FAKE_MODEL,
        machine: () => ({ cpuCount: 2, cpuUse: 0.5, memoryBytes: 8e9, memoryFreeBytes: 4e9, processMemoryBytes: 1e8 }),
      }),
      usage: new UsageService({
        leads: () => Promise.resolve(true),
        log: usageLog,
        seen: forAll(usageLog),
        sounds,
        keptDays: 365,
        logger: this.logger(),
      }),
      models: {
        list: () => Promise.resolve([]),
        activity: () => Promise.resolve({ active: FAKE_MODEL.id, installs: [], switch: null }),
        startInstall: () => Promise.resolve(),
        cancelInstall: () => Promise.resolve(),
        use: () => Promise.resolve('active'),
        remove: () => Promise.resolve(),
      },
      switching: { pause: () => Promise.resolve(), resume: () => Promise.resolve(), cancel: () => Promise.resolve() },
      tagging: new TaggingService({
        jobs: this.work,
        tags: later(this.tagRepository()),
        seen: forAll(later(this.tagRepository())),
        segments: { changesSince: () => [], latestSeq: () => 0, segmentCount: () => 0, segmentsOf: () => [] },
        texts: { info: FAKE_MODEL, background: null, embedTexts: () => Promise.reject(new Error('not used')) },
        events,
        logger: this.logger(),
      }),
      folders: {
        roots: [],
        list: () => Promise.resolve([]),
        get: unknownFolder,
        add: () => Promise.reject(new DomainError('invalid_input', 'Importing from folders is turned off.')),
        change: unknownFolder,
        remove: () => Promise.resolve(),
        scan: unknownFolder,
        cancelScan: () => Promise.resolve(unknownFolder()),
        files: () => Promise.resolve([]),
        subfolders: () => Promise.resolve([]),
      },
      maintenance: {
        storage: () => Promise.reject(new Error('not used')),
        tasks: () => Promise.resolve([]),
        start: () => {
          throw new DomainError('conflict', 'Another task of maintenance is running.');
        },
        cancel: () => Promise.resolve(),
        backup: () => Promise.reject(new DomainError('not_found', 'There is no backup to download. Make one first.')),
      },
      backups: {
        status: () =>
          Promise.resolve({
            configured: false,
            encrypted: false,
            everyH: 24,
            keep: { days: 7, weeks: 4, months: 6 },
            items: [],
            ageS: null,
            overdue: false,
            problem: null,
          }),
        begin: () => Promise.reject(new DomainError('conflict', 'No place for backups is set.')),
      },
      telemetry: {
        recent: () => [],
        search: () => undefined,
        workers: () => ({ count: 1, stages: { model: { runs: 3, seconds: 1.5 } } }),
      },
      recall: { recall: 1 },
      timelines: { timeline: () => Promise.resolve([]) },
      flac: new FfmpegFlacEncoder(),
      spectrograms: {
        picture: () => Promise.reject(new Error('not used')),
        tile: () => Promise.reject(new Error('not used')),
      },
      modelsOf: () => [FAKE_MODEL.key],
      serverSettings: FAKE_SETTINGS,
      events,
      limits: new Limits(),
      checks: [{ name: 'database', check: () => Promise.resolve() }],
      config: {
        host: '127.0.0.1',
        auth: null,
        accounts: false,
        corsOrigins: [],
        allowedHosts: [],
        trustedProxies: { hops: 0 },
        proxyHeader: null,
        oidc: oidc ? { name: 'OpenID Connect' } : null,
        limits: { address: 12_000, user: 6_000, key: 3_000 },
        maxFollowers: 1000,
        staticDir: null,
        ...settings,
      },
      logger: this.logger(),
      pace: { heartbeatMs: 60_000, intervalMs: 1 },
      ...rest,
    };
  }

  get listeners(): number {
    return this.events.listeners;
  }

  /** One second and a bit of full scale; the second channel is half as loud. */
  private pcmFrom({ format, fromFrame }: Pick<Parameters<PcmSource['open']>[0], 'format' | 'fromFrame'>): Buffer[] {
    const { channels, rateHz, bits } = format;
    const samples = new Float32Array((rateHz + 10) * channels).fill(1).fill(-2, rateHz * channels);
    for (let at = 1; channels === 2 && at < samples.length; at += 2) samples[at]! /= 2;
    const left = samples.subarray(fromFrame * channels);
    return left.length === 0 ? [] : [Buffer.from(toPcm(left, bits))];
  }

  private logger(): AppDeps['logger'] {
    const log = (level: string) => (fields: object, message: string) =>
      void this.logged.push({ level, fields: fields as Record<string, unknown>, message });
    return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  }

  /** All sounds are copies of each other. */
  private copyRepository(): CopyRepository {
    const keys = (): number[] => [...this.sounds.values()].map(({ soundKey }) => soundKey);
    return {
      groups: () => [keys()],
      largest: (limit, offset) => ({
        groups: [{ keys: keys(), freeableBytes: 7 }].slice(offset, offset + limit),
        total: 1,
        extraSounds: keys().length - 1,
        freeableBytes: 7,
      }),
      groupOf: () => keys(),
      counts: () => new Map(),
    };
  }

  private tagRepository(): TagRepository {
    const names = (): string[] => [...this.sounds.values()].flatMap(({ tags }) => tags.map(({ name }) => name));
    return {
      edits: () => this.vocabularyEdits,
      saveEdits: (edits) => void (this.vocabularyEdits = edits),
      stale: () => ({ sounds: [], cursor: null }),
      staleAmong: () => [],
      save: () => [],
      forget: (soundIds, { rejected }) => {
        this.forgotten.push({ soundIds, rejected });
        return (soundIds ?? []).filter((id) => !this.sounds.has(id));
      },
      progress: () => ({ ready: this.sounds.size, tagged: 0 }),
      counts: (prefix, limit) => {
        const items = [...new Set(names())]
          .filter((name) => name.startsWith(prefix))
          .map((name) => ({ name, sounds: 1, bySource: { file: 0, auto: 1, user: 0 } }));
        return { items: items.slice(0, limit), total: items.length };
      },
    };
  }

  private search(): AppDeps['search'] {
    const answerFor = (query: string): SearchAnswer => ({
      query,
      model: FAKE_MODEL.id,
      tookMs: 3,
      total: this.sounds.size,
      fitting: this.sounds.size,
      moreFit: false,
      verdict: 'good',
      wordsOnly: null,
      results: [...this.sounds.values()].map((sound) => ({
        sound,
        copies: 0,
        score: 0.4,
        relevance: 0.9,
        fits: true,
        notes: [],
        matches: [{ startS: 0, endS: 2, score: 0.4 }],
        reasons: [{ code: 'sounds_like', text: 'it', message: 'Sounds like "it"' }],
      })),
      ...this.answer,
    });
    const searchFor = (request: SearchRequest): SearchAnswer => {
      this.searched.push(request);
      return answerFor(request.text.map(({ text }) => text).join(' '));
    };
    return {
      read: (_actor, typed, timeZone) => this.reader().read({ ...ANYONE, timeZone }, typed, () => 1),
      repeatable: async (_actor, _asked, ask) => {
        const { request, make } = await ask((typed, timeZone) =>
          this.reader().read({ ...ANYONE, timeZone }, typed, () => 1),
        );
        return { answer: make(searchFor(request)), tookMs: 3 };
      },
      search: (_actor, request) => Promise.resolve(searchFor(request)),
      similar: (_actor, soundId) => Promise.resolve(answerFor(soundId)),
      moments: () => Promise.resolve([{ startS: 0.5, endS: 1.5, score: 0.4 }]),
      history: (_actor, limit) => Promise.resolve(this.history.slice(0, limit)),
      deleteHistory: (_actor, id) => {
        const before = this.history.length;
        this.history = id === undefined ? [] : this.history.filter((entry) => entry.id !== id);
        return Promise.resolve(this.history.length < before);
      },
    };
  }

  private reader(): QueryReader {
    const heard = [{ startS: 0, endS: 2, vector: new Float32Array(4) }];
    const sounds = forAll(this.soundRepository());
    return new QueryReader({
      sounds,
      examples: new KeptExamples({ sounds, segments: { segmentsOf: () => heard }, texts: { info: FAKE_MODEL } }),
      clips: this.shelf,
      aspects: { of: () => Promise.resolve(null) },
    });
  }

  bin(store = this.store()): BinService {
    const { sounds, jobs, queue } = this.ports();
    return new BinService({
      work: this.work,
      bin: forAll(later(this.binRepository())),
      access: openToAll,
      sounds: forAll(sounds),
      jobs,
      store,
      queue,
      locks: this.#locks,
      reserve: { use: async (work) => work(), fill: () => Promise.resolve() },
      keptDays: 30,
      logger: this.logger(),
      events: this.events,
    });
  }

  /** Of sounds and collections of a database of their own. */
  private access(users: Pick<UserRepository, 'list'>): AccessService {
    const access = later(new SqlAccessRepository(storageOver(openDatabase(':memory:'))));
    return new AccessService({ access, users, events: this.events, newSounds: 'public' });
  }

  audit(keptDays: number): { service: AuditService; log: SqlAuditLog } {
    const log = new SqlAuditLog(storageOver(openDatabase(':memory:')));
    const leads = (): Promise<boolean> => Promise.resolve(true);
    return { service: new AuditService({ log: later(log), keptDays, leads, logger: this.logger() }), log };
  }

  /** Passwords are not hashed, and wrong ones answered at once. */
  accounts(now: () => number = Date.now) {
    const sql = storageOver(openDatabase(':memory:'));
    const users = later(new SqlUserRepository(sql));
    const keys = later(new SqlKeyRepository(sql));
    const hasher = {
      hash: (password: string) => Promise.resolve(`hash of ${password}`),
      verify: (hash: string | null, password: string) => Promise.resolve(hash === `hash of ${password}`),
    };
    const guard = new SignInGuard({ now, pause: () => Promise.resolve() });
    const sessions = later(new SqlSessionRepository(sql));
    const signer = new JwtSigner();
    return {
      users: new AccountsService({ users, hasher, events: this.events }),
      signIn: new SignInService({ users, sessions, keys, hasher, signer, guard, logger: this.logger() }),
      keys: new KeysService({ keys }),
      vouched: new VouchedService({
        users,
        identities: later(new SqlIdentityRepository(sql)),
        hasher,
        logger: this.logger(),
      }),
      links: later(new SqlLinkRepository(sql)),
      userRepository: users,
      hasher,
      signer,
      guard,
    };
  }

  private async embed(source: Readable): Promise<{ vector: Float32Array; durationS: number }> {
    const bytes = Buffer.concat(await source.toArray());
    if (bytes.toString().startsWith('txt')) throw new DomainError('unsupported_media', 'This is text, not audio.');
    return { vector: Float32Array.from([bytes.length, 0, 0, 0]), durationS: 1 };
  }

  /** A store whose received files lie under `temporary …` until they are kept. */
  store(): AudioStore {
    return {
      receive: async (source, maxBytes) => {
        if (this.diskIsFull) throw new DomainError('storage_full', 'The disk is full.');
        const chunks: Buffer[] = [];
        let sizeBytes = 0;
        for await (const chunk of source as AsyncIterable<Buffer>) {
          sizeBytes += chunk.length;
          if (sizeBytes > maxBytes) throw new DomainError('too_large', 'The file is too large.');
          chunks.push(chunk);
        }
        const bytes = Buffer.concat(chunks);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        this.bytes.set(`temporary ${sha256}`, bytes);
        return {
          sha256,
          sizeBytes,
          withLocalFile: (use) => use(sha256),
          keep: () => Promise.resolve(void this.bytes.set(sha256, bytes)),
          discard: () => Promise.resolve(void this.discarded.push(sha256)),
        };
      },
      withLocalFile: (sha256, use) => use(sha256),
      has: (sha256) => Promise.resolve(this.bytes.has(sha256)),
      check: (sha256) =>
        this.bytes.has(sha256)
          ? Promise.resolve()
          : Promise.reject(new DomainError('not_found', because('stored_file_missing_mend'))),
      read: (sha256, range) =>
        Promise.resolve(
          Readable.from([this.bytes.get(sha256)!.subarray(range?.start ?? 0, range ? range.end + 1 : undefined)]),
        ),
      remove: (sha256) => Promise.resolve(void this.bytes.delete(sha256)),
      sweep: () => Promise.resolve(),
      freeBytes: () => Promise.resolve(1e10),
      ping: () => Promise.resolve(),
    };
  }

  private soundRepository(): SoundRepository {
    const all = (): Sound[] => [...this.sounds.values()];
    return {
      get: (id) => this.sounds.get(id) ?? null,
      several: (ids) => ids.flatMap((id) => this.sounds.get(id) ?? []),
      findBySha256: (sha256) => all().find((sound) => sound.sha256 === sha256) ?? null,
      getByKeys: (keys) => all().filter(({ soundKey }) => keys.includes(soundKey)),
      list: ({ limit }) => ({ items: all().slice(0, limit), nextCursor: null, total: this.sounds.size }),
      ids: ({ limit }) => ({
        ids: all()
          .slice(0, limit)
          .map(({ id }) => id),
        total: this.sounds.size,
      }),
      places: () => ({
        places: all().map(({ createdAt }, offset) => ({ offset, value: createdAt })),
        total: all().length,
      }),
      inOrder: (keys) => [...keys],
      keysMatching: () => null,
      hidden: () => [],
      update: (id, { tags, ...patch }, known = {}) => {
        const sound = this.sounds.get(id);
        if (!sound) return null;
        mustBeAsKnown(sound, known);
        const own = tags?.map((name) => ({ name, score: null, source: 'user' as const })) ?? sound.tags;
        const changed = { ...sound, ...patch, tags: own } as Sound;
        this.sounds.set(id, changed);
        return changed;
      },
      peaks: (id) => this.peaks.get(id) ?? null,
      keptBytes: () => 4,
      counts: () => ({
        total: this.sounds.size,
        ready: this.sounds.size,
        processing: 0,
        failed: 0,
        durationS: 2,
        sizeBytes: 4,
      }),
      allIds: () => [...this.sounds.keys()],
    };
  }

  private binRepository(): BinRepository {
    const all = (): Sound[] => [...this.sounds.values(), ...this.binned.values()];
    const move = (ids: readonly string[], from: Map<string, Sound>, to: Map<string, Sound>): string[] =>
      ids.filter((id) => {
        const sound = from.get(id);
        if (sound) to.set(id, sound);
        return from.delete(id);
      });
    return {
      put: (ids) => move(ids, this.sounds, this.binned),
      list: ({ limit }) => ({
        items: [...this.binned.values()].slice(0, limit).map((sound) => ({ sound, deletedAt: NOW })),
        nextCursor: null,
        total: this.binned.size,
      }),
      sums: () => ({ sounds: this.binned.size, bytes: 4 * this.binned.size }),
      findBySha256: (sha256) => [...this.binned.values()].find((sound) => sound.sha256 === sha256) ?? null,
      ids: (limit) => [...this.binned.keys()].slice(0, limit),
      hashes: () => [...this.binned.values()].map(({ sha256 }) => sha256),
      restore: (ids) => ({ restored: move(ids, this.binned, this.sounds), openJobs: [], unheard: [] }),
      hashesOf: (ids) => all().flatMap(({ id, sha256 }) => (ids.includes(id) ? [sha256] : [])),
      erase: (ids, from) => {
        const gone = all().filter(({ id }) => ids.includes(id) && (from === 'anywhere' || this.binned.has(id)));
        for (const { id } of gone) {
          this.sounds.delete(id);
          this.binned.delete(id);
          this.peaks.delete(id);
          for (const job of this.jobs.values()) if (job.soundId === id) this.jobs.delete(job.id);
        }
        return gone.map((sound) => ({ ...sound, storedBytes: sound.sizeBytes }));
      },
      isUsed: (sha256) => all().some((sound) => sound.sha256 === sha256),
      used: (hashes) => hashes.filter((sha256) => all().some((sound) => sound.sha256 === sha256)),
      leftovers: () => [],
      noteLeftover: () => undefined,
      forgetLeftovers: () => undefined,
    };
  }

  private bulkRepository(): BulkRepository {
    const sounds = this.soundRepository();
    return {
      changeTags: async (ids, { add }) => {
        for (const id of ids) await sounds.update(id, { tags: [...add] });
        const done = ids.filter((id) => this.sounds.has(id));
        const undo = [{ ids: done, add: [], remove: [...add], ownOnly: true as const }];
        return { done, notFound: ids.filter((id) => !this.sounds.has(id)), fromFile: [], full: [], undo };
      },
      changeFields: async (ids, patch) => {
        for (const id of ids) await sounds.update(id, patch);
        return {
          done: ids.filter((id) => this.sounds.has(id)),
          notFound: ids.filter((id) => !this.sounds.has(id)),
          undo: [],
        };
      },
    };
  }

  private jobRepository(): JobRepository {
    const latestFor = (soundId: string): Job | null =>
      [...this.jobs.values()].filter((job) => job.soundId === soundId).at(-1) ?? null;
    return {
      accept: (sound: NewSound) => {
        const existing = [...this.sounds.values()].find(({ sha256 }) => sha256 === sound.sha256);
        if (existing) return { kind: 'duplicate', soundId: existing.id };
        this.sounds.set(sound.id, soundOf({ ...sound, soundKey: this.sounds.size + 1, status: 'processing' }));
        return { kind: 'accepted', job: this.newJob(sound.id, 1) };
      },
      room: () => ({ bytes: Infinity }),
      get: (jobId) => this.jobs.get(jobId) ?? null,
      several: (jobIds) => jobIds.flatMap((id) => this.jobs.get(id) ?? []),
      latestFor,
      openOf: (soundIds) => soundIds.flatMap((id) => latestFor(id) ?? []).filter(isUnfinished),
      historyOf: (soundId) => [...this.jobs.values()].filter((job) => job.soundId === soundId).reverse(),
      restart: (soundId) =>
        this.sounds.has(soundId) ? this.newJob(soundId, (latestFor(soundId)?.generation ?? 0) + 1) : null,
      replace: (soundId, bytes) => {
        const sound = this.sounds.get(soundId);
        if (!sound) return null;
        this.sounds.set(soundId, { ...sound, ...bytes, status: 'processing' });
        return this.newJob(soundId, (latestFor(soundId)?.generation ?? 0) + 1);
      },
      unfinished: () => [...this.jobs.values()].filter(({ state }) => state === 'queued' || state === 'active'),
      restartWithoutModel: () => 0,
      start: (jobId) => this.jobs.get(jobId) ?? null,
      progress: () => undefined,
      retryLater: () => undefined,
      complete: () => true,
      fail: (jobId, error) => void this.jobs.set(jobId, { ...this.jobs.get(jobId)!, state: 'failed', error }),
      cancel: (jobId) => void this.jobs.set(jobId, { ...this.jobs.get(jobId)!, state: 'failed', error: 'Cancelled.' }),
      waiting: (atMost) => Math.min(atMost, this.queued.length),
      counts: () => ({ queued: this.queued.length, active: 0, completed: 0, failed: 0 }),
    };
  }
}
