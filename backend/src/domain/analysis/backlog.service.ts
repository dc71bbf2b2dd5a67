import { DomainError } from '../errors.js';
import type { RedeliveringQueue } from '../ingest/ingest.ports.js';
import type { Log } from '../log.js';
import type { AnalysisRepository } from './analysis.ports.js';
import { ANALYSIS_VERSION, analysisJobId } from './analysis.types.js';

const SWEEP_MS = 10_000;
/** Jobs in the queue at a time. */
const DELIVERED_AT_ONCE = 200;

/**
 * Has sounds analysed that the present estimators have not heard, behind all other work. What is left to do is told by
 * the database alone, so that it goes on after any crash. Runs in the API process only.
 */
export class AnalysisBacklog {
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: {
      analyses: AnalysisRepository;
      queue: RedeliveringQueue;
      logger: Log;
      sweepMs?: number;
    },
  ) {}

  start(): void {
    const sweep = (): void => {
      this.working = this.working.then(() => this.deliver());
    };
    sweep();
    this.timer = setInterval(sweep, this.parts.sweepMs ?? SWEEP_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }

  /** Hands the next sounds to the queue, unless it has them. A queue that is down is tried again later. */
  private async deliver(): Promise<void> {
    const { analyses, queue, logger } = this.parts;
    try {
      const pending = await analyses.pending(ANALYSIS_VERSION, DELIVERED_AT_ONCE);
      if (pending.length === 0) return;
      const added = await queue.addMissing(pending.map(analysisJobId), { background: true });
      if (added > 0) logger.debug({ sounds: added }, 'sounds are listened to for tempo and key');
    } catch (error) {
      if (error instanceof DomainError && error.code === 'queue_unavailable') return;
      logger.error({ err: error }, 'sounds could not be queued for analysis');
    }
  }
}
