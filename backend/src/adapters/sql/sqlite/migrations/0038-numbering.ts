import type { SharedMigration } from '../../migration.js';

/**
 * Whoever numbers the log of changes passes over lines that somebody is about to delete, instead of waiting for them: two sounds that are deleted
 * one after the other, with lines in the other order, were a deadlock. They get their number at the next look if they stay. SQLite has one
 * writer at a time, and numbers when it writes.
 */
export const numbering: SharedMigration = {
  name: '0038-numbering',
  sql: '',
  postgres: `
    CREATE OR REPLACE FUNCTION number_index_changes() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT EXISTS (SELECT 1 FROM index_changes WHERE seq IS NULL) THEN
        RETURN;
      END IF;
      PERFORM pg_advisory_xact_lock(hashtext('traum.index_numbers'));
      WITH numbered AS MATERIALIZED (
        SELECT line, nextval('index_numbers') AS seq
        FROM (SELECT line FROM index_changes WHERE seq IS NULL ORDER BY line FOR UPDATE SKIP LOCKED) AS waiting
      )
      UPDATE index_changes SET seq = numbered.seq FROM numbered WHERE index_changes.line = numbered.line;
    END $$;`,
};
