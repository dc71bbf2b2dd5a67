import type { SharedMigration } from '../../migration.js';

/** What accounts left behind that were deleted while something of theirs was on its way: nobody saw it any more. */
const sql = ['sounds SET owner_id', 'collections SET owner_id', 'jobs SET owner']
  .map((set) => {
    const column = set.split(' ').at(-1)!;
    return `UPDATE ${set} = 'local' WHERE ${column} <> 'local' AND ${column} NOT IN (SELECT id FROM users);`;
  })
  .join('\n');

export const orphans: SharedMigration = { name: '0044-orphans', sql, postgres: sql };
