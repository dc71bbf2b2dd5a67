import { SvelteMap } from 'svelte/reactivity';
import type { Api } from '$lib/api/api';
import type { Rating } from '$lib/api/types';
import { COLOURS, type SoundColour } from '$lib/util/colours';
import type { I18n } from '$lib/i18n/i18n.svelte';
import { undoing } from './undo-many';
import type { Toasts } from './toasts.svelte';
import { waysBack, type Own } from './ways-back';

const NONE: Own = { favourite: false, stars: null, colour: null };

interface Parts {
  api: Pick<Api, 'ratings' | 'rate'>;
  toasts: Pick<Toasts, 'failure' | 'show'>;
  i18n: Pick<I18n, 't'>;
}

/** One's own favourites, stars and colours, by the id of the sound. */
export class Ratings {
  readonly #bySound = new SvelteMap<string, Own>();
  readonly #api: Pick<Api, 'ratings' | 'rate'>;
  readonly #toasts: Pick<Toasts, 'failure' | 'show'>;
  readonly #i18n: Pick<I18n, 't'>;
  #loaded = false;
  /** Counts what was sent: an answer that crossed one of them may be older than it. */
  #sent = 0;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- bookkeeping that no page reads
  readonly #sending = new Set<Promise<unknown>>();
  /** What a key did, for those who do not see it: the focus is on no control then that would tell. */
  told = $state.raw({ text: '' });
  /** Counts what was changed, so that lists of favourites know when to look again. */
  changes = $state(0);

  constructor({ api, toasts, i18n }: Parts) {
    this.#api = api;
    this.#toasts = toasts;
    this.#i18n = i18n;
  }

  of(soundId: string): Own {
    return this.#bySound.get(soundId) ?? NONE;
  }

  async load(): Promise<void> {
    try {
      const ratings = await this.#latest();
      this.#bySound.clear();
      for (const rating of ratings) this.#keep(rating);
      // The first time nobody has looked at others.
      if (this.#loaded) this.changes++;
      this.#loaded = true;
    } catch {
      // The banner tells that the server is away.
    }
  }

  async #latest(): Promise<Rating[]> {
    for (;;) {
      await Promise.allSettled(this.#sending);
      const sent = this.#sent;
      const ratings = await this.#api.ratings();
      if (sent === this.#sent) return ratings;
    }
  }

  /** All of them become favourites, unless all are. */
  toggleFavourite(soundIds: readonly string[]): void {
    const favourite = !soundIds.every((id) => this.of(id).favourite);
    void this.#change(soundIds, { favourite });
  }

  /** The same number again takes the stars away. */
  setStars(soundIds: readonly string[], stars: number): void {
    const again = soundIds.every((id) => this.of(id).stars === stars);
    void this.#change(soundIds, { stars: again || stars === 0 ? null : stars });
  }

  /** The same colour again takes it away. */
  setColour(soundIds: readonly string[], colour: SoundColour): void {
    const again = soundIds.every((id) => this.of(id).colour === colour);
    void this.#change(soundIds, { colour: again ? null : colour });
  }

  /** From one colour to the next, and from the last to none. */
  nextColour(soundIds: readonly string[]): void {
    const [first = ''] = soundIds;
    const { colour } = this.of(first);
    const next = COLOURS[colour === null ? 0 : COLOURS.indexOf(colour) + 1];
    void this.#change(soundIds, { colour: next ?? null });
  }

  /** Says what these have now; of several the message with the way back tells. */
  tell(kind: keyof Own, soundIds: readonly string[]): void {
    const [only = '', another] = soundIds;
    if (another !== undefined) return;
    const t = this.#i18n.t;
    const { favourite, stars, colour } = this.of(only);
    if (kind === 'favourite') this.told = { text: favourite ? t.ratings.favourite : t.ratings.noFavourite };
    else if (kind === 'stars') this.told = { text: stars === null ? t.ratings.noStars : t.ratings.give(stars) };
    else this.told = { text: colour === null ? t.ratings.colourless : t.filters.colours[colour] };
  }

  /** Shown at once; what the server refuses goes back. Of several sounds the way back is offered. */
  async #change(soundIds: readonly string[], change: Partial<Own>): Promise<void> {
    const before = soundIds.map((soundId) => ({ soundId, ...this.of(soundId) }));
    try {
      await this.#rate(soundIds, change);
      if (soundIds.length < 2) return;
      const { rated } = this.#i18n.t.ratings;
      const back = waysBack(before, change);
      const undo = undoing({ i18n: this.#i18n, toasts: this.#toasts }, back, ([ids, own]) => this.#rate(ids, own));
      this.#toasts.show('success', rated(soundIds.length), undo);
    } catch (error) {
      this.#toasts.failure(error);
    }
  }

  async #rate(soundIds: readonly string[], change: Partial<Own>): Promise<void> {
    const before = soundIds.map((soundId) => ({ soundId, ...this.of(soundId) }));
    for (const rating of before) this.#keep({ ...rating, ...change });
    this.#sent++;
    const sending = this.#api.rate([...soundIds], change);
    this.#sending.add(sending);
    try {
      await sending;
      this.changes++;
    } catch (error) {
      for (const rating of before) this.#keep(rating);
      throw error;
    } finally {
      this.#sending.delete(sending);
    }
  }

  #keep({ soundId, favourite, stars, colour }: Rating): void {
    if (favourite || stars !== null || colour !== null) this.#bySound.set(soundId, { favourite, stars, colour });
    else this.#bySound.delete(soundId);
  }
}
