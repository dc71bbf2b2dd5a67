import type { SSEStreamingApi } from 'hono/streaming';
import { DomainError } from '../domain/errors.js';
import type { Job } from '../domain/ingest/ingest.types.js';
import type { AppDeps } from './deps.js';
import { toJob } from './present.js';
import { toActivity } from './present-models.js';

type Feed = Pick<AppDeps, 'uploads' | 'events' | 'library' | 'models' | 'pace'>;

const PACE = { heartbeatMs: 15_000, intervalMs: 250 };

/** Sends every change of one job, the present state first; ends when the job does (or is deleted). */
export async function followJob(
  stream: SSEStreamingApi,
  { uploads, events, pace = PACE }: Feed,
  jobId: string,
): Promise<void> {
  const bell = new Bell(stream);
  const unsubscribe = events.subscribe((changed) => changed === jobId && bell.ring());
  try {
    let sent = '';
    while (!stream.aborted) {
      const job = jobOrNull(() => uploads.job(jobId));
      if (!job) break;
      const data = JSON.stringify(toJob(job));
      if (data !== sent) await stream.writeSSE({ event: 'job', data });
      sent = data;
      if (isOver(job)) break;
      await bell.wait(pace);
      if (!bell.rang) await stream.write(': still here\n\n');
    }
  } finally {
    unsubscribe();
  }
}

/** Sends the unfinished jobs, then every change of any job, of the library and of the models, until the client goes. */
export async function followAll(
  stream: SSEStreamingApi,
  { uploads, events, library, models, pace = PACE }: Feed,
): Promise<void> {
  const bell = new Bell(stream);
  const changed = new Set<string>();
  const sounds = new Map<string, string>();
  const unsubscribeJobs = events.subscribe((jobId) => {
    changed.add(jobId);
    bell.ring();
  });
  const unsubscribeLibrary = library.subscribe(({ soundId, change }) => {
    sounds.set(soundId, change);
    bell.ring();
  });
  let sentActivity = JSON.stringify(toActivity({ ...models.activity(), installs: [], switch: null }));
  const unsubscribeModels = models.subscribe(() => bell.ring());
  const sendActivity = async (): Promise<void> => {
    const data = JSON.stringify(toActivity(models.activity()));
    if (data !== sentActivity) await stream.writeSSE({ event: 'model', data });
    sentActivity = data;
  };
  const unfinished = new Set<string>();
  const send = async (job: Job): Promise<void> => {
    if (isOver(job)) unfinished.delete(job.id);
    else unfinished.add(job.id);
    await stream.writeSSE({ event: 'job', data: JSON.stringify(toJob(job)) });
  };
  try {
    await stream.write(': welcome\n\n');
    for (const job of uploads.unfinished()) await send(job);
    const { installs, switch: change } = models.activity();
    if (installs.length > 0 || change) await sendActivity();
    while (!stream.aborted) {
      await bell.wait(pace);
      if (!bell.rang) {
        await stream.write(': still here\n\n');
        // Should a notice have been lost, what is shown as running is looked up again.
        for (const jobId of unfinished) changed.add(jobId);
      }
      for (const jobId of drained(changed)) {
        const job = jobOrNull(() => uploads.job(jobId));
        if (job) await send(job);
        else unfinished.delete(jobId);
      }
      for (const [soundId, change] of drained(sounds)) {
        await stream.writeSSE({ event: 'library', data: JSON.stringify({ change, soundId }) });
      }
      await sendActivity();
    }
  } finally {
    unsubscribeJobs();
    unsubscribeLibrary();
    unsubscribeModels();
  }
}

/** Wakes a waiting stream, but no more often than the pace allows: what happens in between is sent together. */
class Bell {
  rang = false;
  #wake: () => void = () => undefined;
  #pending = false;

  constructor(stream: SSEStreamingApi) {
    stream.onAbort(() => this.ring());
  }

  ring(): void {
    this.#pending = true;
    this.#wake();
  }

  /** Resolves after a ring (at least one interval from now), or after a heartbeat without one. */
  async wait({ heartbeatMs, intervalMs }: { heartbeatMs: number; intervalMs: number }): Promise<void> {
    if (!this.#pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, heartbeatMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.rang = this.#pending;
    if (this.rang) await new Promise((resolve) => setTimeout(resolve, intervalMs));
    this.#pending = false;
  }
}

const isOver = ({ state }: Job): boolean => state === 'completed' || state === 'failed';

/** Takes everything out of a set or map. */
function drained<T>(collection: Iterable<T> & { clear(): void }): T[] {
  const items = [...collection];
  collection.clear();
  return items;
}

function jobOrNull(read: () => Job): Job | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return null;
    throw error;
  }
}
