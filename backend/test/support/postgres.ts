import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgres } from '../../../scripts/engines/postgres.mjs';
import { NO_POSTGRES, postgresPrograms } from '../../../scripts/engines/programs.mjs';
import { PostgresStorage } from '../../src/adapters/sql/index.js';
import { skipped } from './engines.js';

const SETTINGS = ['fsync=off', 'full_page_writes=off', 'max_connections=200'];
const TEMPLATE = 'empty_library';

/** Why tests that need PostgreSQL are skipped; null when they run. */
export const withoutPostgres = (): string | null =>
  skipped(postgresPrograms() === null ? NO_POSTGRES : null, { inCI: false });

/** A PostgreSQL of a test's own, with libraries. */
export class TestPostgres {
  private readonly opened: PostgresStorage[] = [];

  private constructor(
    private readonly folder: string,
    private readonly server: Awaited<ReturnType<typeof startPostgres>>,
  ) {}

  static async start(): Promise<TestPostgres> {
    const folder = mkdtempSync(path.join(tmpdir(), 'traum-postgres-'));
    const server = await startPostgres(folder, SETTINGS);
    await server.query(`CREATE DATABASE ${TEMPLATE}`);
    const storage = await PostgresStorage.open({ url: server.url(TEMPLATE), connections: 1 });
    await storage.close();
    return new TestPostgres(folder, server);
  }

  url(database: string): string {
    return this.server.url(database);
  }

  /** Starts the server again. */
  resume(): Promise<void> {
    return this.server.engine.start();
  }

  /** Ends the server at once, as when it crashes; what was committed is there when it is started again. */
  kill(): Promise<void> {
    // SIGQUIT: it takes its own processes down with it, and recovers from its log.
    return this.server.engine.kill('SIGQUIT');
  }

  /** An empty library. @returns its URL */
  async library(): Promise<string> {
    const name = `library_${randomUUID().replaceAll('-', '')}`;
    await this.server.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY file_copy`);
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
}
