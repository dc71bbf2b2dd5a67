import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Api } from '$lib/api/api';
import { isAbort } from '$lib/api/problem';
import type { Job, Sound, SoundPage, SoundStatus } from '$lib/api/types';
import { asSet, byId } from '$lib/util/collect';

export type LibrarySort =
  'added' | 'title' | 'artist' | 'duration' | 'size' | 'bpm' | 'key' | 'loudness' | 'brightness' | 'recorded';

export type LibraryView = 'list' | 'table' | 'grid';

export interface LibraryQuery {
  q: string;
  status: SoundStatus | null;
  sort: LibrarySort;
  order: 'asc' | 'desc';
}

const PAGE = 100;
const REREAD = 500;
/** Changes are gathered for this long; up to a few are fetched one by one. */
const GATHER_MS = 150;
const FEW = 10;

/** Rows before the place that was gone to: whoever scrolls back a little has them. */
const BEFORE = 30;

/** The list of all sounds: a part of it is loaded, which grows as somebody scrolls, and begins anew where somebody goes. */
export class Library {
  items = $state.raw<Sound[]>([]);
  /** How many of the list come before the items. */
  start = $state(0);
  total = $state(0);
  busy = $state(false);
  loaded = $state(false);
  /** Sounds have come that the list does not show yet. */
  stale = $state(false);
  error = $state.raw<unknown>(null);
  query = $state.raw<LibraryQuery>({ q: '', status: null, sort: 'added', order: 'desc' });
  /** Progress of sounds being processed, by sound id. */
  readonly progress = new SvelteMap<string, Job>();
  #cursor: string | null = null;
  readonly #changed = new SvelteSet<string>();
  #abort: AbortController | null = null;
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Loads the list's beginning, unless it is the list already shown and nothing is new. */
  async open(query: LibraryQuery, options: { again?: boolean } = {}): Promise<void> {
    const same = JSON.stringify(query) === JSON.stringify(this.query);
    if (same && this.loaded && !this.stale && !this.error && !options.again) return;
    this.query = query;
    this.stale = false;
    this.#abort?.abort();
    this.#abort = new AbortController();
    await this.#load({ offset: 0, limit: PAGE }, 'instead');
  }

  /** Sees to it that these rows are there, or will be. */
  async need(first: number, last: number): Promise<void> {
    if (!this.loaded || this.error) return;
    const end = this.start + this.items.length;
    if (first >= end || last <= this.start) {
      if (first >= this.total) return;
      // Whoever went there waits for nothing else.
      this.#abort?.abort();
      this.#abort = new AbortController();
      const offset = Math.max(0, first - BEFORE);
      await this.#load({ offset, limit: PAGE }, 'instead');
    } else if (!this.busy && first < this.start) {
      const offset = Math.max(0, this.start - PAGE);
      await this.#load({ offset, limit: this.start - offset }, 'before');
    } else if (!this.busy && this.#cursor) {
      await this.#load({ cursor: this.#cursor, limit: PAGE }, 'behind');
    }
  }

  get complete(): boolean {
    return this.loaded && this.start === 0 && this.items.length >= this.total;
  }

  replace(sound: Sound): void {
    this.apply(asSet([sound.id]), () => sound);
  }

  /** Shows a change of some of its sounds. */
  apply(ids: ReadonlySet<string>, change: (sound: Sound) => Sound): void {
    this.items = this.items.map((item) => (ids.has(item.id) ? change(item) : item));
  }

  /** Follows a job: shows its progress, and the sound as it is once the job has ended. */
  async follow(job: Job): Promise<void> {
    const ended = job.state === 'completed' || job.state === 'failed';
    if (ended) this.progress.delete(job.soundId);
    else this.progress.set(job.soundId, job);
    const known = this.items.find((item) => item.id === job.soundId);
    if (!known) this.stale = true;
    else if (ended || known.status !== 'processing') await this.refresh(job.soundId);
  }

  /** Shows what somebody else did to a sound. */
  async hear(change: unknown, soundId: string): Promise<void> {
    if (change === 'updated') await this.refresh(soundId);
    else if (change === 'deleted') this.forget([soundId]);
    else if (!this.items.some(({ id }) => id === soundId)) this.stale = true;
  }

  /** Leaves out what was deleted. Returns what puts it back where it was, as long as the list is the same. */
  forget(ids: readonly string[]): () => void {
    const gone = asSet(ids);
    const { items: before, query } = this;
    const left = before.filter((item) => !gone.has(item.id));
    const known = before.length - left.length;
    this.items = left;
    this.total = Math.max(left.length, this.total - known);
    if (known < gone.size) this.stale = true;
    return () => {
      this.stale = true;
      if (query !== this.query) return;
      const present = byId(this.items);
      const back = before.filter((item) => gone.has(item.id) && !present.has(item.id));
      const ordered = before.flatMap((item) => present.get(item.id) ?? (back.includes(item) ? item : []));
      const known = byId(before);
      this.items = [...ordered, ...this.items.filter(({ id }) => !known.has(id))];
      this.total += back.length;
    };
  }

  /** All ids of the list, loaded or not. */
  async ids(): Promise<string[]> {
    const { q, status, sort, order } = this.query;
    return this.#api.soundIds({ q, sort, order, ...(status ? { status } : {}) });
  }

  /** Fetches a sound of the list anew; many that changed together, page by page. */
  async refresh(soundId: string): Promise<void> {
    if (!this.items.some((item) => item.id === soundId)) return;
    this.#changed.add(soundId);
    if (this.#changed.size > 1) return;
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    const changed = [...this.#changed];
    this.#changed.clear();
    try {
      if (changed.length <= FEW) for (const id of changed) this.replace(await this.#api.sound(id));
      else await this.#reread(asSet(changed));
    } catch {
      // Deleted meanwhile, or the server is away: the next load shows how it is.
    }
  }

  async #reread(changed: ReadonlySet<string>): Promise<void> {
    const { q, status, sort, order } = this.query;
    const last = this.items.findLastIndex((item) => changed.has(item.id));
    let cursor: string | null = null;
    for (let seen = 0; seen <= last;) {
      const from = cursor ? { cursor } : { offset: this.start };
      const options = { q, sort, order, limit: REREAD, ...(status ? { status } : {}), ...from };
      const page: SoundPage = await this.#api.list(options);
      const fresh = byId(page.items);
      this.items = this.items.map((item) => fresh.get(item.id) ?? item);
      seen += page.items.length;
      cursor = page.nextCursor;
      if (!cursor) break;
    }
  }

  async #load(
    what: { offset: number; limit: number } | { cursor: string; limit: number },
    where: 'instead' | 'before' | 'behind',
  ): Promise<void> {
    const abort = this.#abort;
    if (!abort) return;
    const { q, status, sort, order } = this.query;
    this.busy = true;
    this.error = null;
    try {
      const page = await this.#api.list({ q, sort, order, ...what, ...(status ? { status } : {}) }, abort.signal);
      this.#take(page, where, 'offset' in what ? what.offset : this.start);
      this.loaded = true;
    } catch (error) {
      if (isAbort(error)) return;
      this.error = error;
    } finally {
      if (abort === this.#abort) this.busy = false;
    }
  }

  #take(page: SoundPage, where: 'instead' | 'before' | 'behind', start: number): void {
    // Sounds that came or went meanwhile have moved the others.
    const known = asSet(where === 'instead' ? [] : this.items.map(({ id }) => id));
    const fresh = page.items.filter(({ id }) => !known.has(id));
    if (where === 'instead') this.items = fresh;
    else this.items = where === 'before' ? [...fresh, ...this.items] : [...this.items, ...fresh];
    if (where !== 'behind') this.start = start;
    if (where !== 'before') this.#cursor = page.nextCursor;
    this.total = page.total;
  }
}
