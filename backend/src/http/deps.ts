import type { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import type { AccessRepository } from '../domain/accounts/access.ports.js';
import type { AccessService } from '../domain/accounts/access.service.js';
import type { AccountsService } from '../domain/accounts/accounts.service.js';
import type { Actor } from '../domain/accounts/actor.js';
import type { KeysService } from '../domain/accounts/keys.service.js';
import type { SignInService } from '../domain/accounts/sign-in.service.js';
import type { AuditService } from '../domain/audit/audit.service.js';
import type { OidcService } from '../domain/accounts/oidc.service.js';
import type { Role } from '../domain/accounts/accounts.types.js';
import type { VouchedService } from '../domain/accounts/vouched.service.js';
import type { AnalyticsService } from '../domain/analytics/analytics.service.js';
import type { UsageService } from '../domain/analytics/usage.service.js';
import type { FolderTagsService } from '../domain/library/folder-tags.service.js';
import type { OriginsService } from '../domain/library/origins.js';
import type { RatingsService } from '../domain/personal/ratings.service.js';
import type { SavedSearchesService } from '../domain/personal/saved-searches.service.js';
import type { Awaitable } from '../domain/awaitable.js';
import type { CollectionBinService } from '../domain/collections/collection-bin.service.js';
import type { CollectionsService } from '../domain/collections/collections.service.js';
import type { CopiesService } from '../domain/copies/copies.service.js';
import type { DomainError } from '../domain/errors.js';
import type { FoldersService } from '../domain/folders/folders.service.js';
import type { EventLog } from '../domain/events.js';
import type { JobsService } from '../domain/jobs/jobs.service.js';
import type { RemoteService } from '../domain/ingest/remote.service.js';
import type { UploadService } from '../domain/ingest/upload.service.js';
import type { BackupsService } from '../domain/backups/backups.service.js';
import type { BinService } from '../domain/library/bin.service.js';
import type { BulkService } from '../domain/library/bulk.service.js';
import type { FlacEncoder } from '../domain/library/library.ports.js';
import type { LibraryService } from '../domain/library/library.service.js';
import type { CatalogueService } from '../domain/library/catalogue.service.js';
import type { CoversService } from '../domain/library/covers.service.js';
import type { SpectrogramService } from '../domain/library/spectrogram.service.js';
import type { Limits } from '../domain/limits/limits.js';
import type { LinksService } from '../domain/links/links.service.js';
import type { Log } from '../domain/log.js';
import type { MaintenanceService } from '../domain/maintenance/maintenance.service.js';
import type { MarkersService } from '../domain/markers/markers.service.js';
import type { ModelsService } from '../domain/models/models.service.js';
import type { SwitchService } from '../domain/models/switch.service.js';
import type { TelemetryService } from '../domain/telemetry/telemetry.service.js';
import type { TaggingService } from '../domain/tagging/tagging.service.js';
import type { TimelineService } from '../domain/tagging/timeline.service.js';
import type { SentClip } from '../domain/search/clip.service.js';
import type { ReadQuery } from '../domain/search/query.reader.js';
import type { RecallProbe } from '../domain/search/recall.probe.js';
import type { SearchService } from '../domain/search/search.service.js';
import type { SuggestionService } from '../domain/search/suggestions.js';
import type { Tracing } from '../domain/tracing.js';
import type { z } from '@hono/zod-openapi';
import type { settingsSchema } from './schemas/maintenance.js';
import type { HistoryEntry, Match, SearchAnswer, SearchRequest } from '../domain/search/search.types.js';

/** What the routes need of the search service. */
interface Searching {
  /** What a text of the search box means. */
  read(actor: Actor, typed: string, timeZone: string): Promise<ReadQuery>;
  search(actor: Actor, request: SearchRequest): Promise<SearchAnswer>;
  /** A search that may be asked again in the same words: what is made of its answer is made once. */
  repeatable: SearchService['repeatable'];
  similar: SearchService['similar'];
  /** Where in one sound what was typed can be heard, best first. */
  moments(actor: Actor, soundId: string, typed: string): Promise<Match[]>;
  history(actor: Actor, limit: number): Promise<HistoryEntry[]>;
  /** One entry, or all without an id. False when there is no such entry. */
  deleteHistory(actor: Actor, id?: number): Promise<boolean>;
}

/** What the routes need of the tagging service. */
type Tagging = Pick<TaggingService, 'counts' | 'vocabulary' | 'changeVocabulary' | 'retag'>;

/** What the routes need of the clip service: an uploaded sound as a query. */
export interface Clips {
  embed(
    actor: Actor,
    filename: string,
    source: Readable,
    signal?: AbortSignal,
  ): Promise<{ vector: Float32Array; durationS: number }>;
  /** Keeps it for a while under an id that can stand in a text. */
  keep(actor: Actor, filename: string, source: Readable, signal?: AbortSignal): Promise<SentClip>;
}

export interface ReadinessCheck {
  name: string;
  /** Rejects with a reason for people (a DomainError) when the part is not ready. */
  check(): Promise<void>;
}

/** The settings that concern HTTP; `Config` has them all. */
export interface HttpConfig {
  host: string;
  /** `user:password`, or null for no password. */
  auth: string | null;
  /** Whether people have accounts of their own. */
  accounts: boolean;
  corsOrigins: readonly string[];
  /** Names besides those of this machine under which the server answers; `*.example.org` stands for all below it. */
  allowedHosts: readonly string[];
  /** Whose `X-Forwarded-For` is believed: that of so many proxies in front, or of those with these addresses. */
  trustedProxies: { hops: number } | { ranges: readonly string[] };
  /** The header by which a trusted proxy names who sits behind it, and what those are at first; null without one. */
  proxyHeader: { name: string; role: Role | null } | null;
  /** What the provider of OpenID Connect is called; null without one. */
  oidc: { name: string } | null;
  /** Requests in a minute; 0: as many as they like. */
  limits: { address: number; user: number; key: number };
  /** Streams of events that may be open at a time. */
  maxFollowers: number;
  /** Folder of the built pages, or null to serve the API alone. */
  staticDir: string | null;
}

/** What is configured, for people to read; a variable is null where nothing in the environment changes it. */
export type ServerSettings = z.infer<typeof settingsSchema>;

export interface AppDeps {
  audit: Pick<AuditService, 'note' | 'list' | 'all'>;
  accounts: {
    users: AccountsService;
    signIn: SignInService;
    keys: KeysService;
    vouched: Pick<VouchedService, 'byProxy'>;
    /** Null where no provider is set. */
    oidc: OidcService | null;
  };
  access: Pick<
    AccessService,
    'people' | 'of' | 'changeSounds' | 'changeCollection' | 'rules' | 'setRule' | 'deleteRule'
  >;
  /** Who may hear of what, for events. */
  accessOf: Pick<AccessRepository, 'ofSounds' | 'ofCollections'>;
  library: LibraryService;
  bulk: BulkService;
  bin: Pick<BinService, 'keptDays' | 'list' | 'goesAt' | 'mayErase' | 'delete' | 'restore' | 'empty'>;
  collections: CollectionsService;
  collectionBin: Pick<
    CollectionBinService,
    'list' | 'goesAt' | 'mayErase' | 'delete' | 'restore' | 'restoreAll' | 'empty'
  >;
  copies: Pick<CopiesService, 'copiesOf' | 'duplicates'>;
  uploads: UploadService;
  search: Searching;
  clips: Clips;
  suggestions: Pick<SuggestionService, 'suggest'>;
  remote: Pick<RemoteService, 'wanted' | 'take' | 'audio' | 'report' | 'complete' | 'end'>;
  work: Pick<JobsService, 'list' | 'get' | 'several' | 'cancel' | 'retry' | 'oldestWaitS'>;
  analytics: AnalyticsService;
  usage: Pick<UsageService, 'usage' | 'played' | 'recentlyPlayed' | 'forget'>;
  links: LinksService;
  ratings: RatingsService;
  origins: OriginsService;
  folderTags: FolderTagsService;
  savedSearches: SavedSearchesService;
  markers: MarkersService;
  models: Pick<ModelsService, 'list' | 'activity' | 'startInstall' | 'cancelInstall' | 'use' | 'remove'>;
  switching: Pick<SwitchService, 'pause' | 'resume' | 'cancel'>;
  tagging: Tagging;
  timelines: Pick<TimelineService, 'timeline'>;
  folders: Pick<
    FoldersService,
    'roots' | 'list' | 'get' | 'add' | 'change' | 'remove' | 'scan' | 'cancelScan' | 'files' | 'subfolders'
  >;
  maintenance: Pick<MaintenanceService, 'storage' | 'tasks' | 'start' | 'cancel' | 'backup'>;
  backups: Pick<BackupsService, 'status' | 'begin'>;
  telemetry: Pick<TelemetryService, 'recent' | 'search' | 'workers'>;
  recall: Pick<RecallProbe, 'recall'>;
  flac: FlacEncoder;
  spectrograms: Pick<SpectrogramService, 'picture' | 'tile'>;
  catalogue: Pick<CatalogueService, 'artists' | 'albums'>;
  covers: Pick<CoversService, 'get'>;
  /** Keys of the models that a sound has vectors of. */
  modelsOf: (soundId: string) => Awaitable<string[]>;
  serverSettings: ServerSettings;
  events: EventLog;
  limits: Pick<Limits, 'take'>;
  checks: readonly ReadinessCheck[];
  config: HttpConfig;
  logger: Log;
  /** Who asks, for tests; otherwise whoever the token is of, or the person at this machine where there are no accounts. */
  actorOf?: (request: Request) => Actor;
  /** What an error of a part below means for people: the error itself where that is not known. */
  meaningOf?: (error: unknown) => unknown;
  /** Null where nobody wants traces. */
  tracing?: Tracing | null;
  /** Pace of server-sent events; the defaults suit people, tests take shorter ones. */
  pace?: { heartbeatMs: number; intervalMs: number };
}

/** A limit, and what is left of it. */
export interface Quota {
  name: 'address' | 'user' | 'key';
  most: number;
  left: number;
  resetS: number;
}

/** Values that middleware leaves for handlers. */
export interface AppEnv {
  /** The socket, where there is one. */
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    /** Who asks; not there in what runs before that is known, nor where nobody need be known. */
    actor: Actor;
    /** The account at which a wrong password was tried. */
    account: string;
    /** Whether the token of whoever asks is good for nothing any more; not there where no token is needed. */
    isOver: () => Promise<boolean>;
    /** Nothing but spaces came where JSON was announced. */
    bodyIsEmpty: boolean;
    /** Why a token that was sent is good for nothing. */
    refusal: DomainError;
    /** What whoever asks has left, of each limit that they come under. */
    quotas: readonly Quota[];
    /** The request came from a trusted proxy, itself. */
    throughProxy: boolean;
    /** Address of the client. */
    client: string;
    /** A page of another site made the browser ask. */
    foreign: boolean;
  };
}
