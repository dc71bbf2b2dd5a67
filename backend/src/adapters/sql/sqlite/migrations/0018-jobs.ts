import type { Migration } from '../../migration.js';

/**
 * One table for all long work. Jobs of kind `process` belong to a generation of a sound, as before, with the ids they had; others
 * are about what `subject` names. Whoever does one of those holds it and says again and again until when.
 */
export const jobs: Migration = {
  name: '0018-jobs',
  sql: `
    ALTER TABLE jobs RENAME TO jobs_before;
    DROP INDEX jobs_by_state;
    CREATE TABLE jobs (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL DEFAULT 'process',
      sound_key INTEGER REFERENCES sounds (sound_key) ON DELETE CASCADE,
      generation INTEGER,
      subject TEXT,
      owner TEXT NOT NULL DEFAULT 'local',
      state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'active', 'completed', 'failed', 'cancelled')),
      stage TEXT NOT NULL DEFAULT 'waiting',
      progress REAL NOT NULL DEFAULT 0,
      detail TEXT,
      result TEXT,
      error TEXT,
      cancelling INTEGER NOT NULL DEFAULT 0,
      attempts INTEGER NOT NULL DEFAULT 0,
      holder TEXT,
      held_until TEXT,
      created_at TEXT NOT NULL,
      started_at TEXT,
      finished_at TEXT,
      UNIQUE (sound_key, generation),
      CHECK ((kind = 'process') = (sound_key IS NOT NULL AND generation IS NOT NULL))
    ) STRICT;
    INSERT INTO jobs (id, sound_key, generation, state, stage, progress, attempts, error, created_at, started_at, finished_at)
      SELECT id, sound_key, generation, state, stage, progress, attempts, error, created_at, started_at, finished_at
      FROM jobs_before ORDER BY rowid;
    DROP TABLE jobs_before;
    CREATE INDEX jobs_by_state ON jobs (state, created_at);
    CREATE INDEX jobs_by_time ON jobs (created_at, id);
    CREATE UNIQUE INDEX jobs_unfinished ON jobs (kind, coalesce(subject, ''))
      WHERE sound_key IS NULL AND state IN ('queued', 'active');

    CREATE TABLE leases (
      name TEXT PRIMARY KEY,
      holder TEXT NOT NULL,
      held_until TEXT NOT NULL
    ) STRICT;
  `,
};
