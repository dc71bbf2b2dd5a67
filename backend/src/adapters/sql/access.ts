import { sql as raw, type RawBuilder } from 'kysely';
import type { Viewer } from '../../domain/accounts/viewer.js';
import { IN_LIBRARY } from './in-library.js';

type Condition = RawBuilder<boolean>;

/** What may be private, with the table that says who sees one besides its owner. */
const SHARES = {
  sound_key: raw.table('sound_shares'),
  collection_key: raw.table('collection_shares'),
} as const;

function seen(viewer: Viewer, key: keyof typeof SHARES, table: string | null): Condition[] {
  const { id, shared, ownOnly } = viewer;
  if (id === null) return [];
  const column = (name: string): RawBuilder<unknown> => raw.ref(table === null ? name : `${table}.${name}`);
  if (ownOnly) return [raw`${column('owner_id')} = ${id}`];
  const others = shared
    ? raw` OR (${column('visibility')} = 'shared' AND ${column(key)} IN (SELECT ${raw.ref(key)} FROM ${SHARES[key]} WHERE user_id = ${id}))`
    : raw``;
  return [raw`(${column('visibility')} = 'public' OR ${column('owner_id')} = ${id}${others})`];
}

/** Over `library` or `sounds`, by the name that it has there: sounds that the viewer may see. None where that is all. */
export const seenBy = (viewer: Viewer, table: string | null = null): Condition[] => seen(viewer, 'sound_key', table);

/** The same over `collections`: those that were not deleted, or only those that were and can be had back. */
export const collectionsSeenBy = (
  viewer: Viewer,
  table: string | null = null,
  { deleted = false }: { deleted?: boolean } = {},
): Condition[] => {
  const when = raw.ref(table === null ? 'deleted_at' : `${table}.deleted_at`);
  return [deleted ? raw`${when} IS NOT NULL` : raw`${when} IS NULL`, ...seen(viewer, 'collection_key', table)];
};

/** For tables with the key of a sound: those of the library that the viewer may see. */
export function inLibraryOf(viewer: Viewer): Condition {
  const conditions = seenBy(viewer, 'others');
  if (conditions.length === 0) return IN_LIBRARY;
  // What is hidden is less than what is not, and an index lists it.
  return raw`${IN_LIBRARY} AND sound_key NOT IN (
    SELECT others.sound_key FROM sounds AS others WHERE others.visibility <> 'public' AND NOT ${raw.join(conditions)})`;
}
