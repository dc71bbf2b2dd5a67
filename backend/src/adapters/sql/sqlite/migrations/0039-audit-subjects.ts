import type { SharedMigration } from '../../migration.js';

/** To what something was done that was done to many things. */
export const auditSubjects: SharedMigration = {
  name: '0039-audit-subjects',
  sql: `
    ALTER TABLE audit_log ADD COLUMN count INTEGER NOT NULL DEFAULT 0;
    UPDATE audit_log SET count = 1 WHERE subject IS NOT NULL;
    CREATE TABLE audit_subjects (
      deed INTEGER NOT NULL REFERENCES audit_log (id) ON DELETE CASCADE,
      place INTEGER NOT NULL,
      subject TEXT NOT NULL,
      PRIMARY KEY (deed, place)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX audit_subjects_by_subject ON audit_subjects (subject, deed);
    CREATE INDEX audit_by_subject ON audit_log (subject, id);
  `,
  postgres: `
    ALTER TABLE audit_log ADD COLUMN count integer NOT NULL DEFAULT 0;
    UPDATE audit_log SET count = 1 WHERE subject IS NOT NULL;
    CREATE TABLE audit_subjects (
      deed bigint NOT NULL REFERENCES audit_log (id) ON DELETE CASCADE,
      place integer NOT NULL,
      subject text COLLATE "C" NOT NULL,
      PRIMARY KEY (deed, place)
    );
    CREATE INDEX audit_subjects_by_subject ON audit_subjects (subject, deed);
    CREATE INDEX audit_by_subject ON audit_log (subject, id);
  `,
};
