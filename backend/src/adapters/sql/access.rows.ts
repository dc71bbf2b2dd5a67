import type { SoundKey } from '../../domain/library/library.types.js';
import { List, type Sql } from './dialect.js';

/** Shares sounds with these accounts and no others; those that are gone are left out. Call inside a transaction. */
export async function share({ db, dialect }: Sql, keys: readonly SoundKey[], people: readonly string[]): Promise<void> {
  await db
    .deleteFrom('sound_shares')
    .where('sound_key', 'in', dialect.keys(new List(keys)))
    .execute();
  if (people.length === 0) return;
  await db
    .insertInto('sound_shares')
    .columns(['sound_key', 'user_id'])
    .expression((eb) =>
      eb
        .selectFrom('sounds')
        .innerJoin('users', (join) => join.onTrue())
        .select(['sounds.sound_key', 'users.id'])
        .where('sounds.sound_key', 'in', dialect.keys(new List(keys)))
        .where('users.id', 'in', dialect.texts(new List(people))),
    )
    .execute();
}

/** The same with a collection. */
export async function shareCollection({ db, dialect }: Sql, key: number, people: readonly string[]): Promise<void> {
  await db.deleteFrom('collection_shares').where('collection_key', '=', key).execute();
  if (people.length === 0) return;
  await db
    .insertInto('collection_shares')
    .columns(['collection_key', 'user_id'])
    .expression((eb) =>
      eb
        .selectFrom('collections')
        .innerJoin('users', (join) => join.onTrue())
        .select(['collections.collection_key', 'users.id'])
        .where('collections.collection_key', '=', key)
        .where('users.id', 'in', dialect.texts(new List(people))),
    )
    .execute();
}
