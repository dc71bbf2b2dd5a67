import type { Api } from '$lib/api/api';
import type { Collection, Sound } from '$lib/api/types';

const SHOWN = 6;

/** What the start page offers below the box. */
export class Home {
  added = $state.raw<Sound[]>([]);
  played = $state.raw<Sound[]>([]);
  favourites = $state.raw<Sound[]>([]);
  collections = $state.raw<Collection[]>([]);
  readonly #api: Pick<Api, 'list' | 'recentlyPlayed' | 'collections'>;

  constructor(api: Pick<Api, 'list' | 'recentlyPlayed' | 'collections'>) {
    this.#api = api;
  }

  /** All shelves at once, so that none pushes others down; one that cannot be read stays as it was, and the banner tells why. */
  async look(): Promise<void> {
    const newest = { sort: 'added', order: 'desc', limit: SHOWN } as const;
    const [added, played, favourites, collections] = await Promise.all([
      this.#api.list(newest).then(({ items }) => items, none),
      this.#api.recentlyPlayed(SHOWN).catch(none),
      this.#api.list({ ...newest, favourite: true }).then(({ items }) => items, none),
      this.#api.collections().then(recent, none),
    ]);
    this.added = added ?? this.added;
    this.played = played ?? this.played;
    this.favourites = favourites ?? this.favourites;
    this.collections = collections ?? this.collections;
  }
}

const none = (): null => null;

const recent = (collections: readonly Collection[]): Collection[] =>
  [...collections].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt)).slice(0, SHOWN);
