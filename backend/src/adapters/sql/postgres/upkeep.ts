import { sql } from 'kysely';
import { DomainError } from '../../../domain/errors.js';
import type { DatabaseSource } from '../../../domain/backups/backups.ports.js';
import type { DatabaseUpkeep, Run } from '../../../domain/maintenance/maintenance.ports.js';
import { because } from '../../../domain/reasons.js';
import type { Storage } from '../dialect.js';

/** What is left to do beside PostgreSQL's own upkeep, which goes on by itself. */
export class PostgresUpkeep implements DatabaseUpkeep, DatabaseSource {
  constructor(private readonly sql: Storage) {}

  async size(): Promise<{ bytes: number; freeBytes: number }> {
    const { rows } = await sql<{ bytes: number }>`SELECT pg_database_size(current_database()) AS bytes`.execute(
      this.sql.db,
    );
    return { bytes: rows[0]!.bytes, freeBytes: 0 };
  }

  /** Reads every row of every table once: a damaged page says so. */
  async check({ signal, report }: Run): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY name`.execute(
      this.sql.db,
    );
    const complaints: string[] = [];
    for (const [place, { name }] of rows.entries()) {
      signal.throwIfAborted();
      try {
        await sql`SELECT sum(length(${sql.raw(name)}::text)) FROM ${sql.raw(name)}`.execute(this.sql.db);
      } catch (error) {
        if (error instanceof DomainError) throw error;
        complaints.push(`${name}: ${(error as Error).message}`);
      }
      report((place + 1) / rows.length);
    }
    return complaints;
  }

  rewrites(): boolean {
    return false;
  }

  async compact({ signal }: Run): Promise<{ beforeBytes: number; afterBytes: number }> {
    signal.throwIfAborted();
    const before = await this.size();
    await sql`VACUUM (ANALYZE)`.execute(this.sql.db);
    return { beforeBytes: before.bytes, afterBytes: (await this.size()).bytes };
  }

  backup(): Promise<void> {
    return Promise.reject(ownBackups());
  }

  contents(): never {
    throw ownBackups();
  }
}

const ownBackups = (): DomainError => new DomainError('conflict', because('backup_by_postgres'));
