import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../../dist/main/', import.meta.url));
const MODELS = fileURLToPath(new URL('../../../models', import.meta.url));
const START_MS = 60_000;

/** The whole app as `npm start` runs it (API, private Redis and worker in their own processes), or one part as containers run it. */
export class AppProcess {
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  output = '';
  url = '';

  private constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  }

  /** Starts on a free port. Does not wait for the app to be up; see {@link ready}. */
  static spawn(dataDir: string, env: NodeJS.ProcessEnv = {}, part: 'serve' | 'api' | 'worker' = 'serve'): AppProcess {
    const main = path.join(DIST, `${part}.js`);
    if (!existsSync(main)) throw new Error('The backend is not built: run `npm run build -w backend` first.');
    return new AppProcess(
      spawn(process.execPath, [main], {
        env: {
          ...process.env,
          PORT: '0',
          DATA_DIR: dataDir,
          MODELS_DIR: MODELS,
          REDIS_URL: '',
          LOG_LEVEL: 'info',
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  /** Resolves when the line with the URL was printed; a worker has none. */
  async ready(): Promise<this> {
    await until(START_MS, `the app to start; it said:\n${this.output}`, () => {
      if (this.child.exitCode !== null) throw new Error(`The app ended:\n${this.output}`);
      const [, ...urls] = /ready: (http:\S+)|"url":"(http:[^"]+)"/.exec(this.output) ?? [];
      this.url = urls.find(Boolean) ?? '';
      return this.url !== '' || this.output.includes('worker is ready');
    });
    return this;
  }

  async json<T>(route: string, init?: RequestInit): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${route}`, init);
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** SIGTERM, then the exit. */
  async stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill('SIGTERM');
    return await this.exited;
  }

  /** Process ids below the app whose command line contains the word. */
  descendants(word: string): number[] {
    return processes()
      .filter(({ pid, command }) => command.includes(word) && isBelow(pid, this.child.pid ?? -1))
      .map(({ pid }) => pid);
  }
}

interface ProcessRow {
  pid: number;
  parent: number;
  command: string;
}

/** What runs on this machine: from /proc on Linux, where `ps` may be missing, else from `ps`. */
export function processes(): ProcessRow[] {
  if (!existsSync('/proc/self/stat')) {
    return execFileSync('ps', ['-axo', 'pid=,ppid=,command='], { encoding: 'utf8' })
      .split('\n')
      .flatMap((line) => {
        const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
        return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
      });
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(path.join('/proc', name, 'cmdline'), 'utf8').replaceAll('\0', ' ');
        const stat = readFileSync(path.join('/proc', name, 'stat'), 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return [];
      }
    });
}

function isBelow(pid: number, ancestor: number): boolean {
  const parents = new Map(processes().map((row) => [row.pid, row.parent]));
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
    if (at === ancestor) return true;
  }
  return false;
}

/** Polls until the condition holds. @throws when it does not within the time */
export async function until(
  timeoutMs: number,
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    if (await condition()) return;
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
