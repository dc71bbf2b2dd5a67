import type { Api } from '$lib/api/api';
import type { Job } from '$lib/api/types';
import { parseJson } from '$lib/api/problem';

const POLL_MS = 2000;
const CALM_POLL_MS = 15_000;
const POLL_BATCH = 8;
/** Jobs asked about in one round; with more, the rounds take turns. */
const POLL_ROUND = 40;

type Listener = (job: Job) => void;
type SoundListener = (soundId: string) => void;

const isJob = (value: unknown): value is Job =>
  typeof value === 'object' && value !== null && 'jobId' in value && 'state' in value;

const isUpdate = (value: unknown): value is { soundId: string } =>
  typeof value === 'object' && value !== null && 'soundId' in value && 'change' in value && value.change === 'updated';

/**
 * Follows jobs by server-sent events. While the stream is broken it polls the jobs somebody watches, and slowly even
 * while it is whole, since an event may be lost between two connections.
 */
export class JobFeed {
  readonly #api: Api;
  readonly #watched = new Map<string, Set<Listener>>();
  readonly #all = new Set<Listener>();
  readonly #sounds = new Set<SoundListener>();
  #source: EventSource | null = null;
  #timer = 0;

  constructor(api: Api) {
    this.#api = api;
  }

  start(): () => void {
    this.#connect();
    this.#schedule();
    return () => {
      clearTimeout(this.#timer);
      this.#source?.close();
    };
  }

  /** Calls back with each change of the job until told to stop. */
  watch(jobId: string, listener: Listener): () => void {
    const listeners = this.#watched.get(jobId) ?? new Set();
    listeners.add(listener);
    this.#watched.set(jobId, listeners);
    void this.#poll(jobId);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#watched.delete(jobId);
    };
  }

  /** Calls back with each change of any job. */
  watchAll(listener: Listener): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /** Calls back with the id of each sound that changed without a job, such as one that got its tags. */
  watchSounds(listener: SoundListener): () => void {
    this.#sounds.add(listener);
    return () => this.#sounds.delete(listener);
  }

  #connect(): void {
    const source = new EventSource(this.#api.eventsUrl());
    const receive = (event: MessageEvent<string>): void => {
      const job = parseJson(event.data);
      if (isJob(job)) this.#tell(job);
    };
    source.addEventListener('message', receive);
    source.addEventListener('job', receive);
    source.addEventListener('library', (event: MessageEvent<string>) => {
      const change = parseJson(event.data);
      if (isUpdate(change)) for (const listener of this.#sounds) listener(change.soundId);
    });
    source.addEventListener('open', () => this.#schedule());
    source.addEventListener('error', () => this.#schedule());
    this.#source = source;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const whole = this.#source?.readyState === EventSource.OPEN;
    this.#timer = window.setTimeout(() => void this.#pollAll(), whole ? CALM_POLL_MS : POLL_MS);
  }

  async #pollAll(): Promise<void> {
    const ids = [...this.#watched.keys()].slice(0, POLL_ROUND);
    for (const id of ids) this.#moveToEnd(id);
    for (let i = 0; i < ids.length; i += POLL_BATCH) {
      await Promise.all(ids.slice(i, i + POLL_BATCH).map((id) => this.#poll(id)));
    }
    if (this.#source?.readyState === EventSource.CLOSED) this.#connect();
    this.#schedule();
  }

  #moveToEnd(jobId: string): void {
    const listeners = this.#watched.get(jobId);
    this.#watched.delete(jobId);
    if (listeners) this.#watched.set(jobId, listeners);
  }

  async #poll(jobId: string): Promise<void> {
    try {
      this.#tell(await this.#api.job(jobId));
    } catch {
      // The next round asks again; the connection banner tells the person.
    }
  }

  #tell(job: Job): void {
    for (const listener of [...(this.#watched.get(job.jobId) ?? [])]) listener(job);
    for (const listener of this.#all) listener(job);
  }
}
