import type { Migration } from './index.js';

const TABLES = ['sounds', 'tags', 'segments', 'collections', 'collection_sounds'] as const;

const counted = (table: string, event: 'INSERT' | 'UPDATE' | 'DELETE'): string => `
    CREATE TRIGGER ${table}_${event.toLowerCase()}_counted AFTER ${event} ON ${table} BEGIN
      UPDATE library_changes SET number = number + 1;
    END;`;

/** Counts every change of what a search may answer with, so that an answer is known to be still right. */
export const changes: Migration = {
  name: '0015-changes',
  sql: `
    CREATE TABLE library_changes (number INTEGER NOT NULL);
    INSERT INTO library_changes (number) VALUES (0);
    ${TABLES.flatMap((table) => (['INSERT', 'UPDATE', 'DELETE'] as const).map((event) => counted(table, event))).join('')}
  `,
};
