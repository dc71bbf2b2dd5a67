import type { SharedMigration } from '../../migration.js';

/** Sets of vectors in an engine outside of the database: which one answers for a model, and how far it goes. */
export const vectorSets: SharedMigration = {
  name: '0037-vector-sets',
  sql: `
    CREATE TABLE vector_sets (
      name TEXT PRIMARY KEY,
      model_key TEXT NOT NULL,
      active INTEGER NOT NULL DEFAULT 0,
      seq INTEGER NOT NULL DEFAULT 0,
      filled INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX vector_sets_by_model ON vector_sets (model_key) WHERE active = 1;
  `,
  postgres: `
    CREATE TABLE vector_sets (
      name text COLLATE "C" PRIMARY KEY,
      model_key text COLLATE "C" NOT NULL,
      active integer NOT NULL DEFAULT 0,
      seq bigint NOT NULL DEFAULT 0,
      filled integer NOT NULL DEFAULT 0
    );
    CREATE UNIQUE INDEX vector_sets_by_model ON vector_sets (model_key) WHERE active = 1;
  `,
};
