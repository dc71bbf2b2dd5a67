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

  /** Each shelf for itself: one that cannot be read stays as it was, and the banner tells why. */
  async look(): Promise<void> {
    const newest = { sort: 'added', order: 'desc', limit: SHOWN } as const;
    const leave = (): void => undefined;
    await Promise.all([
      this.#api.list(newest).then(({ items }) => (this.added = items), leave),
      this.#api.recentlyPlayed(SHOWN).then((sounds) => (this.played = sounds), leave),
      this.#api.list({ ...newest, favourite: true }).then(({ items }) => (this.favourites = items), leave),
      this.#api.collections().then((all) => (this.collections = recent(all)), leave),
    ]);
  }
}

const recent = (collections: readonly Collection[]): Collection[] =>
  [...collections].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt)).slice(0, SHOWN);
