import { lengthsOfCopies, worthComparing } from '../../domain/copies/candidates.js';
import type { Fingerprint } from '../../domain/copies/copies.types.js';
import { isCopy } from '../../domain/copies/matching.js';
import { outlineOf, type Outline } from '../../domain/copies/outline.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import { List, type Sql } from './dialect.js';
import { inOrderOf } from './values.js';

/** What a fingerprint is a copy of, among those there were at that moment. */
export interface FoundCopies {
  fingerprint: Fingerprint;
  outline: Outline;
  /** Keys of sounds. */
  copies: SoundKey[];
  /** The newest fingerprint that was looked at. */
  seen: number;
}

/** Looks for copies outside the transaction that keeps the fingerprint, so that others can write meanwhile. */
export async function findCopies(
  sql: Sql,
  own: SoundKey | undefined,
  fingerprint: Fingerprint | null,
): Promise<FoundCopies | null> {
  if (fingerprint === null) return null;
  const outline = outlineOf(fingerprint);
  if (outline.durationS === 0) return null;
  const seen = await newest(sql, 'prints', 'print_key');
  return { fingerprint, outline, seen, copies: await copiesAmong(sql, own, fingerprint, outline, [0, seen]) };
}

/** Keeps a fingerprint and joins its sound with its copies. Run inside the transaction that saves the analysis. */
export async function keepFingerprint(tx: Sql, key: SoundKey, found: FoundCopies | null): Promise<void> {
  await tx.db.deleteFrom('prints').where('sound_key', '=', key).execute();
  await tx.db.updateTable('sounds').set({ copy_group: null }).where('sound_key', '=', key).execute();
  if (!found) return;
  const { fingerprint, outline, seen } = found;
  // Another worker may have kept a copy since.
  const later = await copiesAmong(tx, key, fingerprint, outline, [seen, Number.MAX_SAFE_INTEGER]);
  const copies = [...found.copies, ...later];
  await tx.db
    .insertInto('prints')
    .values({
      sound_key: key,
      duration_s: outline.durationS,
      spectrum: Buffer.from(outline.spectrum),
      frame_s: fingerprint.frameS,
      levels: Buffer.from(fingerprint.levels),
    })
    .execute();
  if (copies.length > 0) await join(tx, [key, ...copies]);
}

/** Makes one group of these sounds and of the groups they are in. */
async function join(tx: Sql, keys: SoundKey[]): Promise<void> {
  const members = tx.dialect.keys(new List(keys));
  const rows = await tx.db
    .selectFrom('sounds')
    .select('copy_group')
    .distinct()
    .where('copy_group', 'is not', null)
    .where('sound_key', 'in', members)
    .orderBy('copy_group')
    .execute();
  const groups = rows.map((row) => row.copy_group!);
  const group = groups[0] ?? (await newest(tx, 'sounds', 'copy_group')) + 1;
  await tx.db
    .updateTable('sounds')
    .set({ copy_group: group })
    .where((eb) => eb.or([eb('sound_key', 'in', members), eb('copy_group', 'in', tx.dialect.keys(new List(groups)))]))
    .execute();
}

async function newest({ db }: Sql, table: 'prints' | 'sounds', column: 'print_key' | 'copy_group'): Promise<number> {
  const row = await db
    .selectFrom(table)
    .select((eb) => eb.fn.max<number | null>(eb.ref(column as never)).as('newest'))
    .executeTakeFirst();
  return row?.newest ?? 0;
}

/** @param fingerprints after the first key, up to the second */
async function copiesAmong(
  { db, dialect }: Sql,
  own: SoundKey | undefined,
  fingerprint: Fingerprint,
  outline: Outline,
  [after, upTo]: [after: number, upTo: number],
): Promise<SoundKey[]> {
  const [least, most] = lengthsOfCopies(outline.durationS);
  const near = await db
    .selectFrom('prints')
    .select(['print_key as key', 'spectrum'])
    .where('duration_s', '>=', least)
    .where('duration_s', '<=', most)
    .where('print_key', '>', after)
    .where('print_key', '<=', upTo)
    .execute();
  const worth = worthComparing(outline, near);
  if (worth.length === 0) return [];
  const rows = await db
    .selectFrom('prints')
    .select(['print_key', 'sound_key', 'frame_s', 'levels'])
    .where('print_key', 'in', dialect.keys(new List(worth)))
    .execute();
  return inOrderOf(worth, rows, ({ print_key: key }) => key)
    .filter((row) => row.sound_key !== own && isCopy(fingerprint, { frameS: row.frame_s, levels: row.levels }))
    .map((row) => row.sound_key);
}
