import type { Reason } from '$lib/api/types';

export type UploadState =
  | 'waiting'
  | 'paused'
  | 'uploading'
  | 'retrying'
  | 'missing'
  | 'processing'
  | 'ready'
  | 'duplicate'
  | 'restored'
  | 'rejected'
  | 'failed'
  | 'cancelled';

/** What of an upload outlives the page. */
export interface UploadRecord {
  id: number;
  name: string;
  path: string;
  sizeBytes: number;
  state: UploadState;
  soundId: string | null;
  jobId: string | null;
  error: string | null;
  /** The error for other languages; what was kept by an older version has none. */
  reasons?: readonly Reason[];
  requestId: string | null;
  /** It gets these once it is in the library; what was kept by an older version has none. */
  tags?: readonly string[];
  /** The same for all that was added with it, and higher for what was added later; what was kept by an older version has none. */
  batch?: number;
}

const ENDED = new Set<UploadState>(['ready', 'duplicate', 'restored', 'rejected', 'failed', 'cancelled']);
const UNSENT = new Set<UploadState>(['waiting', 'paused', 'uploading', 'retrying']);
const RETRYABLE = new Set<UploadState>(['rejected', 'failed', 'cancelled']);

/** One file on its way into the library. */
export class UploadItem {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly tags: readonly string[];
  readonly batch: number;
  state = $state<UploadState>('waiting');
  /** The bytes; null when the browser could not keep them over a reload. */
  file = $state.raw<File | null>(null);
  /** A copy of the bytes lies in the browser's database. */
  kept = false;
  sentBytes = $state(0);
  /** 0..1 of processing. */
  progress = $state(0);
  stage = $state('waiting');
  soundId = $state<string | null>(null);
  jobId: string | null = null;
  error = $state<string | null>(null);
  reasons = $state.raw<readonly Reason[]>([]);
  requestId = $state<string | null>(null);
  /** Broken connections in a row. */
  attempts = 0;
  /** Ends the transfer, the wait for the next try, or the watching of the job. */
  stop: (() => void) | null = null;

  constructor(given: Pick<UploadRecord, 'id' | 'name' | 'path' | 'sizeBytes' | 'tags' | 'batch'>, file: File | null) {
    this.id = given.id;
    this.name = given.name;
    this.path = given.path;
    this.sizeBytes = given.sizeBytes;
    this.tags = given.tags ?? [];
    this.batch = given.batch ?? 0;
    this.file = file;
  }

  /** An item as it was before the page was reloaded; what was under way begins again. */
  static from(record: UploadRecord, file: File | null): UploadItem {
    const item = new UploadItem(record, file);
    const begun = record.state === 'uploading' || record.state === 'retrying';
    item.state = begun ? 'waiting' : record.state;
    if (item.unsent && file === null) item.state = 'missing';
    if (!item.unsent && item.state !== 'missing') item.sentBytes = record.sizeBytes;
    item.kept = file !== null;
    item.soundId = record.soundId;
    item.jobId = record.jobId;
    item.error = record.error;
    item.reasons = record.reasons ?? [];
    item.requestId = record.requestId;
    return item;
  }

  /** Why it came to nothing; null where it did not (yet). */
  explain(error: string | null, reasons: readonly Reason[] = []): void {
    this.error = error;
    this.reasons = reasons;
  }

  get record(): UploadRecord {
    const { id, name, path, sizeBytes, state, soundId, jobId, error, reasons, requestId, tags, batch } = this;
    return { id, name, path, sizeBytes, state, soundId, jobId, error, reasons, requestId, tags, batch };
  }

  get ended(): boolean {
    return ENDED.has(this.state);
  }

  /** Its bytes are needed still. */
  get unsent(): boolean {
    return UNSENT.has(this.state);
  }

  get retryable(): boolean {
    return RETRYABLE.has(this.state);
  }

  get failed(): boolean {
    return this.state === 'rejected' || this.state === 'failed' || this.state === 'missing';
  }

  /** 0..1 of the whole way; sending and processing count half each. */
  get share(): number {
    if (this.ended) return 1;
    const sent = this.sizeBytes > 0 ? Math.min(1, this.sentBytes / this.sizeBytes) : 0;
    return sent / 2 + (this.state === 'processing' ? this.progress / 2 : 0);
  }
}
