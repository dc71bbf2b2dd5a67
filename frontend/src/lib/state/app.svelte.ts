import { MediaQuery } from 'svelte/reactivity';
import { createContext } from 'svelte';
import { Api } from '$lib/api/api';
import type { Sound, Visibility } from '$lib/api/types';
import { I18n } from '$lib/i18n/i18n.svelte';
import { Account } from './account.svelte';
import { Collections } from './collections.svelte';
import { Connection } from './connection.svelte';
import { Demo } from './demo.svelte';
import { Edits } from './edits';
import { JobFeed } from './jobs';
import { Library } from './library.svelte';
import { OriginTree } from './origin-tree.svelte';
import { Player } from './player.svelte';
import { Preferences } from './preferences.svelte';
import { Previews } from './previews';
import { Ratings } from './ratings.svelte';
import { SavedSearches } from './saved-searches.svelte';
import { Search } from './search.svelte';
import { Stock } from './stock.svelte';
import { Theme } from './theme.svelte';
import { Toasts } from './toasts.svelte';
import { Trash } from './trash.svelte';
import { Uploads } from './uploads.svelte';
import { Waveforms } from './waveforms';

/** A sound, a moment of it, or a collection, to be heard by somebody without an account. */
export interface Sharing {
  kind: 'sound' | 'collection';
  id: string;
  name: string;
  part: { startS: number; endS: number } | null;
}

/** Sounds or a collection, of which is said who sees them. */
export type Keeping = (
  { kind: 'sounds'; ids: readonly string[] } | { kind: 'collection'; id: string } | { kind: 'folder'; folder: string }
) & {
  name: string;
  onsaved?: (kept: Visibility) => void;
};

/** Everything that outlives a page, built once by the root layout and handed down by context. */
export class App {
  readonly api = new Api();
  readonly account = new Account(this.api.accounts);
  readonly i18n = new I18n();
  readonly theme = new Theme();
  // A play that is not counted costs nobody anything.
  readonly preferences = new Preferences();
  readonly player = new Player(this.preferences, (soundId) => void this.api.countPlay(soundId).catch(() => undefined));
  readonly previews = new Previews();
  readonly toasts = new Toasts(this.i18n);
  readonly jobs = new JobFeed(this.api);
  readonly waveforms = new Waveforms(this.api);
  readonly connection = new Connection(() => this.api.ping());
  readonly uploads = new Uploads(this);
  readonly trash = new Trash(this);
  readonly search = new Search(this.api);
  readonly stock = new Stock(this.api);
  readonly demo = new Demo(this);
  readonly library = new Library(this.api);
  readonly edits = new Edits();
  readonly collections = new Collections(this.api);
  readonly origins = new OriginTree(this.api);
  readonly ratings = new Ratings(this);
  readonly saved = new SavedSearches(this);
  shortcutsOpen = $state(false);
  /** Fingers drop no files and press no keys: texts tell of neither then. */
  readonly touch = new MediaQuery('(pointer: coarse)');
  /** Ids of the sounds for which a collection is being chosen. */
  collecting = $state.raw<string[] | null>(null);
  /** What a link is being made to. */
  sharing = $state.raw<Sharing | null>(null);
  /** Of what is being said who sees it. */
  keeping = $state.raw<Keeping | null>(null);
  /** The sounds that are being tagged. */
  tagging = $state.raw<readonly Sound[] | null>(null);

  constructor() {
    this.jobs.watchEvents(['library', 'reset'], (event, { change, soundId }) => {
      if (event === 'reset') this.#readAnew();
      else if (typeof soundId === 'string') this.#hear(change, soundId);
    });
    this.jobs.watchEvents(['collection', 'reset'], () => this.collections.follow());
    this.jobs.watchEvents(['personal', 'reset'], (event, { about }) => {
      if (event === 'reset' || about === 'ratings') void this.ratings.load();
      if (event === 'reset' || about === 'searches') this.saved.lookSoon();
    });
    this.jobs.watchEvents(['library'], () => this.saved.lookSoon());
    this.api.onOutcome = (error) => this.connection.report(error);
    this.api.onRefused = (since) => this.account.refused(since);
    this.edits.watch((ids, change) => {
      this.library.apply(ids, change);
      this.search.apply(ids, change);
    });
    this.trash.onDeleted = (ids) => {
      const putBack = this.library.forget(ids);
      void this.stock.look();
      return () => {
        putBack();
        void this.stock.look();
      };
    };
  }

  /** What this page deletes itself is hidden at once, and can be had back where it stood. */
  #hear(change: unknown, soundId: string): void {
    if (change === 'deleted' && this.trash.hidden.has(soundId)) return;
    if (change === 'restored') this.trash.restored([soundId]);
    void this.library.hear(change, soundId);
    if (change !== 'updated' && this.stock.sounds !== null) this.stock.lookSoon();
  }

  #readAnew(): void {
    this.library.stale = true;
    void this.stock.look();
  }
}

export const [getApp, setApp] = createContext<App>();
