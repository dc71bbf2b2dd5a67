import { setImmediate as others } from 'node:timers/promises';
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
  /** What clients were told of the models; null while nobody was. */
  #activity: string | null = null;
  /** The state of things once it is read, and what was sent since it was asked for. */
  #snapshot: { at: number; first: Promise<Uint8Array>; later: Uint8Array[] } | null = null;

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
  async followAll(client: Client): Promise<ReadableStream> {
    let isOpen = true;
    const follower = this.#admit(client, () => {
      isOpen = false;
      this.#all.delete(follower);
    });
    try {
      const { first, later } = this.#present();
      const state = await first;
      // In one go, so that nothing is sent to the others in between.
      for (const part of [state, ...later]) follower.send(part);
      if (isOpen) this.#all.add(follower);
    } catch (error) {
      follower.close();
      throw error;
    }
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
      void this.#lookAgain(job);
    }
    return follower.body;
  }

  /** What changed between the reading of a job and the first follower of it was told to nobody. */
  async #lookAgain(job: Job): Promise<void> {
    const [present] = await this.#feed.uploads.jobs([job.id]).catch(() => []);
    if (present && JSON.stringify(toJob(present)) === JSON.stringify(toJob(job))) return;
    this.#changed.add(job.id);
    this.#ring();
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
  }

  #rest(): void {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#restMs = 0;
    this.#snapshot = null;
    this.#activity = null;
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
    await this.#deliver(async () => {
      const ofJob = new Map<string, { bytes: Uint8Array; over: boolean }>();
      let text = '';
      const jobIds = first(this.#changed, MAX_JOBS);
      // Before they are read: what changes from now on is told of next time.
      for (const jobId of jobIds) this.#changed.delete(jobId);
      const jobs = new Map((await this.#feed.uploads.jobs(jobIds)).map((job) => [job.id, job]));
      for (const jobId of jobIds) {
        const job = jobs.get(jobId);
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
      const activity = await this.#readActivity();
      if (this.#activity !== null && activity !== this.#activity) text += frame('model', activity);
      if (this.#activity !== null) this.#activity = activity;

      for (const [jobId, { bytes, over }] of ofJob) {
        for (const follower of [...(this.#ofJob.get(jobId) ?? [])]) {
          follower.send(bytes);
          if (over) follower.close();
        }
      }
      const bytes = encoded(text);
      this.#snapshot?.later.push(bytes);
      return { bytes, to: [...this.#all] };
    });
  }

  /** Shows that the connection stands. Should a notice have been lost, what is shown as running is looked up again. */
  async #beat(): Promise<void> {
    if (this.#isSending) return;
    await this.#deliver(async () => {
      const unfinished = new Map((await this.#feed.uploads.unfinished()).map((job) => [job.id, job.state]));
      for (const jobId of [...this.#shown, ...this.#ofJob.keys()]) {
        if (unfinished.get(jobId) !== 'queued') this.#changed.add(jobId);
      }
      const ofJobs = [...this.#ofJob.values()].flatMap((followers) => [...followers]);
      return { bytes: encoded(': still here\n\n'), to: [...this.#all, ...ofJobs] };
    });
  }

  /** Writes to a few clients at a time, so that requests of others pass between them; then rests in proportion. */
  async #deliver(prepare: () => Promise<{ bytes: Uint8Array; to: Follower[] }>): Promise<void> {
    this.#isSending = true;
    const startedAt = performance.now();
    try {
      const { bytes, to } = await prepare();
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

  /** What a newcomer is sent: a snapshot, and what was sent to the others since it was asked for. */
  #present(): { first: Promise<Uint8Array>; later: Uint8Array[] } {
    const now = performance.now();
    if (this.#snapshot === null || now - this.#snapshot.at > SNAPSHOT_MS) {
      const snapshot = { at: now, first: this.#readState(), later: [] };
      snapshot.first.catch(() => {
        if (this.#snapshot === snapshot) this.#snapshot = null;
      });
      this.#snapshot = snapshot;
    }
    return this.#snapshot;
  }

  async #readState(): Promise<Uint8Array> {
    const jobs = await this.#feed.uploads.unfinished();
    const shown = [...jobs].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_JOBS);
    for (const { id } of shown) this.#shown.add(id);
    const text = frame('snapshot', JSON.stringify({ jobs: shown.map(toJob), total: jobs.length }));
    const present = await this.#feed.models.activity();
    const activity = JSON.stringify(toActivity(present));
    this.#activity ??= activity;
    return encoded(present.installs.length > 0 || present.switch ? text + frame('model', activity) : text);
  }

  async #readActivity(): Promise<string> {
    return JSON.stringify(toActivity(await this.#feed.models.activity()));
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
