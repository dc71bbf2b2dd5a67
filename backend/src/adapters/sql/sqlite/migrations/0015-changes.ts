import { countedInSqlite, type Migration } from '../../migration.js';

const TABLES = ['sounds', 'tags', 'segments', 'collections', 'collection_sounds'] as const;

/** Counts every change of what a search may answer with, so that an answer is known to be still right. */
export const changes: Migration = {
  name: '0015-changes',
  sql: `
    CREATE TABLE library_changes (number INTEGER NOT NULL);
    INSERT INTO library_changes (number) VALUES (0);
    ${TABLES.map(countedInSqlite).join('')}
  `,
};
