import { SvelteMap } from 'svelte/reactivity';
import type { Api } from '$lib/api/api';
import { isAbort } from '$lib/api/problem';
import type { Match, ParsedQuery, SearchAnswer, SearchResult, Sound } from '$lib/api/types';
import { hasQuery, type Criteria } from '$lib/search/criteria';
import { splitExamples } from '$lib/search/examples';
import { isOrder, soughtOf } from '$lib/search/query-text';
import { omit } from '$lib/util/object';

const PAGE = 30;
/** Of an answer that comes while somebody types, which the next letter may replace. */
const GLIMPSE = 12;
/** A pause of typing. */
const PAUSE_MS = 110;
/** Of the first results, so many that are longer than this are listened to again for the exact place. */
const CLOSELY = 10;
const LONG_S = 12;

export const changedIn = (
  results: SearchResult[],
  ids: ReadonlySet<string>,
  change: (sound: Sound) => Sound,
): SearchResult[] =>
  results.map((result) => (ids.has(result.sound.id) ? { ...result, sound: change(result.sound) } : result));

/** The search that the address bar names, and its answer. Kept above the pages, so that coming back finds it as it was. */
export class Search {
  /** What stands in the box, searched for or not. */
  draft = $state('');
  /** What is searched for while somebody types, instead of what the address says; null when they are the same. */
  typing = $state.raw<Criteria | null>(null);
  /** Whether also those are shown that hardly fit. */
  unfolded = $state(false);
  /** What examples are called, by their ids. */
  readonly names = new SvelteMap<string, string>();
  criteria = $state.raw<Criteria | null>(null);
  answer = $state.raw<SearchAnswer | null>(null);
  results = $state.raw<SearchResult[]>([]);
  busy = $state(false);
  loadingMore = $state(false);
  error = $state.raw<unknown>(null);
  /** How the text of the address, or of the box where that was asked for, is read. */
  parsed = $state.raw<ParsedQuery | null>(null);
  /** The file that is on its way to be searched with; null without one. */
  listeningTo = $state<string | null>(null);
  /** What to look for in a sound that was found. */
  readonly sought = $derived(this.parsed ? soughtOf(this.parsed) : (this.criteria?.q ?? ''));
  readonly fitting = $derived(this.results.filter(({ fits }) => fits));
  /** Whether those that hardly fit are folded away: there are some that do. */
  readonly folded = $derived(!this.unfolded && (this.answer?.fitting ?? 0) > 0);
  readonly shown = $derived(this.folded ? this.fitting : this.results);
  readonly hasMore = $derived(
    this.answer !== null &&
      this.results.length < this.answer.total &&
      (!this.folded || this.fitting.length < this.answer.fitting),
  );
  readonly #api: Api;
  #signature = '';
  #abort: AbortController | null = null;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Runs the search unless it is the one already shown. */
  async run(criteria: Criteria, options: { again?: boolean } = {}): Promise<void> {
    clearTimeout(this.#pause);
    const typed = this.typing !== null;
    this.typing = null;
    // Another list of the same answer asks nothing.
    const signature = JSON.stringify({ ...criteria, moments: undefined });
    if (signature === this.#signature && !options.again) {
      this.criteria = criteria;
      return;
    }
    if (typed || criteria.q !== this.criteria?.q) this.draft = criteria.q;
    await this.#find(criteria, signature, { limit: PAGE, history: true });
  }

  /** Searches for what stands in the box once typing pauses; neither the address nor the history learn of it. */
  type(how: Omit<Criteria, 'q'>): void {
    clearTimeout(this.#pause);
    const criteria: Criteria = { ...how, q: this.draft.trim() };
    this.#pause = setTimeout(() => {
      this.typing = criteria;
      void this.#find(criteria, `typing ${JSON.stringify(criteria)}`, { limit: GLIMPSE, history: false });
    }, PAUSE_MS);
  }

  async #find(criteria: Criteria, signature: string, how: { limit: number; history: boolean }): Promise<void> {
    this.#signature = signature;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.criteria = criteria;
    this.error = null;
    this.unfolded = false;
    if (!hasQuery(criteria)) {
      this.parsed = null;
      this.answer = null;
      this.results = [];
      this.busy = false;
      return;
    }
    this.busy = true;
    try {
      const { asked, answer } = await this.#inOneOrder(criteria, { offset: 0, ...how, signal: abort.signal });
      if (abort !== this.#abort) return;
      this.criteria = asked;
      this.answer = answer;
      this.parsed = answer.parsed ?? null;
      this.results = answer.results;
      this.#learnNames(answer.parsed);
      if (how.history) void this.#pinpoint(criteria.q, abort);
    } catch (error) {
      if (isAbort(error) || abort !== this.#abort) return;
      this.error = error;
      this.answer = null;
      this.results = [];
      this.#signature = '';
    } finally {
      if (abort === this.#abort) this.busy = false;
    }
  }

  /**
   * What the words say of the order comes after what the address says: the one that is shown is the one that counts. The answer
   * tells whether they say any; only then it is asked for again.
   */
  async #inOneOrder(
    criteria: Criteria,
    how: Parameters<Api['search']>[1],
  ): Promise<{ asked: Criteria; answer: SearchAnswer }> {
    const answer = await this.#api.search(criteria, how);
    if (criteria.sort === undefined || !answer.parsed?.parts.some(isOrder)) return { asked: criteria, answer };
    const asked = omit(criteria, 'sort');
    return { asked, answer: await this.#api.search(asked, { ...how, history: false }) };
  }

  #learnNames(parsed: ParsedQuery | undefined): void {
    for (const { soundId, clipId, text } of parsed?.parts ?? []) {
      const id = soundId ?? clipId;
      if (id && text) this.names.set(id, text);
    }
  }

  /** Asks what the examples in these texts are called; those that are not told stay nameless. */
  async learnNames(texts: readonly string[]): Promise<void> {
    const unknown = texts.filter((text) => splitExamples(text).examples.some(({ id }) => !this.names.has(id)));
    for (const text of unknown) {
      const parsed = await this.#api.parse(text).catch(() => undefined);
      this.#learnNames(parsed);
    }
  }

  /** One after the other, so that the server is free for what comes next. */
  async #pinpoint(q: string, abort: AbortController): Promise<void> {
    const long = this.results.filter(({ sound, matches }) => (sound.durationS ?? 0) > LONG_S && matches.length > 0);
    for (const { sound } of long.slice(0, CLOSELY)) {
      // What the search said stays right, only coarser.
      const matches = await this.#api.moments(sound.id, q, abort.signal).catch((): Match[] => []);
      if (abort !== this.#abort) return;
      if (matches.length === 0) continue;
      this.results = this.results.map((result) => (result.sound.id === sound.id ? { ...result, matches } : result));
    }
  }

  /** @throws what the call throws; the results so far stay. */
  async more(): Promise<void> {
    const { criteria, answer } = this;
    const abort = this.#abort;
    if (!criteria || !answer || !abort || this.loadingMore || !this.hasMore) return;
    this.loadingMore = true;
    try {
      const options = { offset: this.results.length, limit: PAGE, history: true, signal: abort.signal };
      const next = await this.#api.search(criteria, options);
      if (abort !== this.#abort) return;
      const known = this.results.map((result) => result.sound.id);
      this.results = [...this.results, ...next.results.filter((result) => !known.includes(result.sound.id))];
      if (next.results.length === 0) this.answer = { ...answer, total: this.results.length };
    } finally {
      this.loadingMore = false;
    }
  }

  /**
   * What stands in the box, read by the server.
   * @throws what the call throws
   */
  async read(): Promise<ParsedQuery> {
    const text = this.draft.trim();
    if (!this.parsed || this.busy || text !== this.criteria?.q) this.parsed = await this.#api.parse(text);
    return this.parsed;
  }

  /**
   * Sends a sound to search with.
   * @returns the text of the box with it
   * @throws what the call throws
   */
  async withClip(file: File): Promise<string> {
    this.listeningTo = file.name;
    try {
      const clipId = await this.#api.sendClip(file);
      this.names.set(clipId, file.name);
      return `${this.draft.trim()} clip:${clipId}`.trim();
    } finally {
      this.listeningTo = null;
    }
  }

  /** Shows a change of some of its sounds at once. */
  apply(ids: ReadonlySet<string>, change: (sound: Sound) => Sound): void {
    this.results = changedIn(this.results, ids, change);
  }
}
