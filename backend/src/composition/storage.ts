import {
  onlyRead,
  openDatabase,
  openStores,
  PatientWriter,
  PgVectorIndex,
  PostgresStorage,
  PostgresUpkeep,
  refuseHalfMoved,
  SqlCatalogue,
  SqlChangeCounter,
  SqlCompletions,
  SqlCopyRepository,
  SqlDescribedSounds,
  SqlKeywordIndex,
  SqlSegmentSource,
  SqliteUpkeep,
  storageOver,
  type Storage,
  type Stores,
  seenStores,
  storesOver,
  ThreadWriter,
} from '../adapters/sql/index.js';
import type { Config } from '../config.js';
import { EVERYTHING, type Seen } from '../domain/accounts/viewer.js';
import type { DatabaseSource } from '../domain/backups/backups.ports.js';
import type { DescribedSounds } from '../domain/analysis/aspects.ports.js';
import type { CopyRepository } from '../domain/copies/copies.ports.js';
import type { DatabaseUpkeep } from '../domain/maintenance/maintenance.ports.js';
import type { Catalogue } from '../domain/library/catalogue.ports.js';
import { GatheredSearchLog } from '../domain/search/gathered.search.log.js';
import type { ChangeCounter, Completions, KeywordIndex, SegmentSource } from '../domain/search/search.ports.js';
import type { Log } from '../domain/log.js';
import type { PresentSegments } from '../domain/search/vector-sets.ports.js';
import type { VectorIndex } from '../domain/search/vectors.ports.js';
import type { Lifecycle } from './lifecycle.js';

/** What people see of the database: each as much as they may. */
export interface SeenStorage extends Stores {
  segments: SegmentSource;
  keywords: KeywordIndex;
  completions: Completions;
  copies: CopyRepository;
  catalogue: Catalogue;
}

/** Everything that the serving side knows from the database; for its own work, and with `seen` for whoever asks. */
export interface ServerStorage extends Stores {
  segments: SegmentSource & PresentSegments & { modelsOf(soundId: string): Promise<string[]> };
  changes: ChangeCounter;
  described: DescribedSounds;
  seen: <Name extends keyof SeenStorage>(store: Name) => Seen<SeenStorage[Name]>;
  upkeep: DatabaseUpkeep & DatabaseSource;
  /** Null where they are elsewhere, or each API holds them itself. */
  vectors: KeptVectors | null;
}

/** Vectors that no API holds in its memory. */
export interface KeptVectors {
  index(model: { key: string; dimension: number }, logger: Log): VectorIndex;
  /** Forgets what there is of other models. */
  sweep(keep: readonly string[]): Promise<void>;
}

/** For whoever answers requests: from one file reads here, and writes in a thread of their own. */
export async function openServerStorage(config: Config, lifecycle: Lifecycle): Promise<ServerStorage> {
  const settings = { recordSearches: config.usageDays > 0 };
  if (config.postgres) {
    const sql = await openPostgres(config.postgres, lifecycle);
    const stores = seenStores((viewer) => storesOver(sql, settings, viewer));
    const storage = serverStorage(sql, stores, new PostgresUpkeep(sql), lifecycle);
    return config.vectors === 'pgvector' ? { ...storage, vectors: await keptVectors(sql, storage.segments) } : storage;
  }
  const db = openDatabase(config.databasePath);
  lifecycle.add('database', () => void db.close());
  onlyRead(db);
  const sql = storageOver(db);
  await refuseHalfMoved(sql);
  const writer = new ThreadWriter({ file: config.databasePath, ...settings });
  lifecycle.add('writer', () => writer.close());
  const stores = seenStores((viewer) => openStores(storesOver(sql, settings, viewer), writer, viewer));
  return serverStorage(sql, stores, new SqliteUpkeep(db, config.databasePath), lifecycle);
}

/** For processes that nobody asks for answers: they write in the thread they work in, and wait without holding it up. */
export async function openPatientStorage(config: Config, lifecycle: Lifecycle): Promise<Stores> {
  const settings = { recordSearches: false };
  if (config.postgres) return storesOver(await openPostgres(config.postgres, lifecycle), settings);
  const db = openDatabase(config.databasePath);
  lifecycle.add('database', () => void db.close());
  const sql = storageOver(db);
  await refuseHalfMoved(sql);
  const local = storesOver(sql, settings);
  return openStores(local, new PatientWriter(sql, local));
}

async function openPostgres(options: NonNullable<Config['postgres']>, lifecycle: Lifecycle): Promise<PostgresStorage> {
  const storage = await PostgresStorage.open(options);
  lifecycle.add('database', () => storage.close());
  await refuseHalfMoved(storage);
  return storage;
}

/** @throws DomainError `conflict` where pgvector is missing or too old */
async function keptVectors({ pool }: PostgresStorage, source: SegmentSource): Promise<KeptVectors> {
  await PgVectorIndex.prepare(pool);
  return {
    index: (model, logger) => new PgVectorIndex({ pool, source, model, logger }),
    sweep: (keep) => PgVectorIndex.sweep(pool, keep),
  };
}

function serverStorage(
  sql: Storage,
  stores: Seen<Stores>,
  upkeep: DatabaseUpkeep & DatabaseSource,
  lifecycle: Lifecycle,
): ServerStorage {
  const everything = stores(EVERYTHING);
  const searches = new GatheredSearchLog(everything.searches);
  lifecycle.add('search log', () => searches.flush());
  const keywords = new SqlKeywordIndex(sql);
  const seenBy = seenStores((viewer): SeenStorage => {
    const own = stores(viewer);
    return {
      ...own,
      searches: searches.readBy(own.searches),
      usage: searches.readBy(own.usage),
      segments: new SqlSegmentSource(sql, viewer),
      keywords: keywords.seenBy(viewer),
      completions: searches.readBy<Completions>(new SqlCompletions(sql, viewer)),
      copies: new SqlCopyRepository(sql, viewer),
      catalogue: new SqlCatalogue(sql, viewer),
    };
  });
  return {
    ...everything,
    searches,
    usage: seenBy(EVERYTHING).usage,
    segments: new SqlSegmentSource(sql),
    changes: new SqlChangeCounter(sql),
    described: new SqlDescribedSounds(sql),
    upkeep,
    seen: (store) => (viewer) => seenBy(viewer)[store],
    vectors: null,
  };
}
