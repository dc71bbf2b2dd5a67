import { spawn, type ChildProcessByStdio } from 'node:child_process';
import os from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { DomainError } from '../domain/errors.js';
import { MediaSlots } from './media-slots.js';
import { because } from '../domain/reasons.js';

/** How much of the program's complaints is kept. */
const STDERR_LIMIT = 8_192;

/**
 * Data that a program may hold, in kilobytes: its code and shared libraries (about 45 MB) come on top. Ordinary decoding takes
 * 40 to 60 MB; what takes more is the index of a long MP4, so that large files may have more.
 */
const DATA_KB = 96 * 1024;
const DATA_KB_PER_FILE_KB = 2;
const MOST_EXTRA_KB = 160 * 1024;
/** Address space, code and libraries included: the coarse limit where the system does not count data. */
const ADDRESS_SPACE_KB = 1024 * 1024;
/** No single block of memory is larger; cover pictures and tags of honest files are smaller. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024;
/** Each thread of a program takes this much of its memory at once. */
const STACK_KB = 2048;
/** As far behind searching as the worker is. */
const NICENESS = 10;

/** What a program gets of our environment: nothing that is secret. */
const ENVIRONMENT = ['PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'LD_LIBRARY_PATH', 'SystemRoot'];

/**
 * Sets the limits and becomes the program. A limit that the system does not know (macOS has none for address space) or that
 * is lower already is left as it is.
 */
const LAUNCHER = ['ulimit -c 0', 'ulimit -d "$1"', 'ulimit -v "$2"', 'ulimit -s "$3"', 'ulimit -t "$4"']
  .map((limit) => `${limit} 2>/dev/null || :`)
  .concat('shift 4', 'exec "$@"')
  .join('; ');
/** What a shell says when there is no such program. */
const NO_SUCH_PROGRAM = 127;

interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running ffmpeg or ffprobe. `ended` never rejects before the process is gone, so awaiting it leaves no zombie. */
export interface MediaProcess {
  /** Only of one that was started with it. */
  stdin: Writable | null;
  stdout: Readable;
  /** The first complaints so far; holds paths: for the log, never for a person. */
  stderr(): string;
  /** Resolves when the process is gone. @throws DomainError `not_ready` when it could not be started */
  ended: Promise<ProcessEnd>;
  kill(): void;
}

export interface MediaLimits {
  /** Processor time, seconds. */
  cpuS: number;
  /** Size of the file that is read, bytes. */
  fileBytes: number;
  /** Ends the wait for a turn; the process itself is ended by {@link MediaProcess.kill}. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs ffmpeg and ffprobe on files that nobody has looked at yet: with limits of memory and processor time, without our
 * environment, and not too many at once.
 */
export class MediaPrograms {
  /** @param slots shared by all that should not run too many programs together */
  constructor(readonly slots: MediaSlots = new MediaSlots({ atOnce: Infinity })) {}

  /**
   * Starts a program when it is its turn, with nothing on its standard input unless that is asked for.
   * @param onComplaint told of each line of its complaints, also of those that are not kept
   * @throws DomainError `not_ready` when it cannot be started, or not soon; `cancelled`
   */
  async start(
    program: 'ffmpeg' | 'ffprobe',
    args: readonly string[],
    limits: MediaLimits,
    onComplaint?: (line: string) => void,
    { stdin = false } = {},
  ): Promise<MediaProcess> {
    const release = await this.slots.acquire(limits.signal);
    try {
      const process = startProcess(program, args, limits, onComplaint, stdin);
      void process.ended.then(release, release);
      return process;
    } catch (error) {
      release();
      throw error;
    }
  }
}

function startProcess(
  program: string,
  args: readonly string[],
  limits: MediaLimits,
  onComplaint: ((line: string) => void) | undefined,
  stdin: boolean,
): MediaProcess {
  const all = [program, '-max_alloc', String(MAX_BLOCK_BYTES), ...args];
  const [command, ...rest] =
    process.platform === 'win32' ? all : ['/bin/sh', '-c', LAUNCHER, 'sh', ...limitsOf(limits), ...all];
  let child: ChildProcessByStdio<Writable | null, Readable, Readable>;
  try {
    child = spawn(command as string, rest, {
      stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      windowsHide: true,
      env: environment(),
    }) as typeof child;
  } catch (error) {
    // Some failures (an exhausted process table) are thrown instead of emitted.
    throw startError(program, error);
  }
  stepBack(child.pid);
  if (onComplaint) createInterface({ input: child.stderr }).on('line', onComplaint);
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaints.length < STDERR_LIMIT) complaints += text.slice(0, STDERR_LIMIT - complaints.length);
  });
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.once('error', (error) => reject(startError(program, error)));
    child.once('close', (code, signal) => {
      if (code === NO_SUCH_PROGRAM) reject(notInstalled(program, new Error(complaints)));
      else resolve({ code, signal });
    });
  });
  ended.catch(() => undefined);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: () => complaints,
    ended,
    kill: () => {
      child.kill('SIGKILL');
      // Output that nobody reads any more would keep the process entry waiting for its pipe.
      child.stdout.destroy();
    },
  };
}

function limitsOf({ cpuS, fileBytes }: MediaLimits): string[] {
  const extraKb = Math.min(MOST_EXTRA_KB, Math.ceil((fileBytes / 1024) * DATA_KB_PER_FILE_KB));
  return [DATA_KB + extraKb, ADDRESS_SPACE_KB + extraKb, STACK_KB, Math.ceil(cpuS)].map(String);
}

function environment(): NodeJS.ProcessEnv {
  const kept = ENVIRONMENT.flatMap((name) => {
    // eslint-disable-next-line no-restricted-properties -- what a program inherits, no settings
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  // One heap for all threads: with one each the limit would be eaten by room that nobody uses.
  return { ...(Object.fromEntries(kept) as NodeJS.ProcessEnv), MALLOC_ARENA_MAX: '1' };
}

/** A worker steps back further than this by itself, and a system may forbid it: both are fine. */
function stepBack(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    if (os.getPriority() < NICENESS) os.setPriority(pid, NICENESS);
  } catch {
    // It has ended already.
  }
}

function startError(program: string, cause: unknown): DomainError {
  if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return notInstalled(program, cause);
  return new DomainError('not_ready', because('program_not_started', { program }), { cause, transient: true });
}

const notInstalled = (program: string, cause: unknown): DomainError =>
  new DomainError('not_ready', because('program_missing', { program }), { cause, transient: true });
