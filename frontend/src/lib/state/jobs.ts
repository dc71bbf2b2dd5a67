import type { Api } from '$lib/api/api';
import type { Job } from '$lib/api/types';
import { parseJson } from '$lib/api/problem';

const POLL_MS = 2000;
const CALM_POLL_MS = 15_000;
/** Jobs asked about in one call. */
const POLL_BATCH = 500;
/** Jobs asked about in one round; with more, the rounds take turns. */
const POLL_ROUND = 2000;
/** What begins to be watched within this time is asked about in one call. */
const GATHER_MS = 30;

type Listener = (job: Job) => void;

interface Watcher {
  onChange: Listener;
  onGone: () => void;
}

type SoundListener = (soundId: string) => void;

/** Changes that are told with no more than what they are about; `reset`: more changed than was told, so read everything anew. */
const EVENTS = [
  'personal',
  'work',
  'library',
  'collection',
  'folder',
  'model',
  'index',
  'maintenance',
  'vocabulary',
  'tagging',
  'reset',
] as const;
export type FeedEvent = (typeof EVENTS)[number];
type EventListener = (event: FeedEvent, data: Record<string, unknown>) => void;

const isJob = (value: unknown): value is Job =>
  typeof value === 'object' && value !== null && 'jobId' in value && 'state' in value;

const isSnapshot = (value: unknown): value is { jobs: unknown[] } =>
  typeof value === 'object' && value !== null && 'jobs' in value && Array.isArray(value.jobs);

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/**
 * Follows the server's events: jobs, and every change of the library, whoever made it. A stream that broke goes on after the
 * last event that came. While it is broken, the jobs somebody watches are polled.
 */
export class JobFeed {
  readonly #api: Api;
  readonly #watched = new Map<string, Set<Watcher>>();
  readonly #unasked = new Set<string>();
  readonly #all = new Set<Listener>();
  readonly #listeners = new Map<FeedEvent, Set<EventListener>>();
  #source: EventSource | null = null;
  #lastEventId = '';
  #timer = 0;

  constructor(api: Api) {
    this.#api = api;
  }

  start(): () => void {
    // A browser has six connections to a server for all its tabs: one that nobody sees keeps none.
    const follow = (): void => {
      if (document.hidden) this.#source?.close();
      else if (this.#source?.readyState !== EventSource.OPEN) {
        this.#source?.close();
        this.#connect();
      }
      this.#schedule();
    };
    document.addEventListener('visibilitychange', follow);
    follow();
    return () => {
      document.removeEventListener('visibilitychange', follow);
      clearTimeout(this.#timer);
      this.#source?.close();
    };
  }

  /**
   * Calls back with each change of the job until told to stop.
   * @param onGone called when there is no such job: its sound was deleted
   */
  watch(jobId: string, onChange: Listener, onGone: () => void = () => undefined): () => void {
    const watcher = { onChange, onGone };
    const watchers = this.#watched.get(jobId) ?? new Set();
    watchers.add(watcher);
    this.#watched.set(jobId, watchers);
    if (this.#unasked.size === 0) setTimeout(() => void this.#askFirst(), GATHER_MS);
    this.#unasked.add(jobId);
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watched.get(jobId) === watchers) this.#watched.delete(jobId);
    };
  }

  /** Calls back with each change of any job. */
  watchAll(listener: Listener): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /** Calls back with the id of each sound that changed without a job, such as one that got its tags. */
  watchSounds(listener: SoundListener): () => void {
    return this.watchEvents(['library'], (_, { change, soundId }) => {
      if (change === 'updated' && typeof soundId === 'string') listener(soundId);
    });
  }

  /** Calls back with each of these events. */
  watchEvents(events: readonly FeedEvent[], listener: EventListener): () => void {
    for (const event of events) this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
    return () => events.forEach((event) => this.#listeners.get(event)?.delete(listener));
  }

  /** Whether changes are told at the moment; else they have to be asked for. */
  get whole(): boolean {
    return this.#source?.readyState === EventSource.OPEN;
  }

  #connect(): void {
    const source = new EventSource(this.#api.eventsUrl(this.#lastEventId));
    const receive = (event: MessageEvent<string>): void => {
      this.#lastEventId = event.lastEventId;
      const job = parseJson(event.data);
      if (isJob(job)) this.#tell(job);
    };
    source.addEventListener('message', receive);
    source.addEventListener('job', receive);
    source.addEventListener('snapshot', (event: MessageEvent<string>) => {
      this.#lastEventId = event.lastEventId;
      const snapshot = parseJson(event.data);
      if (isSnapshot(snapshot)) for (const job of snapshot.jobs.filter(isJob)) this.#tell(job);
    });
    for (const name of EVENTS) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        this.#lastEventId = event.lastEventId;
        const data = parseJson(event.data);
        for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(name, isRecord(data) ? data : {});
        if (name === 'reset') void this.#poll([...this.#watched.keys()].slice(0, POLL_ROUND));
      });
    }
    let open = false;
    source.addEventListener('open', () => {
      open = true;
      this.#schedule();
    });
    source.addEventListener('error', () => {
      // A page that asks for nothing else learns by this that the server went.
      if (open) void this.#api.ping().catch(() => undefined);
      open = false;
      this.#schedule();
    });
    this.#source = source;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#pollAll(), this.whole ? CALM_POLL_MS : POLL_MS);
  }

  async #pollAll(): Promise<void> {
    const ids = [...this.#watched.keys()].slice(0, POLL_ROUND);
    for (const id of ids) this.#moveToEnd(id);
    await this.#poll(ids);
    if (!document.hidden && this.#source?.readyState === EventSource.CLOSED) this.#connect();
    this.#schedule();
  }

  #moveToEnd(jobId: string): void {
    const watchers = this.#watched.get(jobId);
    this.#watched.delete(jobId);
    if (watchers) this.#watched.set(jobId, watchers);
  }

  #askFirst(): Promise<void> {
    const ids = [...this.#unasked];
    this.#unasked.clear();
    return this.#poll(ids);
  }

  async #poll(ids: readonly string[]): Promise<void> {
    try {
      for (let i = 0; i < ids.length; i += POLL_BATCH) {
        const { jobs, missing } = await this.#api.jobs(ids.slice(i, i + POLL_BATCH));
        for (const job of jobs) this.#tell(job);
        for (const id of missing) for (const { onGone } of [...(this.#watched.get(id) ?? [])]) onGone();
      }
    } catch {
      // The next round asks again; the connection banner tells the person.
    }
  }

  #tell(job: Job): void {
    for (const { onChange } of [...(this.#watched.get(job.jobId) ?? [])]) onChange(job);
    for (const listener of this.#all) listener(job);
  }
}
