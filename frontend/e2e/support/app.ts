import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const START_MS = 120_000;

/** The real app in one process tree, with a data directory of its own and a port that was free. */
export class RunningApp {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    readonly dataDir: string,
    /** What it printed, line by line; more comes. */
    readonly said: readonly string[],
  ) {}

  static async start(settings: Record<string, string> = {}): Promise<RunningApp> {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'traum-e2e-'));
    const child = spawn(process.execPath, [path.join(root, 'backend/dist/main/serve.js')], {
      cwd: root,
      env: {
        ...process.env,
        PORT: '0',
        HOST: '127.0.0.1',
        DATA_DIR: dataDir,
        STATIC_DIR: path.join(root, 'frontend/build'),
        LOG_LEVEL: 'warn',
        REDIS_URL: '',
        AUTH: '',
        MODEL: '',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`The app did not start: ${why}\n${said.join('\n')}`));
      const timer = setTimeout(() => fail(`nothing after ${START_MS / 1000} s`), START_MS);
      child.once('exit', (code) => fail(`it ended with ${code}`));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          said.push(line);
          const found = /ready: (http:\/\/\S+)/.exec(line)?.[1];
          if (!found) return;
          clearTimeout(timer);
          resolve(found);
        });
      }
    });
    return new RunningApp(url, child, dataDir, said);
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    if (this.child.exitCode === null) {
      this.child.kill('SIGTERM');
      await ended;
    }
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
