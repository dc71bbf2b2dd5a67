import type { SharedMigration } from '../../migration.js';

const SIZES = [8, 16, 20, 24, 32, 64];
/** The name of what is not encoded tells it; of all others the file is asked, see `analysis.repository.ts`. */
const named = SIZES.flatMap((bits) =>
  ['u', 's', 'f'].map((kind) => `WHEN codec LIKE 'pcm_${kind}${bits}%' THEN ${bits}`),
);
const told = `UPDATE sounds SET bits_per_sample = CASE ${named.join(' ')} END WHERE codec LIKE 'pcm_%';`;

/** Bits of each sample; 0 where the file was asked and does not say. */
export const bits: SharedMigration = {
  name: '0048-bits',
  sql: `ALTER TABLE sounds ADD COLUMN bits_per_sample INTEGER; ${told}`,
  postgres: `ALTER TABLE sounds ADD COLUMN bits_per_sample integer; ${told}`,
};
