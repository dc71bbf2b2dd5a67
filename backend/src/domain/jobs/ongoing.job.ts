import { DomainError } from '../errors.js';
import type { Work } from './held.job.js';
import type { JobOrder, JobsService } from './jobs.service.js';
import type { JobProgress } from './jobs.types.js';

/** A job of work that is done step by step, and ends when whoever takes the steps says so. */
export class OngoingJob {
  #resolve: (result: unknown) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  private constructor(private readonly work: Work) {}

  /** Null while it is done elsewhere. */
  static async begin(jobs: Pick<JobsService, 'begin'>, order: JobOrder): Promise<OngoingJob | null> {
    return new Promise((resolve, reject) => {
      const doing = (work: Work): Promise<unknown> => {
        const job = new OngoingJob(work);
        resolve(job);
        return job.#ended();
      };
      jobs.begin(order, doing).then((begun) => begun ?? resolve(null), reject);
    });
  }

  get subject(): string | null {
    return this.work.job.subject;
  }

  /** Somebody stopped it, or it is another's by now. */
  get stopped(): boolean {
    return this.work.signal.aborted;
  }

  report(progress: JobProgress): void {
    this.work.report(progress);
  }

  complete(result: unknown = null): void {
    this.#resolve(result);
  }

  fail(error: DomainError): void {
    this.#reject(error);
  }

  cancel(): void {
    this.#reject(new DomainError('cancelled', 'The job was cancelled.'));
  }

  async #ended(): Promise<unknown> {
    const { signal } = this.work;
    return new Promise((resolve, reject) => {
      [this.#resolve, this.#reject] = [resolve, reject];
      const stop = (): void => reject(signal.reason as Error);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }
}
