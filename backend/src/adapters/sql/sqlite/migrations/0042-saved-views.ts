import type { SharedMigration } from '../../migration.js';

/** In which order a saved search shows what it finds, and whether sounds or moments. With another one it is another search. */
export const savedViews: SharedMigration = {
  name: '0042-saved-views',
  sql: `
    ALTER TABLE saved_searches RENAME TO saved_searches_before;
    CREATE TABLE saved_searches (
      id TEXT PRIMARY KEY,
      owner TEXT NOT NULL,
      name TEXT NOT NULL,
      query TEXT NOT NULL,
      mode TEXT NOT NULL,
      seen_at TEXT NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      sort TEXT NOT NULL DEFAULT 'relevance',
      sort_order TEXT NOT NULL DEFAULT 'asc',
      view TEXT NOT NULL DEFAULT 'sounds',
      UNIQUE (owner, query, mode, sort, sort_order, view)
    ) STRICT;
    INSERT INTO saved_searches (id, owner, name, query, mode, seen_at, created_at, updated_at)
      SELECT id, owner, name, query, mode, seen_at, created_at, updated_at FROM saved_searches_before;
    DROP TABLE saved_searches_before;
  `,
  postgres: `
    ALTER TABLE saved_searches ADD COLUMN sort text COLLATE "C" NOT NULL DEFAULT 'relevance';
    ALTER TABLE saved_searches ADD COLUMN sort_order text COLLATE "C" NOT NULL DEFAULT 'asc';
    ALTER TABLE saved_searches ADD COLUMN view text COLLATE "C" NOT NULL DEFAULT 'sounds';
    ALTER TABLE saved_searches DROP CONSTRAINT saved_searches_owner_query_mode_key;
    ALTER TABLE saved_searches ADD UNIQUE (owner, query, mode, sort, sort_order, view);
  `,
};
