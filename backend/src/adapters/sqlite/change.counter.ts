import type { ChangeCounter } from '../../domain/search/search.ports.js';
import type { Database } from './database.js';

/** Reads the number that triggers count up, see migration 0015: right whichever process changed the library. */
export class SqliteChangeCounter implements ChangeCounter {
  private readonly statement;

  constructor(db: Database) {
    this.statement = db.prepare<[], number>('SELECT number FROM library_changes').pluck();
  }

  number(): number {
    return this.statement.get() ?? 0;
  }
}
