import type { ChangeCounter } from '../../domain/search/search.ports.js';
import type { Sql, Storage } from './dialect.js';
import { hot } from './hot.js';

const count = hot(({ db }: Sql) =>
  db.selectFrom('library_changes').select(({ fn }) => fn.sum<number>('number').as('number')),
);

/** Reads the numbers that triggers count up, see migration 0015 and `postgres/beginning.ts`: right whichever process changed the library. */
export class SqlChangeCounter implements ChangeCounter {
  constructor(private readonly sql: Storage) {}

  async number(): Promise<number> {
    return (await count(this.sql))[0]?.number ?? 0;
  }
}
