import { randomUUID } from 'node:crypto';
import os from 'node:os';

/** Tells a process from a later one with the same number: in a container all are number 1 or 7. */
const RUN = randomUUID();

/** The name under which this process takes jobs: machine, process, run. */
export const ownName = (): string => `${os.hostname()}/${process.pid}/${RUN}`;

/** Whether the worker of this name ran on this machine (or in this container) and does no longer. */
export function isGone(name: string | undefined): boolean {
  const [host, pid, run] = name?.split('/') ?? [];
  if (host !== os.hostname() || run === RUN || !Number(pid)) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
