import { randomUUID } from 'node:crypto';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { RatingRepository } from '../../domain/personal/personal.ports.js';
import type { Rating, RatingChange } from '../../domain/personal/personal.types.js';
import { seenBy } from './access.js';
import { every } from './sound.condition.js';
import { List, type Storage } from './dialect.js';
import { now } from './values.js';

export class SqlRatingRepository implements RatingRepository {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  async all(ownerId: string): Promise<Rating[]> {
    const rows = await this.sql.db
      .selectFrom('ratings')
      .innerJoin('library', 'library.sound_key', 'ratings.sound_key')
      .select(['library.id as soundId', 'favourite', 'stars', 'colour'])
      .where('owner', '=', ownerId)
      .where(every(seenBy(this.viewer, 'library')))
      .orderBy('ratings.updated_at', 'desc')
      .execute();
    return rows.map(({ favourite, ...row }) => ({ ...row, favourite: favourite === 1 }));
  }

  change(ownerId: string, soundIds: readonly string[], change: RatingChange): Promise<Rating[]> {
    return this.sql.transaction(async (tx) => {
      const { db, dialect } = tx;
      // Stars that are given in one tab and a colour that is given in another are both kept.
      await dialect.alone(tx, `ratings of ${ownerId}`);
      const sounds = await db
        .selectFrom('library')
        .leftJoin('ratings', (join) =>
          join.onRef('ratings.sound_key', '=', 'library.sound_key').on('owner', '=', ownerId),
        )
        .select([
          'library.id as soundId',
          'library.sound_key as key',
          'ratings.id as ratingId',
          'favourite',
          'stars',
          'colour',
        ])
        .where('library.id', 'in', dialect.texts(new List(soundIds)))
        .where(every(seenBy(this.viewer, 'library')))
        .execute();
      const at = now();
      const changed: Rating[] = [];
      for (const { soundId, key, ratingId, ...before } of sounds) {
        const favourite = change.favourite ?? before.favourite === 1;
        const stars = change.stars === undefined ? before.stars : change.stars;
        const colour = change.colour === undefined ? before.colour : change.colour;
        const says = favourite || stars !== null || colour !== null;
        const values = { favourite: favourite ? 1 : 0, stars, colour, updated_at: at };
        if (ratingId !== null && says) await db.updateTable('ratings').set(values).where('id', '=', ratingId).execute();
        else if (ratingId !== null) await db.deleteFrom('ratings').where('id', '=', ratingId).execute();
        else if (says) {
          const made = { id: randomUUID(), owner: ownerId, sound_key: key, created_at: at };
          await db
            .insertInto('ratings')
            .values({ ...made, ...values })
            .execute();
        }
        changed.push({ soundId, favourite, stars, colour });
      }
      return changed;
    });
  }
}
