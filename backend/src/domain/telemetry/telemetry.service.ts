import { demand, type Actor } from '../accounts/actor.js';
import type { EventLog } from '../events.js';
import type { JobRepository } from '../ingest/ingest.ports.js';
import type { StageTime } from '../ingest/stage.clock.js';
import { isUnfinished } from '../jobs/jobs.types.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { Log } from '../log.js';
import type { TelemetrySample, WorkerWatch } from './telemetry.types.js';

export const SAMPLE_EVERY_S = 5;
const KEPT_S = 3600;
const WINDOW_MS = 60_000;
/** More searches than this in a minute are counted, but their latencies make room for newer ones. */
const MAX_LATENCIES = 5000;

interface Share {
  durationS: number;
  /** 0..1 of it has been counted. */
  done: number;
  endedAt: number | null;
}

/** Samples of the running system, the last hour of them, in memory only. */
export class TelemetryService {
  readonly #parts;
  readonly #now: () => number;
  readonly #samples: TelemetrySample[] = [];
  /** Jobs that run, or ended within the window. */
  readonly #shares = new Map<string, Share>();
  #work: { at: number; audioS: number; sounds: number }[] = [];
  #searches: { at: number; tookMs: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: () => void = () => undefined;
  /** What is looked up in the database, one after the other: shares are added up from what was before. */
  #working: Promise<void> = Promise.resolve();

  constructor(parts: {
    jobs: Pick<JobRepository, 'get' | 'counts'>;
    sounds: Pick<SoundRepository, 'get'>;
    events: Pick<EventLog, 'subscribe'>;
    workers: WorkerWatch;
    logger: Log;
    /** Resident memory of this process, bytes. */
    memoryBytes: () => number;
    /** Milliseconds since 1970; for tests. */
    now?: () => number;
  }) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  start(): void {
    this.#unsubscribe = this.#parts.events.subscribe(({ event }) => {
      if (event.kind === 'job') void this.#next(() => this.#follow(event.jobId));
    });
    this.#timer = setInterval(() => void this.sample(), SAMPLE_EVERY_S * 1000);
    this.#timer.unref();
    void this.sample();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#unsubscribe();
    await this.#working;
  }

  /** Counts a search that took so long, milliseconds. */
  search(tookMs: number): void {
    this.#searches.push({ at: this.#now(), tookMs });
    if (this.#searches.length > MAX_LATENCIES) this.#searches.shift();
  }

  /**
   * Samples of the last `minutes`, oldest first.
   * @param after only later ones (ISO 8601 UTC), for clients that have the rest
   */
  recent(actor: Actor, minutes: number, after?: string): TelemetrySample[] {
    demand(actor, 'admin');
    const since = new Date(this.#now() - minutes * 60_000).toISOString();
    const from = after !== undefined && after > since ? after : since;
    return this.#samples.filter(({ at }) => at > from);
  }

  /** The workers heard of lately, and what stages took in all of them. */
  workers(): { count: number; stages: Record<string, StageTime> } {
    const present = this.#parts.workers.present();
    const stages: Record<string, StageTime> = {};
    for (const [stage, { runs, seconds }] of present.flatMap((worker) => Object.entries(worker.stages))) {
      const sum = (stages[stage] ??= { runs: 0, seconds: 0 });
      sum.runs += runs;
      sum.seconds += seconds;
    }
    return { count: present.length, stages };
  }

  /** Takes one sample, of all that was told before. */
  sample(): Promise<void> {
    return this.#next(() => this.#sample());
  }

  async #sample(): Promise<void> {
    const { jobs, workers, memoryBytes } = this.#parts;
    const now = this.#now();
    const since = now - WINDOW_MS;
    this.#work = this.#work.filter(({ at }) => at > since);
    this.#searches = this.#searches.filter(({ at }) => at > since);
    for (const [id, { endedAt }] of this.#shares) if (endedAt !== null && endedAt <= since) this.#shares.delete(id);
    const { queued, active } = await jobs.counts();
    const present = workers.present();
    const times = this.#searches.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
    this.#samples.push({
      at: new Date(now).toISOString(),
      queued,
      active,
      realTimeFactor: round(this.#work.reduce((sum, { audioS }) => sum + audioS, 0) / (WINDOW_MS / 1000)),
      soundsPerMin: this.#work.reduce((sum, { sounds }) => sum + sounds, 0),
      serverMemoryBytes: memoryBytes(),
      workerMemoryBytes: present.length > 0 ? present.reduce((sum, worker) => sum + worker.memoryBytes, 0) : null,
      workers: present.length,
      searches: times.length,
      searchP50Ms: quantile(times, 0.5),
      searchP95Ms: quantile(times, 0.95),
    });
    if (this.#samples.length > KEPT_S / SAMPLE_EVERY_S) this.#samples.shift();
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#working = this.#working
      .then(work)
      .catch((error: unknown) => this.#parts.logger.warn({ err: error }, 'a figure of the running system is missing'));
    return this.#working;
  }

  /** Counts what a job has done since it was last heard of, so that one long sound is no peak at its end. */
  async #follow(jobId: string): Promise<void> {
    const { jobs, sounds } = this.#parts;
    const job = await jobs.get(jobId);
    if (!job) {
      this.#shares.delete(jobId);
      return;
    }
    const over = !isUnfinished(job);
    const share = this.#shares.get(jobId) ?? {
      durationS: (await sounds.get(job.soundId))?.durationS ?? 0,
      done: 0,
      endedAt: null,
    };
    // Told once more of a job that was over already.
    if (over && share.endedAt !== null) return;
    const completed = job.state === 'completed';
    const done = completed ? 1 : job.progress;
    const at = this.#now();
    this.#work.push({ at, audioS: Math.max(0, done - share.done) * share.durationS, sounds: completed ? 1 : 0 });
    this.#shares.set(jobId, { ...share, done, endedAt: over ? at : null });
  }
}

/** Nearest rank; null of nothing. */
const quantile = (sorted: readonly number[], share: number): number | null =>
  sorted.length === 0 ? null : round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!);

const round = (value: number): number => Math.round(value * 10) / 10;
