import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { PostgresStorage } from '../../src/adapters/sql/index.js';

const ENGINES = path.resolve(import.meta.dirname, '../../../.cache/engines/lib');
/** PostgreSQL does not run as root: there it runs as nobody. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : null;
const TEMPLATE = 'empty_library';

function programs(): string | null {
  const given = process.env.TEST_POSTGRES_BIN;
  if (given) return given;
  const found = (existsSync(ENGINES) ? readdirSync(ENGINES) : [])
    .map((python) => path.join(ENGINES, python, 'site-packages/pgserver/pginstall/bin'))
    .find((bin) => existsSync(path.join(bin, 'postgres')));
  return found ?? null;
}

/** Why tests that need PostgreSQL are skipped; null when they run. CI does without none of them. */
export function withoutPostgres(): string | null {
  if (programs() !== null) return null;
  const why = 'PostgreSQL is not here: "npm test" fetches it with Python 3, or TEST_POSTGRES_BIN names its programs';
  if (process.env.CI) throw new Error(`${why}. CI must not skip its tests.`);
  process.stderr.write(`SKIPPED: ${why}.\n`);
  return why;
}

/** A PostgreSQL of a test's own, on a socket in a folder of its own. */
export class TestPostgres {
  private process: ChildProcess | null = null;
  private readonly opened: PostgresStorage[] = [];

  private constructor(private readonly folder: string) {}

  static async start(): Promise<TestPostgres> {
    const folder = mkdtempSync(path.join(tmpdir(), 'traum-postgres-'));
    if (NOBODY) chownSync(folder, NOBODY.uid, NOBODY.gid);
    const server = new TestPostgres(folder);
    const initdb = ['-D', path.join(folder, 'data'), '-U', 'traum', '-A', 'trust', '--no-sync', '-E', 'UTF8'];
    const run = promisify(execFile);
    await run(path.join(programs()!, 'initdb'), [...initdb, '--locale=C.UTF-8'], { cwd: folder, ...NOBODY });
    await server.resume();
    await server.command(`CREATE DATABASE ${TEMPLATE}`);
    const storage = await PostgresStorage.open({ url: server.url(TEMPLATE), connections: 1 });
    await storage.close();
    return server;
  }

  url(database: string): string {
    return `postgres://traum@/${database}?host=${encodeURIComponent(this.folder)}`;
  }

  /** Starts the server (again). */
  async resume(): Promise<void> {
    const settings = ['fsync=off', 'full_page_writes=off', 'max_connections=200', 'listen_addresses='];
    const child = spawn(
      path.join(programs()!, 'postgres'),
      ['-D', path.join(this.folder, 'data'), '-k', this.folder, ...settings.flatMap((setting) => ['-c', setting])],
      { stdio: 'ignore', cwd: this.folder, ...NOBODY },
    );
    this.process = child;
    const deadline = Date.now() + 60_000;
    for (;;) {
      try {
        await this.command('SELECT 1');
        return;
      } catch (error) {
        if (Date.now() > deadline || child.exitCode !== null) throw error;
        await sleep(50);
      }
    }
  }

  /** Ends the server at once, as when it crashes; what was committed is there when it is started again. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    // SIGQUIT: it takes its own processes down with it, and recovers from its log.
    child.kill('SIGQUIT');
    await Promise.race([ended, sleep(10_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
    await ended;
  }

  /** An empty library. @returns its URL */
  async library(): Promise<string> {
    const name = `library_${randomUUID().replaceAll('-', '')}`;
    await this.command(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY file_copy`);
    return this.url(name);
  }

  /** Opens a library, until the server stops at the latest. */
  async open(url: string): Promise<PostgresStorage> {
    const storage = await PostgresStorage.open({ url, connections: 4 });
    this.opened.push(storage);
    return storage;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.opened.map((storage) => storage.close()));
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async command(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres') });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }
}
