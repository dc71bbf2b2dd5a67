import { setImmediate as others } from 'node:timers/promises';
import { DomainError } from '../domain/errors.js';
import type { Job } from '../domain/ingest/ingest.types.js';
import type { AppDeps } from './deps.js';
import { Follower } from './follower.js';
import { toJob } from './present.js';
import { toActivity } from './present-models.js';
import { HttpProblem } from './problem.js';

type Feed = Pick<AppDeps, 'uploads' | 'events' | 'library' | 'models' | 'pace' | 'config' | 'logger'>;

const PACE = { heartbeatMs: 15_000, intervalMs: 250 };
/** The part of all streams that one address may hold: not all, but many, since people behind a proxy may share one. */
const ADDRESS_SHARE = 2 / 3;
/** Unfinished jobs of a snapshot, and jobs told of together: the rest follows, or is asked for by id. */
const MAX_JOBS = 100;
/** A snapshot serves everybody who comes within this time, with what was sent since. */
const SNAPSHOT_MS = 1_000;
/** Clients that are written to before other requests have their turn. */
const SLICE = 20;
/** Sending takes at most this part of the time: with many clients there are fewer, larger messages. */
const SHARE = 1 / 25;
const MAX_REST_MS = 5_000;
const RETRY_AFTER_S = 10;

/** Who follows, from where, and how a connection is cut that does not read. */
export interface Client {
  address: string;
  cut: () => void;
}

/**
 * Tells all clients of jobs, the library and the models. Each change is looked up and written once, however many
 * listen; while nobody does, nothing is done.
 */
export class EventHub {
  readonly #feed: Feed;
  readonly #pace: typeof PACE;
  readonly #addresses = new Map<string, number>();
  #followers = 0;
  readonly #all = new Set<Follower>();
  /** Followers of one job, by its id. */
  readonly #ofJob = new Map<string, Set<Follower>>();

  readonly #changed = new Set<string>();
  readonly #sounds = new Map<string, string>();
  /** Jobs that clients were told are not over yet. */
  readonly #shown = new Set<string>();
  #activity = '';
  #snapshot: { at: number; parts: Uint8Array[] } | null = null;

  #unsubscribe: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #isSending = false;
  #rangMeanwhile = false;
  #restMs = 0;

  constructor(feed: Feed) {
    this.#feed = feed;
    this.#pace = feed.pace ?? PACE;
  }

  /** Sends a snapshot of the unfinished jobs, then every change of any job, of the library and of the models. */
  followAll(client: Client): ReadableStream {
    const follower = this.#admit(client, () => void this.#all.delete(follower));
    this.#all.add(follower);
    for (const part of this.#present()) follower.send(part);
    return follower.body;
  }

  /** Sends the present state of one job, then every change of it; ends when the job does (or is deleted). */
  followJob(job: Job, client: Client): ReadableStream {
    const followers = this.#ofJob.get(job.id) ?? new Set();
    const follower = this.#admit(client, () => {
      followers.delete(follower);
      if (followers.size === 0 && this.#ofJob.get(job.id) === followers) this.#ofJob.delete(job.id);
    });
    follower.send(encoded(frame('job', JSON.stringify(toJob(job)))));
    if (isOver(job)) {
      follower.close();
    } else {
      this.#ofJob.set(job.id, followers.add(follower));
    }
    return follower.body;
  }

  #admit({ address, cut }: Client, onClose: () => void): Follower {
    const before = this.#addresses.get(address) ?? 0;
    const { maxFollowers } = this.#feed.config;
    const headers = { 'retry-after': String(RETRY_AFTER_S) };
    if (this.#followers >= maxFollowers) {
      const detail = 'As many clients follow events as this server takes. Ask for the state of jobs instead.';
      throw new HttpProblem(503, 'busy', detail, { headers });
    }
    if (before >= Math.max(1, Math.floor(maxFollowers * ADDRESS_SHARE))) {
      const detail = 'Too many streams of events are open from this address. Close some of them.';
      throw new HttpProblem(429, 'too_many_requests', detail, { headers });
    }
    if (this.#followers === 0) this.#begin();
    this.#followers++;
    this.#addresses.set(address, before + 1);
    return new Follower(() => {
      onClose();
      this.#leave(address);
    }, cut);
  }

  #leave(address: string): void {
    const left = (this.#addresses.get(address) ?? 1) - 1;
    if (left === 0) this.#addresses.delete(address);
    else this.#addresses.set(address, left);
    this.#followers--;
    if (this.#followers === 0) this.#rest();
  }

  #begin(): void {
    const { events, library, models } = this.#feed;
    const heartbeat = setInterval(() => void this.#beat(), this.#pace.heartbeatMs).unref();
    const stops = [
      events.subscribe((jobId) => {
        this.#changed.add(jobId);
        this.#ring();
      }),
      library.subscribe(({ soundId, change }) => {
        this.#sounds.set(soundId, change);
        this.#ring();
      }),
      models.subscribe(() => this.#ring()),
      () => clearInterval(heartbeat),
    ];
    this.#unsubscribe = () => stops.forEach((stop) => stop());
    this.#activity = this.#readActivity();
  }

  #rest(): void {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#restMs = 0;
    this.#snapshot = null;
    for (const kept of [this.#changed, this.#sounds, this.#shown]) kept.clear();
  }

  /** Has changes sent, but no more often than the pace allows: what happens in between is sent together. */
  #ring(): void {
    this.#rangMeanwhile = this.#isSending;
    if (this.#timer !== undefined || this.#isSending || this.#followers === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#send();
      },
      Math.max(this.#pace.intervalMs, this.#restMs),
    );
  }

  async #send(): Promise<void> {
    await this.#deliver(() => {
      const ofJob = new Map<string, { bytes: Uint8Array; over: boolean }>();
      let text = '';
      for (const jobId of first(this.#changed, MAX_JOBS)) {
        this.#changed.delete(jobId);
        const job = this.#job(jobId);
        if (!job || isOver(job)) this.#shown.delete(jobId);
        else this.#shown.add(jobId);
        const message = job ? frame('job', JSON.stringify(toJob(job))) : '';
        text += message;
        if (this.#ofJob.has(jobId)) ofJob.set(jobId, { bytes: encoded(message), over: !job || isOver(job) });
      }
      for (const [soundId, change] of first(this.#sounds, MAX_JOBS)) {
        this.#sounds.delete(soundId);
        text += frame('library', JSON.stringify({ change, soundId }));
      }
      const activity = this.#readActivity();
      if (activity !== this.#activity) text += frame('model', activity);
      this.#activity = activity;

      for (const [jobId, { bytes, over }] of ofJob) {
        for (const follower of [...(this.#ofJob.get(jobId) ?? [])]) {
          follower.send(bytes);
          if (over) follower.close();
        }
      }
      const bytes = encoded(text);
      this.#snapshot?.parts.push(bytes);
      return { bytes, to: [...this.#all] };
    });
  }

  /** Shows that the connection stands. Should a notice have been lost, what is shown as running is looked up again. */
  async #beat(): Promise<void> {
    if (this.#isSending) return;
    await this.#deliver(() => {
      const unfinished = new Map(this.#feed.uploads.unfinished().map((job) => [job.id, job.state]));
      for (const jobId of [...this.#shown, ...this.#ofJob.keys()]) {
        if (unfinished.get(jobId) !== 'queued') this.#changed.add(jobId);
      }
      const ofJobs = [...this.#ofJob.values()].flatMap((followers) => [...followers]);
      return { bytes: encoded(': still here\n\n'), to: [...this.#all, ...ofJobs] };
    });
  }

  /** Writes to a few clients at a time, so that requests of others pass between them; then rests in proportion. */
  async #deliver(prepare: () => { bytes: Uint8Array; to: Follower[] }): Promise<void> {
    this.#isSending = true;
    const startedAt = performance.now();
    try {
      const { bytes, to } = prepare();
      for (let i = 0; i < to.length; i += SLICE) {
        for (const follower of to.slice(i, i + SLICE)) follower.send(bytes);
        await others();
      }
    } catch (error) {
      // A change that cannot be read now is told of with the next one, or asked for.
      this.#feed.logger.warn({ err: error }, 'events could not be sent');
    } finally {
      this.#restMs = Math.min(MAX_REST_MS, (performance.now() - startedAt) / SHARE);
      this.#isSending = false;
      if (this.#rangMeanwhile || this.#changed.size > 0 || this.#sounds.size > 0) this.#ring();
    }
  }

  /** What a newcomer is sent: a snapshot, and what was sent to the others since it was made. */
  #present(): Uint8Array[] {
    const now = performance.now();
    if (this.#snapshot === null || now - this.#snapshot.at > SNAPSHOT_MS) {
      const jobs = this.#feed.uploads.unfinished();
      const shown = [...jobs].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_JOBS);
      for (const { id } of shown) this.#shown.add(id);
      let text = frame('snapshot', JSON.stringify({ jobs: shown.map(toJob), total: jobs.length }));
      const { installs, switch: change } = this.#feed.models.activity();
      if (installs.length > 0 || change) text += frame('model', this.#readActivity());
      this.#snapshot = { at: now, parts: [encoded(text)] };
    }
    return this.#snapshot.parts;
  }

  #readActivity(): string {
    return JSON.stringify(toActivity(this.#feed.models.activity()));
  }

  #job(jobId: string): Job | null {
    try {
      return this.#feed.uploads.job(jobId);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'not_found') return null;
      throw error;
    }
  }
}

const isOver = ({ state }: Job): boolean => state === 'completed' || state === 'failed';

/** Running jobs before waiting ones. */
const rank = ({ state }: Job): number => (state === 'active' ? 0 : 1);

const frame = (event: string, data: string): string => `event: ${event}\ndata: ${data}\n\n`;

const encoder = new TextEncoder();
const encoded = (text: string): Uint8Array => encoder.encode(text);

function first<T>(items: Iterable<T>, limit: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.length === limit) break;
    taken.push(item);
  }
  return taken;
}
