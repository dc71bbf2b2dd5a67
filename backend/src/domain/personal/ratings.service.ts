import { demand, type Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import type { EventSink } from '../events.js';
import type { RatingRepository } from './personal.ports.js';
import type { Rating, RatingChange } from './personal.types.js';

/** Favourites, stars and colours: everybody has their own. */
export class RatingsService {
  readonly #ratings;
  readonly #events;

  constructor(parts: { ratings: Seen<RatingRepository>; events: EventSink }) {
    this.#ratings = parts.ratings;
    this.#events = parts.events;
  }

  async all(actor: Actor): Promise<Rating[]> {
    demand(actor, 'read');
    return this.#ratings(viewerOf(actor)).all(actor.ownerId);
  }

  async change(
    actor: Actor,
    soundIds: readonly string[],
    change: RatingChange,
  ): Promise<{ ratings: Rating[]; notFound: string[] }> {
    demand(actor, 'own');
    const ids = [...new Set(soundIds)];
    const ratings = await this.#ratings(viewerOf(actor)).change(actor.ownerId, ids, change);
    if (ratings.length > 0) this.#events.tell({ kind: 'personal', about: 'ratings', ownerId: actor.ownerId });
    const found = new Set(ratings.map(({ soundId }) => soundId));
    return { ratings, notFound: ids.filter((id) => !found.has(id)) };
  }
}
