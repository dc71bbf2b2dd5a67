import type { Worker } from 'bullmq';

const RESET_MS = 10_000;

/**
 * Lets a worker look for jobs again although its wait for the next one does not end. BullMQ resets a connection that has not answered in
 * time, and waits for that without a limit: when a node of a cluster dies at this moment it may never end, and the worker, though all
 * its connections are there again, would take nothing any more.
 * @param resetMs how long after the time of a wait that may take
 */
export function endWaits(backend: Pick<Worker['backend'], 'waitForJob'>, resetMs = RESET_MS): void {
  const wait = backend.waitForJob.bind(backend);
  backend.waitForJob = async (seconds) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), seconds * 1000 + resetMs);
    });
    const waiting = wait(seconds);
    waiting.catch(() => undefined);
    try {
      return await Promise.race([waiting, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
