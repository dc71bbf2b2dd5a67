import type { Migration } from '../../migration.js';

/** Where tempo and key come from, how sure an estimate is, and by which version of the estimators a sound was heard. */
export const analysis: Migration = {
  name: '0006-analysis',
  sql: `
    ALTER TABLE sounds ADD COLUMN bpm_source TEXT;
    ALTER TABLE sounds ADD COLUMN bpm_confidence REAL;
    ALTER TABLE sounds ADD COLUMN key_source TEXT;
    ALTER TABLE sounds ADD COLUMN key_confidence REAL;
    ALTER TABLE sounds ADD COLUMN analysis_version INTEGER;
    CREATE INDEX sounds_by_analysis ON sounds (analysis_version, sound_key);
    UPDATE sounds SET
      bpm_source = CASE WHEN bpm IS NULL THEN NULL
                        WHEN 'bpm' IN (SELECT value FROM json_each(edited)) THEN 'user' ELSE 'tag' END,
      key_source = CASE WHEN key IS NULL THEN NULL
                        WHEN 'key' IN (SELECT value FROM json_each(edited)) THEN 'user' ELSE 'tag' END;
  `,
};
