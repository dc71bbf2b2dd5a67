import type { Api } from '$lib/api/api';
import { ApiError, UnreachableError, isAbort } from '$lib/api/problem';
import { sendFile } from '$lib/api/send-file';
import type { Job } from '$lib/api/types';
import type { I18n } from '$lib/i18n/i18n.svelte';
import type { PickedFile } from '$lib/util/files';
import type { JobFeed } from './jobs';
import { Speedometer } from './speedometer';
import { recall, remember } from './storage';
import { UploadItem, type UploadState } from './upload-item.svelte';
import type { UploadKeeper } from './upload-keeper';
import { UploadTally } from './upload-tally.svelte';

const PARALLEL = 3;
const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** Sounds are processed in seconds each: their rate is told from a longer stretch than that of bytes. */
const WORK_WINDOW_MS = 60_000;
const PAUSED = 'uploads.paused';

type Calls = Pick<Api, 'uploadUrl' | 'onOutcome' | 'onRefused' | 'reprocess' | 'cancelJob' | 'changeTags'> &
  Partial<Pick<Api, 'traces'>>;

/**
 * Sends files a few at a time and follows each until it can be searched, whichever page is open. What is in the queue
 * outlives a reload as far as the browser can keep it.
 */
export class Uploads {
  items = $state.raw<UploadItem[]>([]);
  paused = $state(recall(PAUSED) === 'yes');
  readonly tally = new UploadTally();
  #bytesPerS = $state(0);
  #soundsPerS = $state(0);
  /** Seconds until all is done; null while it cannot be told. */
  readonly leftS = $derived.by(() => {
    const { leftBytes } = this.tally;
    const work = this.tally.of('waiting', 'uploading', 'retrying', 'processing');
    if (leftBytes > 0 && this.#bytesPerS === 0) return null;
    const sendS = leftBytes > 0 ? leftBytes / this.#bytesPerS : 0;
    const workS = this.#soundsPerS > 0 ? work / this.#soundsPerS : 0;
    return Math.max(sendS, workS) || null;
  });
  #nextId = Date.now() * 1000;
  #keeper: UploadKeeper | null = null;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- bookkeeping that no page reads
  readonly #line = new Set<UploadItem>();
  readonly #speed = new Speedometer();
  readonly #work = new Speedometer(undefined, WORK_WINDOW_MS);
  readonly #api: Calls;
  readonly #jobs: Pick<JobFeed, 'watch'>;
  readonly #i18n: Pick<I18n, 't'>;
  readonly #connection: { readonly lost: boolean };
  readonly #sendFile: typeof sendFile;

  constructor(parts: {
    api: Calls;
    jobs: Pick<JobFeed, 'watch'>;
    i18n: Pick<I18n, 't'>;
    connection: { readonly lost: boolean };
    send?: typeof sendFile;
  }) {
    this.#api = parts.api;
    this.#jobs = parts.jobs;
    this.#i18n = parts.i18n;
    this.#connection = parts.connection;
    this.#sendFile = parts.send ?? sendFile;
  }

  /** Goes on with what was in the queue before the page was reloaded, and keeps it from now on. */
  restore(keeper: UploadKeeper, before: readonly UploadItem[]): void {
    this.#keeper = keeper;
    const added = this.items;
    this.items = [...before, ...added];
    for (const item of before) {
      this.#set(item, item.state);
      if (item.state === 'processing') this.#follow(item);
    }
    for (const item of added) keeper.note(item);
    this.#pump();
  }

  /** Files that had to be chosen again take the place of what was missing. */
  add(files: readonly PickedFile[]): void {
    const missing = this.items.filter(({ state }) => state === 'missing');
    const added: UploadItem[] = [];
    const batch = this.#nextId;
    for (const { file, path, tags = [] } of files) {
      const same = missing.filter(({ name, sizeBytes }) => name === file.name && sizeBytes === file.size);
      const found = same.find((item) => item.path === path) ?? same[0];
      if (found) missing.splice(missing.indexOf(found), 1);
      const item =
        found ?? new UploadItem({ id: this.#nextId++, name: file.name, path, sizeBytes: file.size, tags, batch }, file);
      item.file = file;
      if (!found) added.push(item);
      this.#set(item, 'waiting');
    }
    this.items = [...this.items, ...added];
    this.#pump();
  }

  pause(item: UploadItem): void {
    if (!item.unsent) return;
    this.#set(item, 'paused');
    this.#halt(item);
  }

  resume(item: UploadItem): void {
    if (item.state !== 'paused') return;
    this.#set(item, 'waiting');
    this.#pump();
  }

  cancel(item: UploadItem): void {
    if (item.ended) return;
    const jobId = item.state === 'processing' ? item.jobId : null;
    this.#set(item, 'cancelled');
    this.#halt(item);
    // A job that is over by now has made its sound; that is no failure of cancelling.
    if (jobId) this.#api.cancelJob(jobId).catch(() => undefined);
    item.soundId = null;
  }

  retry(item: UploadItem): void {
    if (!item.retryable) return;
    item.explain(null);
    item.attempts = 0;
    if (item.state === 'failed' && item.soundId) void this.#reprocess(item, item.soundId);
    else {
      item.sentBytes = 0;
      this.#set(item, item.file ? 'waiting' : 'missing');
      this.#pump();
    }
  }

  /** Transfers under way stop and begin anew when it goes on. */
  pauseAll(): void {
    this.paused = true;
    remember(PAUSED, 'yes');
    for (const item of this.items) {
      if (item.state !== 'uploading' && item.state !== 'retrying') continue;
      this.#set(item, 'waiting');
      this.#halt(item);
    }
  }

  resumeAll(): void {
    this.paused = false;
    remember(PAUSED, 'no');
    for (const item of this.items) if (item.state === 'paused') this.#set(item, 'waiting');
    this.#pump();
  }

  /** What is on the server already goes on there. */
  cancelAll(): void {
    for (const item of this.items) if (item.unsent || item.state === 'missing') this.cancel(item);
  }

  retryAll(): void {
    for (const item of this.items) if (item.state === 'failed' || item.state === 'rejected') this.retry(item);
  }

  clearEnded(): void {
    const ended = this.items.filter((item) => item.ended);
    this.items = this.items.filter((item) => !item.ended);
    for (const item of ended) this.tally.drop(item);
    this.#keeper?.forget(ended);
  }

  /** The server is back: what waited for its next try need not wait longer. */
  wake(): void {
    for (const item of this.items) {
      if (item.state !== 'retrying') continue;
      item.stop?.();
      item.attempts = 0;
      this.#set(item, 'waiting');
    }
    this.#pump();
  }

  #set(item: UploadItem, state: UploadState): void {
    item.state = state;
    if (state === 'waiting') this.#line.add(item);
    else this.#line.delete(item);
    this.tally.count(item);
    this.#keeper?.note(item);
  }

  #halt(item: UploadItem): void {
    item.stop?.();
    item.stop = null;
    item.sentBytes = 0;
    this.tally.count(item);
    this.#pump();
  }

  #pump(): void {
    for (const item of this.#line) {
      if (this.paused || this.#connection.lost || this.tally.of('uploading') >= PARALLEL) return;
      if (item.file) void this.#send(item, item.file);
      else this.#set(item, 'missing');
    }
  }

  async #send(item: UploadItem, file: File): Promise<void> {
    const abort = new AbortController();
    item.explain(null);
    item.requestId = null;
    item.stop = () => abort.abort();
    this.#set(item, 'uploading');
    try {
      const since = Date.now();
      const sendIt = (traceparent?: string) =>
        this.#sendFile(this.#api.uploadUrl(), file, {
          path: item.path,
          signal: abort.signal,
          ...(traceparent !== undefined && { traceparent }),
          onProgress: (bytes) => {
            this.#bytesPerS = this.#speed.add(bytes - item.sentBytes);
            item.sentBytes = bytes;
            this.tally.count(item);
          },
        });
      const send = () => this.#api.traces?.act('upload', sendIt) ?? sendIt();
      const outcome = await send().catch(async (error: unknown) => {
        const refused = error instanceof ApiError && error.status === 401;
        if (refused && (await this.#api.onRefused(since))) return send();
        throw error;
      });
      item.sentBytes = item.sizeBytes;
      item.attempts = 0;
      item.soundId = outcome.soundId ?? null;
      item.jobId = outcome.jobId ?? null;
      item.explain(outcome.error ?? null, outcome.reasons);
      if (item.soundId && item.tags.length > 0) await this.#tag(item.soundId, item.tags);
      if (outcome.status === 'queued') this.#follow(item);
      else this.#end(item, outcome.status);
    } catch (error) {
      if (!isAbort(error) && item.state === 'uploading') await this.#fail(item, error);
    }
    this.#pump();
  }

  /** A tag is not worth a failure: the sound is there. */
  async #tag(id: string, add: readonly string[]): Promise<void> {
    await this.#api.changeTags({ ids: [id], add: [...add], remove: [], ownOnly: false }).catch(() => undefined);
  }

  async #fail(item: UploadItem, error: unknown): Promise<void> {
    this.#api.onOutcome(error);
    const busy = error instanceof ApiError && (error.status === 503 || error.status === 429);
    if (error instanceof UnreachableError || busy) {
      if (!(await isReadable(item.file))) {
        item.explain(this.#i18n.t.upload.changed);
        return this.#set(item, 'missing');
      }
      item.attempts += 1;
      if (item.attempts < MAX_ATTEMPTS) return this.#tryLater(item);
    }
    item.requestId = error instanceof ApiError ? error.requestId : null;
    if (error instanceof ApiError) item.explain(error.message, error.reasons);
    else if (error instanceof UnreachableError) item.explain(this.#i18n.t.errors.connectionBroke);
    else item.explain(this.#i18n.t.errors.unexpected);
    // What the server refused will be refused again; what broke may work the next time.
    const refused = error instanceof ApiError && error.status >= 400 && error.status < 500;
    this.#end(item, refused ? 'rejected' : 'failed');
    // A full disk refuses every other file as well.
    if (error instanceof ApiError && error.code === 'storage_full') this.pauseAll();
  }

  #tryLater(item: UploadItem): void {
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (item.attempts - 1)) * (0.8 + 0.4 * Math.random());
    const timer = setTimeout(() => {
      this.#set(item, 'waiting');
      this.#pump();
    }, waitMs);
    item.stop = () => clearTimeout(timer);
    item.sentBytes = 0;
    this.#set(item, 'retrying');
  }

  #follow(item: UploadItem): void {
    const { jobId } = item;
    this.#set(item, 'processing');
    if (!jobId) return;
    item.stop = this.#jobs.watch(
      jobId,
      (job) => this.#show(item, job),
      () => {
        item.explain(this.#i18n.t.upload.gone);
        item.soundId = null;
        this.#end(item, 'cancelled');
        item.stop?.();
      },
    );
  }

  #show(item: UploadItem, job: Job): void {
    if (item.state !== 'processing') return;
    item.stage = job.stage;
    item.progress = job.progress;
    this.tally.count(item);
    if (job.state !== 'completed' && job.state !== 'failed') return;
    if (job.state === 'failed') item.explain(job.error, job.reasons);
    else item.explain(null);
    this.#end(item, job.state === 'completed' ? 'ready' : 'failed');
    item.stop?.();
  }

  #end(item: UploadItem, state: UploadState): void {
    this.#set(item, state);
    this.#soundsPerS = this.#work.add(1);
  }

  async #reprocess(item: UploadItem, soundId: string): Promise<void> {
    item.stage = 'waiting';
    item.progress = 0;
    this.#set(item, 'processing');
    try {
      const [job] = await this.#api.reprocess([soundId]);
      item.jobId = job?.jobId ?? null;
      this.#follow(item);
    } catch (error) {
      if (error instanceof ApiError) item.explain(error.message, error.reasons);
      else item.explain(this.#i18n.t.errors.connectionBroke);
      this.#end(item, 'failed');
    }
  }
}

/** A file that was moved, changed or deleted after it was chosen breaks a transfer just as a bad connection does. */
const isReadable = (file: File | null): Promise<boolean> =>
  file === null
    ? Promise.resolve(false)
    : file
        .slice(0, 1)
        .arrayBuffer()
        .then(
          () => true,
          () => false,
        );
