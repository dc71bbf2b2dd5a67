import type { SoundKey } from '../../domain/library/library.types.js';
import { List, type Sql } from './dialect.js';

/**
 * Until the transaction ends nobody else changes these sounds or writes their words. What they are like is looked up afterwards: it
 * is what whoever was faster has left. They are taken in one order, so that two who change the same many sounds wait for one
 * another, and not both for each other.
 */
export async function holdSounds(
  { db, dialect }: Sql,
  which: { ids: readonly string[] } | { keys: readonly SoundKey[] },
): Promise<void> {
  if (!dialect.locksRows) return;
  await db
    .selectFrom('sounds')
    .select('sound_key')
    .where((eb) =>
      'ids' in which
        ? eb('id', 'in', dialect.texts(new List(which.ids)))
        : eb('sound_key', 'in', dialect.keys(new List(which.keys))),
    )
    .orderBy('sound_key')
    .forNoKeyUpdate()
    .execute();
}
