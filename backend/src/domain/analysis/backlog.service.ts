import { demand, LOCAL_OWNER } from '../accounts/actor.js';
import { DomainError } from '../errors.js';
import type { RedeliveringQueue } from '../ingest/ingest.ports.js';
import type { JobHandler } from '../jobs/job.handlers.js';
import type { JobsService } from '../jobs/jobs.service.js';
import { OngoingJob } from '../jobs/ongoing.job.js';
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
  private job: OngoingJob | null = null;
  /** Somebody said that this need not be done now. */
  private halted = false;

  constructor(
    private readonly parts: {
      analyses: AnalysisRepository;
      queue: RedeliveringQueue;
      jobs: Pick<JobsService, 'begin' | 'latest'>;
      logger: Log;
      sweepMs?: number;
    },
  ) {}

  start(): void {
    this.sweep();
    this.timer = setInterval(() => this.sweep(), this.parts.sweepMs ?? SWEEP_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }

  /** What can be done with jobs of this kind: a cancelled one rests until somebody wants it, or the program starts again. */
  get handler(): JobHandler {
    return {
      resumes: true,
      retry: async (actor, { id }) => {
        demand(actor, 'admin');
        this.halted = false;
        this.sweep();
        await this.working;
        return (await this.parts.jobs.latest(['analysis']))[0]?.id ?? id;
      },
    };
  }

  private sweep(): void {
    this.working = this.working.then(() => this.deliver());
  }

  /** One process hands sounds over, and its job tells how far they are. @returns whether it is this one */
  private async follows(): Promise<boolean> {
    if (this.job?.stopped) {
      this.job = null;
      this.halted = true;
    }
    if (this.halted) return false;
    const { ready, heard } = await this.parts.analyses.progress(ANALYSIS_VERSION);
    if (heard >= ready) {
      this.job?.complete({ sounds: ready });
      this.job = null;
      return false;
    }
    this.job ??= await OngoingJob.begin(this.parts.jobs, { kind: 'analysis', subject: null, owner: LOCAL_OWNER });
    this.job?.report({ stage: 'listening', progress: heard / ready, detail: { total: ready, done: heard } });
    return this.job !== null;
  }

  /** Hands the next sounds to the queue, unless it has them. A queue that is down is tried again later. */
  private async deliver(): Promise<void> {
    const { analyses, queue, logger } = this.parts;
    try {
      if (!(await this.follows())) return;
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
