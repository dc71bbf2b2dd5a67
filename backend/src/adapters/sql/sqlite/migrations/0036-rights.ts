import type { SharedMigration } from '../../migration.js';

/** Who made a sound, and under which terms it may be used; each as it is looked for, too. */
export const rights: SharedMigration = {
  name: '0036-rights',
  sql: `
    ALTER TABLE sounds ADD COLUMN author TEXT;
    ALTER TABLE sounds ADD COLUMN author_folded TEXT;
    ALTER TABLE sounds ADD COLUMN licence TEXT;
    ALTER TABLE sounds ADD COLUMN licence_folded TEXT;
    CREATE INDEX sounds_by_author ON sounds (author_folded);
    CREATE INDEX sounds_by_licence ON sounds (licence_folded);
  `,
  postgres: `
    ALTER TABLE sounds ADD COLUMN author text COLLATE "C";
    ALTER TABLE sounds ADD COLUMN author_folded text COLLATE "C";
    ALTER TABLE sounds ADD COLUMN licence text COLLATE "C";
    ALTER TABLE sounds ADD COLUMN licence_folded text COLLATE "C";
    CREATE INDEX sounds_by_author ON sounds (author_folded);
    CREATE INDEX sounds_by_licence ON sounds (licence_folded);
  `,
};
