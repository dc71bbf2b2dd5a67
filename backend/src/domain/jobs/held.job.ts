import { DomainError } from '../errors.js';
import type { Job, JobProgress } from './jobs.types.js';

/** What whoever does the work is given. */
export interface Work {
  readonly job: Job;
  /** Aborts when somebody cancels the job, when the program ends, or when another process holds it now. */
  readonly signal: AbortSignal;
  /** Tells how far it is; as often as one likes. */
  readonly report: (progress: JobProgress) => void;
}

/** A job that this process holds. */
export class HeldJob implements Work {
  readonly #controller = new AbortController();
  /** What was not written yet. */
  unwritten: JobProgress | null = null;
  writtenAt = -Infinity;
  timer: NodeJS.Timeout | undefined;
  /** Resolves when its work is over. */
  done: Promise<void> = Promise.resolve();

  constructor(
    public job: Job,
    private readonly onReport: (held: HeldJob) => void,
  ) {}

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly report = ({ stage, progress, detail = this.job.detail }: JobProgress): void => {
    this.job = { ...this.job, stage, progress: Math.min(1, Math.max(0, progress)), detail };
    this.unwritten = { stage, progress: this.job.progress, detail };
    this.onReport(this);
  };

  stop(why: 'cancelled' | 'lost' | 'ending'): void {
    const says = {
      cancelled: 'The job was cancelled.',
      lost: 'Another process goes on with this job.',
      ending: 'The program is shutting down.',
    };
    this.#controller.abort(new DomainError('cancelled', says[why]));
  }
}
