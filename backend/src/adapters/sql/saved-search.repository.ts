import type { Selectable } from 'kysely';
import type { SavedSearchRepository } from '../../domain/personal/personal.ports.js';
import type { SavedSearch } from '../../domain/personal/personal.types.js';
import type { Storage } from './dialect.js';
import type { Schema } from './schema.js';
import { now } from './values.js';

export class SqlSavedSearchRepository implements SavedSearchRepository {
  constructor(private readonly sql: Storage) {}

  async all(ownerId: string): Promise<SavedSearch[]> {
    const rows = await this.sql.db
      .selectFrom('saved_searches')
      .selectAll()
      .where('owner', '=', ownerId)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(toSavedSearch);
  }

  async save(
    ownerId: string,
    { id, name, query, mode, sort, order, view, seenAt, createdAt }: Parameters<SavedSearchRepository['save']>[1],
  ): Promise<SavedSearch> {
    const at = now();
    const found = { owner: ownerId, query, mode, sort, sort_order: order, view };
    const row = await this.sql.db
      .insertInto('saved_searches')
      .values({ id, name, ...found, seen_at: seenAt, created_at: createdAt, updated_at: at })
      .onConflict((conflict) =>
        conflict
          .columns(['owner', 'query', 'mode', 'sort', 'sort_order', 'view'])
          .doUpdateSet({ name, updated_at: at }),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
    return toSavedSearch(row);
  }

  async update(
    ownerId: string,
    id: string,
    { name, seenAt }: Parameters<SavedSearchRepository['update']>[2],
  ): Promise<SavedSearch | null> {
    const row = await this.sql.db
      .updateTable('saved_searches')
      .set({
        ...(name !== undefined && { name, updated_at: now() }),
        ...(seenAt !== undefined && { seen_at: seenAt }),
      })
      .where('owner', '=', ownerId)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst();
    return row ? toSavedSearch(row) : null;
  }

  async delete(ownerId: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.sql.db
      .deleteFrom('saved_searches')
      .where('owner', '=', ownerId)
      .where('id', '=', id)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}

const toSavedSearch = (row: Selectable<Schema['saved_searches']>): SavedSearch => ({
  id: row.id,
  name: row.name,
  query: row.query,
  mode: row.mode,
  sort: row.sort,
  order: row.sort_order,
  view: row.view,
  seenAt: row.seen_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
