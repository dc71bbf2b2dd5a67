import type { Api } from '$lib/api/api';
import { isAbort } from '$lib/api/problem';
import type { Match, ParsedQuery, SearchAnswer, SearchResult, Sound } from '$lib/api/types';
import { hasQuery, type Criteria } from '$lib/search/criteria';

const PAGE = 30;
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
  criteria = $state.raw<Criteria | null>(null);
  answer = $state.raw<SearchAnswer | null>(null);
  results = $state.raw<SearchResult[]>([]);
  busy = $state(false);
  loadingMore = $state(false);
  error = $state.raw<unknown>(null);
  /** How the text of the address, or of the box where that was asked for, is read. */
  parsed = $state.raw<ParsedQuery | null>(null);
  readonly hasMore = $derived(this.answer !== null && this.results.length < this.answer.total);
  readonly #api: Api;
  #signature = '';
  #abort: AbortController | null = null;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Runs the search unless it is the one already shown. */
  async run(criteria: Criteria, options: { again?: boolean } = {}): Promise<void> {
    const signature = JSON.stringify(criteria);
    if (signature === this.#signature && !options.again) return;
    if (criteria.q !== this.criteria?.q) this.draft = criteria.q;
    this.#signature = signature;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.criteria = criteria;
    this.error = null;
    if (!hasQuery(criteria)) {
      this.parsed = null;
      this.answer = null;
      this.results = [];
      this.busy = false;
      return;
    }
    this.busy = true;
    try {
      const answer = await this.#api.search(criteria, { offset: 0, limit: PAGE, signal: abort.signal });
      this.answer = answer;
      this.parsed = answer.parsed ?? null;
      this.results = answer.results;
      void this.#pinpoint(criteria.q, abort);
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
      const options = { offset: this.results.length, limit: PAGE, signal: abort.signal };
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
    const clipId = await this.#api.sendClip(file);
    return `${this.draft.trim()} clip:${clipId}`.trim();
  }

  /** Shows a change of some of its sounds at once. */
  apply(ids: ReadonlySet<string>, change: (sound: Sound) => Sound): void {
    this.results = changedIn(this.results, ids, change);
  }
}
