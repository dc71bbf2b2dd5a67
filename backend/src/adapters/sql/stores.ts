import { EVERYTHING, nameOfViewer, type Seen, type Viewer } from '../../domain/accounts/viewer.js';
import type {
  IdentityRepository,
  KeyRepository,
  SessionRepository,
  UserRepository,
} from '../../domain/accounts/accounts.ports.js';
import type { AccessRepository } from '../../domain/accounts/access.ports.js';
import type { AnalysisRepository } from '../../domain/analysis/analysis.ports.js';
import type { AuditLog } from '../../domain/audit/audit.ports.js';
import type { UsageLog } from '../../domain/analytics/usage.ports.js';
import type { CollectionRepository } from '../../domain/collections/collections.ports.js';
import type { FolderRepository } from '../../domain/folders/folders.ports.js';
import type { JobRepository } from '../../domain/ingest/ingest.ports.js';
import type { JobStore } from '../../domain/jobs/jobs.ports.js';
import type { BinRepository } from '../../domain/library/bin.ports.js';
import type { BulkRepository } from '../../domain/library/bulk.ports.js';
import type { CoverRepository } from '../../domain/library/covers.ports.js';
import type { SoundRepository } from '../../domain/library/library.ports.js';
import type { LinkRepository } from '../../domain/links/links.ports.js';
import type { MarkerRepository } from '../../domain/markers/markers.ports.js';
import type { ModelState } from '../../domain/models/models.ports.js';
import type { FolderTagsRepository } from '../../domain/library/folder-tags.ports.js';
import type { PlacedFiles } from '../../domain/library/placed.ports.js';
import type { OriginRepository } from '../../domain/library/origins.js';
import type { RatingRepository, SavedSearchRepository } from '../../domain/personal/personal.ports.js';
import type { SearchLog } from '../../domain/search/search.ports.js';
import type { VectorSets } from '../../domain/search/vector-sets.ports.js';
import type { TagRepository } from '../../domain/tagging/tagging.ports.js';
import { SqlAccessRepository } from './access.repository.js';
import { SqlAnalysisRepository } from './analysis.repository.js';
import { SqlAuditLog } from './audit.log.js';
import { SqlBinRepository } from './bin.repository.js';
import { SqlBulkRepository } from './bulk.repository.js';
import { SqlCoverRepository } from './cover.repository.js';
import { SqlCollectionRepository } from './collection.repository.js';
import { LruCache } from '../../domain/lru-cache.js';
import type { Storage } from './dialect.js';
import { SqlFolderRepository } from './folder.repository.js';
import { SqlFolderTags } from './folder-tags.repository.js';
import { SqlIdentityRepository } from './identity.repository.js';
import { SqlJobRepository } from './job.repository.js';
import { SqlJobStore } from './job.store.js';
import { SqlKeyRepository } from './key.repository.js';
import { SqlLinkRepository } from './link.repository.js';
import { SqlMarkerRepository } from './marker.repository.js';
import { SqlModelState } from './model.state.js';
import { SqlOriginRepository } from './origin.repository.js';
import { SqlPlacedFiles } from './placed.repository.js';
import { SqlRatingRepository } from './rating.repository.js';
import { SqlSavedSearchRepository } from './saved-search.repository.js';
import { SqlSearchLog } from './search.log.js';
import { SqlSessionRepository } from './session.repository.js';
import { SqlSoundRepository } from './sound.repository.js';
import { SqlTagRepository } from './tag.repository.js';
import { SqlUserRepository } from './user.repository.js';
import { SqlUsageLog } from './usage.log.js';
import { SqlVectorSets } from './vector.sets.js';

const MOST_VIEWERS = 500;

export interface StoreSettings {
  /** Whether searches are remembered at all. */
  recordSearches: boolean;
}

/** Everything that is written to, over one storage, as a viewer has it. */
export const storesOver = (sql: Storage, { recordSearches }: StoreSettings, viewer: Viewer = EVERYTHING) => ({
  access: new SqlAccessRepository(sql),
  analyses: new SqlAnalysisRepository(sql),
  audit: new SqlAuditLog(sql),
  bin: new SqlBinRepository(sql, viewer),
  bulk: new SqlBulkRepository(sql, viewer),
  covers: new SqlCoverRepository(sql, viewer),
  collections: new SqlCollectionRepository(sql, viewer),
  folders: new SqlFolderRepository(sql),
  folderTags: new SqlFolderTags(sql),
  identities: new SqlIdentityRepository(sql),
  jobs: new SqlJobRepository(sql, viewer),
  keys: new SqlKeyRepository(sql),
  links: new SqlLinkRepository(sql),
  markers: new SqlMarkerRepository(sql),
  models: new SqlModelState(sql),
  origins: new SqlOriginRepository(sql, viewer),
  placed: new SqlPlacedFiles(sql),
  ratings: new SqlRatingRepository(sql, viewer),
  savedSearches: new SqlSavedSearchRepository(sql),
  searches: new SqlSearchLog(sql, recordSearches, viewer),
  sessions: new SqlSessionRepository(sql),
  sounds: new SqlSoundRepository(sql, viewer),
  tags: new SqlTagRepository(sql, viewer),
  usage: new SqlUsageLog(sql, viewer),
  users: new SqlUserRepository(sql),
  vectorSets: new SqlVectorSets(sql),
  work: new SqlJobStore(sql, viewer),
});

type Local = ReturnType<typeof storesOver>;
export type StoreName = keyof Local;

/** The methods that write. One forgotten here would be refused by the connection that only reads. */
const WRITES = {
  access: ['changeSounds', 'changeCollection', 'setRule', 'deleteRule'],
  analyses: ['save'],
  audit: ['add', 'prune'],
  bin: ['put', 'restore', 'erase', 'noteLeftover', 'forgetLeftovers'],
  bulk: ['changeTags', 'changeFields'],
  collections: ['create', 'update', 'put', 'restore', 'erase', 'add', 'remove', 'move'],
  covers: ['forgetUnused'],
  folderTags: ['set', 'delete'],
  folders: ['add', 'change', 'remove', 'beginScan', 'endScan', 'record', 'forget', 'unplug', 'rename'],
  identities: ['add'],
  jobs: [
    'accept',
    'restart',
    'restartWithoutModel',
    'replace',
    'start',
    'progress',
    'retryLater',
    'complete',
    'fail',
    'cancel',
  ],
  keys: ['add', 'revoke', 'used'],
  links: ['add', 'revoke', 'opened', 'dropExpired'],
  markers: ['add', 'change', 'delete'],
  models: [
    'setActive',
    'choose',
    'requestSwitch',
    'beginSwitch',
    'setSwitchState',
    'cancelSwitch',
    'addMissingJobs',
    'commitSwitch',
    'dropForeignSegments',
    'startJob',
    'completeJob',
    'requeueJob',
    'failJob',
  ],
  origins: ['add'],
  placed: ['put', 'refuse', 'restamp', 'gone', 'settle', 'drop', 'release', 'kept', 'putAway', 'embedAgain'],
  ratings: ['change'],
  savedSearches: ['save', 'update', 'delete'],
  searches: ['record', 'recordAll', 'delete', 'clear'],
  sessions: ['add', 'rotate', 'end', 'dropExpired'],
  sounds: ['update'],
  tags: ['saveEdits', 'save', 'forget'],
  usage: ['recordPlay', 'forget', 'prune'],
  users: ['addFirst', 'add', 'change', 'setPassword', 'delete', 'seen', 'setupToken', 'signingKey', 'renewSigningKey'],
  vectorSets: ['add', 'activate', 'advance', 'rewind', 'forget'],
  work: ['begin', 'report', 'finish', 'dismiss', 'release', 'askToCancel', 'forget', 'lease', 'letGo'],
} as const satisfies { [Name in StoreName]: readonly (keyof Local[Name])[] };

/** The stores as the domain gets them: by their ports, which say of nothing when its answer comes. */
export interface Stores {
  access: AccessRepository;
  analyses: AnalysisRepository;
  audit: AuditLog;
  bin: BinRepository;
  bulk: BulkRepository;
  collections: CollectionRepository;
  covers: CoverRepository;
  folders: FolderRepository;
  folderTags: FolderTagsRepository;
  jobs: JobRepository;
  identities: IdentityRepository;
  keys: KeyRepository;
  links: LinkRepository;
  markers: MarkerRepository;
  models: ModelState;
  origins: OriginRepository;
  placed: PlacedFiles;
  ratings: RatingRepository;
  savedSearches: SavedSearchRepository;
  searches: SearchLog;
  sessions: SessionRepository;
  sounds: SoundRepository;
  tags: TagRepository;
  usage: UsageLog;
  users: UserRepository;
  vectorSets: VectorSets;
  work: JobStore;
}

/** One write: a method of a store with what it is given. */
export interface WriteCall {
  /** In whose name. */
  viewer: Viewer;
  store: StoreName;
  method: string;
  args: unknown[];
}

/** Where writes are done. */
export interface Writer {
  /** @throws DomainError `busy` when other processes write without a pause; whatever the method throws */
  write(call: WriteCall): Promise<unknown>;
  /** Ends after the writes that are under way. */
  close(): Promise<void>;
}

/** Runs a write on stores of this thread. */
export function perform(stores: Seen<Local>, { viewer, store, method, args }: WriteCall): unknown {
  const target = stores(viewer)[store] as unknown as Record<string, (...args: unknown[]) => unknown>;
  return target[method]!(...args);
}

/** The stores of each viewer: made when they are asked for, and kept for those who ask again. */
export function seenStores<T>(make: Seen<T>): Seen<T> {
  const everything = make(EVERYTHING);
  const kept = new LruCache<string, T>(MOST_VIEWERS);
  return (viewer) => {
    if (viewer.id === null) return everything;
    const name = nameOfViewer(viewer);
    const known = kept.get(name);
    if (known) return known;
    const made = make(viewer);
    kept.set(name, made);
    return made;
  };
}

/** Stores that read over this connection and leave their writes to a writer. */
export function openStores(local: Local, writer: Writer, viewer: Viewer = EVERYTHING): Stores {
  const names = Object.keys(WRITES) as StoreName[];
  return Object.fromEntries(
    names.map((store) => {
      const writes = WRITES[store].map((method) => [
        method,
        (...args: unknown[]) => writer.write({ viewer, store, method, args }),
      ]);
      return [store, Object.assign(Object.create(local[store]) as object, Object.fromEntries(writes))];
    }),
  ) as unknown as Stores;
}
