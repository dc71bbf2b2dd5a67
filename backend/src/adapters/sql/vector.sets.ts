import type { VectorSet, VectorSets } from '../../domain/search/vector-sets.ports.js';
import type { Storage } from './dialect.js';
import type { Schema } from './schema.js';
import { List } from './dialect.js';

const toSet = (row: Schema['vector_sets']): VectorSet => ({
  name: row.name,
  modelKey: row.model_key,
  seq: row.seq,
  filled: row.filled === 1,
});

export class SqlVectorSets implements VectorSets {
  constructor(private readonly sql: Storage) {}

  async active(modelKey: string): Promise<VectorSet | null> {
    const row = await this.sql.db
      .selectFrom('vector_sets')
      .selectAll()
      .where('model_key', '=', modelKey)
      .where('active', '=', 1)
      .executeTakeFirst();
    return row ? toSet(row) : null;
  }

  async add(name: string, modelKey: string): Promise<void> {
    const row = { name, model_key: modelKey, active: 0, seq: 0, filled: 0 };
    await this.sql.db.insertInto('vector_sets').values(row).execute();
  }

  activate(name: string): Promise<void> {
    return this.sql.transaction(
      async ({ db }) => {
        const model = db.selectFrom('vector_sets').select('model_key').where('name', '=', name);
        await db.updateTable('vector_sets').set({ active: 0 }).where('model_key', '=', model).execute();
        await db.updateTable('vector_sets').set({ active: 1 }).where('name', '=', name).execute();
      },
      { durable: true },
    );
  }

  async advance(name: string, from: number, { seq, filled }: Pick<VectorSet, 'seq' | 'filled'>): Promise<boolean> {
    const { numUpdatedRows } = await this.sql.db
      .updateTable('vector_sets')
      .set({ seq, filled: filled ? 1 : 0 })
      .where('name', '=', name)
      .where('seq', '=', from)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async rewind(name: string, seq: number): Promise<void> {
    await this.sql.db.updateTable('vector_sets').set({ seq }).where('name', '=', name).where('seq', '>', seq).execute();
  }

  async unwanted(modelKeys: readonly string[]): Promise<VectorSet[]> {
    const { db, dialect } = this.sql;
    const rows = await db
      .selectFrom('vector_sets')
      .selectAll()
      .where((is) => is.or([is('active', '=', 0), is('model_key', 'not in', dialect.texts(new List([...modelKeys])))]))
      .orderBy('name')
      .execute();
    return rows.map(toSet);
  }

  async forget(name: string): Promise<void> {
    await this.sql.db.deleteFrom('vector_sets').where('name', '=', name).execute();
  }
}
