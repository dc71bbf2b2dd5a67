import type { Migration } from '../../migration.js';

/** How sounds are heard (track and weights of its channels, JSON), and how much of a damaged one is missing (0..1). */
export const hearing: Migration = {
  name: '0012-hearing',
  sql: `
    ALTER TABLE sounds ADD COLUMN hearing TEXT;
    ALTER TABLE sounds ADD COLUMN damaged REAL;
  `,
};
