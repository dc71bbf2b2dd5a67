import type { Api } from '$lib/api/api';
import { ApiError, UnreachableError, isAbort } from '$lib/api/problem';
import { sendFile } from '$lib/api/send-file';
import type { Job } from '$lib/api/types';
import type { I18n } from '$lib/i18n/i18n.svelte';
import type { PickedFile } from '$lib/util/files';
import type { JobFeed } from './jobs';
import { Speedometer } from './speedometer';

const PARALLEL = 3;

export type UploadState =
  'waiting' | 'uploading' | 'processing' | 'ready' | 'duplicate' | 'rejected' | 'failed' | 'cancelled';

/** One file on its way into the library. */
export class UploadItem {
  state = $state<UploadState>('waiting');
  sentBytes = $state(0);
  /** 0..1 of processing. */
  progress = $state(0);
  stage = $state('waiting');
  soundId = $state<string | null>(null);
  error = $state<string | null>(null);
  requestId = $state<string | null>(null);
  /** Ends the transfer or the watching of the job. */
  stop: (() => void) | null = null;

  constructor(
    readonly id: number,
    readonly file: File,
    readonly path: string,
  ) {}

  get ended(): boolean {
    return ENDED.has(this.state);
  }
}

const ENDED = new Set<UploadState>(['ready', 'duplicate', 'rejected', 'failed', 'cancelled']);
const RETRYABLE = new Set<UploadState>(['rejected', 'failed', 'cancelled']);
export const canRetry = (item: UploadItem): boolean => RETRYABLE.has(item.state);

/** Sends files a few at a time and follows each until it can be searched, whichever page is open. */
export class Uploads {
  items = $state.raw<UploadItem[]>([]);
  paused = $state(false);
  bytesPerS = $state(0);
  readonly sending = $derived(this.items.filter((item) => item.state === 'uploading').length);
  readonly open = $derived(this.items.filter((item) => !item.ended).length);
  readonly unsent = $derived(this.items.some((item) => item.state === 'waiting' || item.state === 'uploading'));
  readonly totalBytes = $derived(this.items.reduce((sum, item) => sum + item.file.size, 0));
  readonly sentBytes = $derived(this.items.reduce((sum, item) => sum + Math.min(item.sentBytes, item.file.size), 0));
  readonly leftBytes = $derived(
    this.items.reduce((sum, item) => sum + (item.ended ? 0 : Math.max(0, item.file.size - item.sentBytes)), 0),
  );
  /** Seconds until everything is sent; null while it cannot be told. */
  readonly leftS = $derived(this.bytesPerS > 0 && this.leftBytes > 0 ? this.leftBytes / this.bytesPerS : null);
  readonly progress = $derived(
    this.items.length === 0 ? 0 : this.items.reduce((sum, item) => sum + shareDone(item), 0) / this.items.length,
  );
  #nextId = 1;
  readonly #speed = new Speedometer();
  readonly #api: Pick<Api, 'uploadUrl' | 'onOutcome' | 'reprocess'>;
  readonly #jobs: Pick<JobFeed, 'watch'>;
  readonly #i18n: Pick<I18n, 't'>;
  readonly #sendFile: typeof sendFile;

  constructor(parts: {
    api: Pick<Api, 'uploadUrl' | 'onOutcome' | 'reprocess'>;
    jobs: Pick<JobFeed, 'watch'>;
    i18n: Pick<I18n, 't'>;
    send?: typeof sendFile;
  }) {
    this.#api = parts.api;
    this.#jobs = parts.jobs;
    this.#i18n = parts.i18n;
    this.#sendFile = parts.send ?? sendFile;
  }

  add(files: PickedFile[]): void {
    this.items = [...this.items, ...files.map(({ file, path }) => new UploadItem(this.#nextId++, file, path))];
    this.#pump();
  }

  cancel(item: UploadItem): void {
    if (item.ended) return;
    item.state = 'cancelled';
    item.stop?.();
    this.#pump();
  }

  cancelAll(): void {
    for (const item of this.items) if (item.state === 'waiting' || item.state === 'uploading') this.cancel(item);
  }

  retry(item: UploadItem): void {
    if (!canRetry(item)) return;
    if (item.state === 'failed' && item.soundId) void this.#reprocess(item, item.soundId);
    else {
      item.sentBytes = 0;
      item.error = null;
      item.state = 'waiting';
      this.#pump();
    }
  }

  clearEnded(): void {
    this.items = this.items.filter((item) => !item.ended);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#pump();
  }

  #pump(): void {
    if (this.paused) return;
    let free = PARALLEL - this.sending;
    for (const item of this.items) {
      if (free <= 0) return;
      if (item.state !== 'waiting') continue;
      free -= 1;
      void this.#send(item);
    }
  }

  async #send(item: UploadItem): Promise<void> {
    const abort = new AbortController();
    item.state = 'uploading';
    item.error = null;
    item.requestId = null;
    item.stop = () => abort.abort();
    try {
      const outcome = await this.#sendFile(this.#api.uploadUrl(), item.file, {
        signal: abort.signal,
        onProgress: (bytes) => {
          this.bytesPerS = this.#speed.add(bytes - item.sentBytes);
          item.sentBytes = bytes;
        },
      });
      item.sentBytes = item.file.size;
      item.soundId = outcome.soundId ?? null;
      if (outcome.status === 'queued' && outcome.jobId) this.#follow(item, outcome.jobId);
      else {
        item.state = outcome.status === 'duplicate' ? 'duplicate' : 'rejected';
        item.error = outcome.error ?? null;
      }
    } catch (error) {
      if (!isAbort(error)) this.#fail(item, error);
    }
    this.#pump();
  }

  #fail(item: UploadItem, error: unknown): void {
    this.#api.onOutcome(error);
    // What the server refused will be refused again; what broke may work the next time.
    const refused = error instanceof ApiError && error.status >= 400 && error.status < 500;
    item.state = refused ? 'rejected' : 'failed';
    item.requestId = error instanceof ApiError ? error.requestId : null;
    if (error instanceof ApiError) item.error = error.message;
    else if (error instanceof UnreachableError) item.error = this.#i18n.t.errors.connectionBroke;
    else item.error = this.#i18n.t.errors.unexpected;
  }

  #follow(item: UploadItem, jobId: string): void {
    item.state = 'processing';
    item.progress = 0;
    item.stop = this.#jobs.watch(jobId, (job) => this.#show(item, job));
  }

  #show(item: UploadItem, job: Job): void {
    if (item.state !== 'processing') return;
    item.stage = job.stage;
    item.progress = job.progress;
    if (job.state !== 'completed' && job.state !== 'failed') return;
    item.state = job.state === 'completed' ? 'ready' : 'failed';
    item.error = job.state === 'failed' ? job.error : null;
    item.stop?.();
  }

  async #reprocess(item: UploadItem, soundId: string): Promise<void> {
    item.state = 'processing';
    item.error = null;
    item.stage = 'waiting';
    try {
      const [job] = await this.#api.reprocess([soundId]);
      if (job) this.#follow(item, job.jobId);
    } catch (error) {
      this.#fail(item, error);
    }
  }
}

/** 0..1 of the whole way of one file; sending and processing count half each. */
function shareDone(item: UploadItem): number {
  if (item.ended) return 1;
  const sent = item.file.size > 0 ? Math.min(1, item.sentBytes / item.file.size) : 0;
  return sent / 2 + (item.state === 'processing' ? item.progress / 2 : 0);
}
