import type { Awaitable } from '../awaitable.js';
import type { AudioEmbedder } from '../ingest/ingest.ports.js';
import type { Segment } from '../ingest/ingest.types.js';
import type {
  EmbeddingCounts,
  EmbeddingJob,
  FileVerdict,
  ModelEntry,
  ModelIdentity,
  ModelSwitch,
  Publication,
  ReceivedModelFile,
} from './models.types.js';

/** Which models there are, known and installed. */
export interface ModelCatalog {
  list(): Promise<ModelEntry[]>;
  get(id: string): Promise<ModelEntry | null>;
  /** The text of manifest.json for a known model whose files have these hashes. @throws DomainError `download_failed` */
  manifestFor(id: string, files: readonly ReceivedModelFile[]): string;
  /** Hashes the files of an installed model. @throws DomainError `model_unavailable` */
  verify(id: string): Promise<FileVerdict[]>;
}

/** Where files of models come from: a hub or a folder. */
export interface ModelSource {
  /** For messages, e.g. `huggingface.co`. */
  readonly name: string;
  /**
   * Opens a file from `offset` on. A source that cannot go on there, or has another version than `mark` says, starts
   * at 0.
   * @throws DomainError, transient when trying again may help; also from the chunks
   */
  open(
    publication: Publication,
    path: string,
    from: { offset: number; mark: string | null },
    signal: AbortSignal,
  ): Promise<SourceFile>;
}

export interface SourceFile {
  offset: number;
  /** Of the whole file. */
  totalBytes: number | null;
  /** Names this version of the file. */
  mark: string | null;
  chunks: AsyncIterable<Uint8Array>;
}

/** The folder of models, and beside them the parts of those that are being installed. */
export interface ModelStaging {
  freeBytes(): Promise<number>;
  /** What an interrupted installation left is there again. @throws DomainError `conflict` when another process is at it */
  open(id: string): Promise<StagingArea>;
  /** Deletes an installed model, and what interrupted installations left of it. */
  remove(id: string): Promise<void>;
}

export interface StagingArea {
  /** @throws DomainError `storage_full` */
  file(path: string): Promise<StagedFile>;
  /** Puts the model into its place at once, as a whole; a broken one there is replaced. */
  publish(manifest: string): Promise<void>;
  /** Keeps what is there for the next time. */
  close(): Promise<void>;
  /** Deletes what is there. */
  discard(): Promise<void>;
}

export interface StagedFile {
  readonly sizeBytes: number;
  /** What the source said of the file that these bytes are from. */
  readonly origin: { mark: string | null; totalBytes: number | null } | null;
  /** Empties the file. */
  restart(origin: StagedFile['origin']): Promise<void>;
  write(chunk: Uint8Array): Promise<void>;
  /** SHA-256 of the bytes so far, lower-case hex. */
  digest(): string;
  /** The bytes are on the disk when this returns. */
  close(): Promise<void>;
}

/** What the database knows of the chosen model and of a switch to another. */
export interface ModelState {
  /** The model whose vectors are searched; null before the first start. */
  active(): Awaitable<ModelIdentity | null>;
  setActive(model: ModelIdentity): Awaitable<void>;
  /** What a person chose; null while the default counts. */
  chosen(): Awaitable<string | null>;
  choose(id: string): Awaitable<void>;
  switch(): Awaitable<ModelSwitch | null>;
  /** Replaces a switch to another model. */
  requestSwitch(targetId: string): Awaitable<void>;
  /** The model was opened: creates the jobs of all sounds that lack it. Those of other keys end. */
  beginSwitch(targetKey: string): Awaitable<void>;
  setSwitchState(state: ModelSwitch['state'], error?: string): Awaitable<void>;
  cancelSwitch(): Awaitable<void>;
  /** Jobs for ready sounds that have neither vectors of the target nor a job; returns how many. */
  addMissingJobs(): Awaitable<number>;
  counts(): Awaitable<EmbeddingCounts>;
  /** Ids of jobs that are to be done, oldest sounds first. */
  openJobs(limit: number): Awaitable<string[]>;
  /**
   * Makes the target the active model, in one transaction, and marks the sounds that could not be embedded as failed.
   * False, with nothing changed, when the switch is another or not running, or a sound still lacks its vectors.
   */
  commitSwitch(target: ModelIdentity): Awaitable<boolean>;
  /** Deletes vectors of models that are neither active nor the target, at most `limit`; returns how many. */
  dropForeignSegments(limit: number): Awaitable<number>;
  /** Marks the job active and counts the attempt. Null when nobody wants it (any more): skip it. */
  startJob(jobId: string): Awaitable<EmbeddingJob | null>;
  /** Saves the vectors. False, with nothing written, when nobody wants them any more. */
  completeJob(jobId: string, segments: readonly Segment[]): Awaitable<boolean>;
  requeueJob(jobId: string): Awaitable<void>;
  failJob(jobId: string, reason: string): Awaitable<void>;
}

/** Opens models for embedding sounds. */
export interface Embedders {
  /** @throws DomainError `model_unavailable`, also when the installed model has another key */
  open(model: ModelIdentity): Promise<{ embedder: AudioEmbedder; release(): void }>;
}

/** Opens models for searching. */
export interface ModelSwitcher {
  /** Key of the model that searches are answered with. */
  readonly activeKey: string;
  /** Opens the model and embeds a text with it. @throws DomainError `model_unavailable` */
  prepare(id: string): Promise<PreparedModel>;
}

export interface PreparedModel {
  readonly key: string;
  /** Brings its index up to date with the database. */
  fill(): Promise<void>;
  /** From now on searches are answered by it. */
  activate(): void;
  discard(): Promise<void>;
}
