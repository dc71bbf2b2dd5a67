import { DomainError } from '../errors.js';
import type { AudioStore, SoundRepository } from '../library/library.ports.js';
import type { JobsService } from '../jobs/jobs.service.js';
import type { Log } from '../log.js';
import type { JobRepository, RedeliveringQueue } from './ingest.ports.js';
import { expectedLengthS } from './length.js';

const SWEEP_MS = 15_000;
/** Every so many times what others left behind is looked for as well: workers end and begin again while this process runs on. */
const STORE_EVERY = 40;

/**
 * Keeps the queue in step with the database, which is the truth: after a crash, an outage or a lost queue file every unfinished job
 * is handed over again. Doing so twice, or in several processes, is harmless.
 */
export class RecoveryService {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private unreachable = false;

  constructor(
    private readonly deps: {
      jobs: JobRepository;
      sounds: Pick<SoundRepository, 'get'>;
      queue: RedeliveringQueue;
      store: AudioStore;
      /** Key of the active model. */
      modelKey: string;
      logger: Log;
      leads: JobsService['leads'];
      sweepMs?: number;
    },
  ) {}

  /**
   * At the start of the server: cleans up, has sounds embedded anew that the active model does not know, and hands over all
   * unfinished jobs. An unreachable queue is no failure: the periodic sweep catches up.
   */
  async onStart(): Promise<void> {
    const { jobs, store, modelKey, logger } = this.deps;
    await store.sweep();
    const stale = await jobs.restartWithoutModel(modelKey);
    if (stale > 0) logger.info({ sounds: stale, modelKey }, 'sounds will be embedded with the active model');
    await this.redeliver();
  }

  /** Hands over the jobs that the queue has lost or never got. */
  async redeliver(): Promise<void> {
    const { jobs, sounds, queue, logger } = this.deps;
    try {
      const unfinished = await jobs.unfinished();
      const soundOf = new Map(unfinished.map(({ id, soundId }) => [id, soundId]));
      const ownerOf = new Map(unfinished.map(({ id, owner }) => [id, owner]));
      const added = await queue.addMissing([...soundOf.keys()], {
        ownerOf: (jobId) => ownerOf.get(jobId),
        lengthOf: async (jobId) => {
          const sound = await sounds.get(soundOf.get(jobId) ?? '');
          return sound ? expectedLengthS(sound) : undefined;
        },
      });
      if (added > 0) logger.info({ jobs: added }, 'unfinished jobs were queued again');
      this.unreachable = false;
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'queue_unavailable') throw error;
      if (!this.unreachable)
        logger.warn({ err: error }, 'the queue cannot be reached; unfinished jobs are handed over when it is back');
      this.unreachable = true;
    }
  }

  /** Repeats {@link redeliver}, and looks for what was left behind, until {@link stop}. */
  start(): void {
    let times = 0;
    this.timer = setInterval(() => {
      this.sweeping = this.sweeping
        .then(async () => {
          if (await this.deps.leads('recovery')) await this.redeliver();
          // Each on its own disk.
          if (++times % STORE_EVERY === 0) await this.deps.store.sweep();
        })
        .catch((error: unknown) => {
          this.deps.logger.error({ err: error }, 'looking for unfinished jobs failed');
        });
    }, this.deps.sweepMs ?? SWEEP_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }
}
