import type { Migration } from '../../migration.js';

/**
 * The change to another model (at most one) and the embedding it takes. The chosen model itself is a setting. A job's row
 * stays until the switch ends, so that progress can be told from the rows alone.
 */
export const models: Migration = {
  name: '0004-models',
  sql: `
    CREATE TABLE model_switch (
      only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
      target_id TEXT NOT NULL,
      target_key TEXT,
      state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'failed')),
      error TEXT
    ) STRICT;

    CREATE TABLE embed_jobs (
      id TEXT PRIMARY KEY,
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      model_key TEXT NOT NULL,
      state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'active', 'done', 'failed')),
      duration_s REAL NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      error TEXT
    ) STRICT;
    CREATE INDEX embed_jobs_by_state ON embed_jobs (state, duration_s);
    CREATE INDEX embed_jobs_by_sound ON embed_jobs (sound_key);
  `,
};
