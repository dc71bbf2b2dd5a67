import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { DomainError } from '../domain/errors.js';

/** How much of the program's complaints is kept. */
const STDERR_LIMIT = 8_192;

interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running ffmpeg or ffprobe. `ended` never rejects before the process is gone, so awaiting it leaves no zombie. */
export interface MediaProcess {
  stdout: Readable;
  /** The first complaints so far; holds paths: for the log, never for a person. */
  stderr(): string;
  /** Resolves when the process is gone. @throws DomainError `not_ready` when it could not be started */
  ended: Promise<ProcessEnd>;
  kill(): void;
}

/** Starts ffmpeg or ffprobe with nothing on its standard input. */
export function startMediaProcess(program: 'ffmpeg' | 'ffprobe', args: readonly string[]): MediaProcess {
  let child: ChildProcessByStdio<null, Readable, Readable>;
  try {
    child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  } catch (error) {
    // Some failures (an exhausted process table) are thrown instead of emitted.
    throw startError(program, error);
  }
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaints.length < STDERR_LIMIT) complaints += text.slice(0, STDERR_LIMIT - complaints.length);
  });
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.once('error', (error) => reject(startError(program, error)));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  ended.catch(() => undefined);
  return {
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

function startError(program: string, cause: unknown): DomainError {
  if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
    return new DomainError(
      'not_ready',
      `${program} is not installed on the server. Install it (Debian: apt-get install ffmpeg, macOS: brew install ffmpeg) and try again.`,
      { cause, transient: true },
    );
  }
  return new DomainError(
    'not_ready',
    `The server could not start ${program}: it is out of memory or processes. Try again later.`,
    {
      cause,
      transient: true,
    },
  );
}
