import fs from 'node:fs';
import path from 'node:path';

const heartbeatMs = 5_000;
/** After this long without a heartbeat the owner is gone, even if its process id is now another program's. */
const staleMs = 60_000;

/**
 * Runs `work` while no other process works under the same lock file. Waits for the other one; a lock whose owner no
 * longer runs is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {{ onWait?: (pid: number) => void, pollMs?: number }} [options] `onWait` is called once, if it has to wait
 * @returns {Promise<T>}
 */
export async function withLock(file, work, { onWait, pollMs = 500 } = {}) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let waited = false;
  while (!tryLock(file)) {
    const owner = ownerOf(file);
    if (owner === null) continue;
    if (!isRunning(owner) || isStale(file)) {
      takeAway(file, owner);
      continue;
    }
    if (!waited) onWait?.(owner);
    waited = true;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  const release = () => {
    if (ownerOf(file) === process.pid) fs.rmSync(file, { force: true });
  };
  const onSignal = (signal) => {
    release();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  const heartbeat = setInterval(() => fs.utimesSync(file, new Date(), new Date()), heartbeatMs);
  heartbeat.unref();
  process.once('exit', release);
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.removeListener('exit', release);
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
    release();
  }
}

/** Creates the lock with its owner already inside, so that nobody ever sees a lock without one. */
function tryLock(file) {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, String(process.pid));
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** Renaming first: of two processes that find the same dead owner, only one removes the lock. */
function takeAway(file, owner) {
  const aside = `${file}.stale-${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return;
  }
  if (Number(fs.readFileSync(aside, 'utf8')) !== owner) fs.linkSync(aside, file);
  fs.rmSync(aside, { force: true });
}

function ownerOf(file) {
  try {
    return Number(fs.readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function isStale(file) {
  try {
    return Date.now() - fs.statSync(file).mtimeMs > staleMs;
  } catch {
    return false;
  }
}

function isRunning(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
