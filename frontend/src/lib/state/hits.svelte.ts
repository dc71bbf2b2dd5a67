import type { Api } from '$lib/api/api';
import { isAbort } from '$lib/api/problem';
import type { Match } from '$lib/api/types';

/** Where in one sound something is heard, in order of time. */
export class Hits {
  q = $state('');
  items = $state.raw<readonly Match[]>([]);
  busy = $state(false);
  /** The one that was gone to last; -1 before the first. */
  at = $state(-1);
  #abort: AbortController | null = null;
  readonly #api: Pick<Api, 'moments'>;
  readonly #soundId: string;
  readonly #onfail: (error: unknown) => void;

  constructor(api: Pick<Api, 'moments'>, soundId: string, onfail: (error: unknown) => void) {
    this.#api = api;
    this.#soundId = soundId;
    this.#onfail = onfail;
  }

  async find(q: string): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.q = q;
    this.items = [];
    this.at = -1;
    if (q === '') return;
    this.busy = true;
    try {
      const found = await this.#api.moments(this.#soundId, q, abort.signal);
      if (abort === this.#abort) this.items = [...found].sort((a, b) => a.startS - b.startS);
    } catch (error) {
      if (abort !== this.#abort || isAbort(error)) return;
      this.q = '';
      this.#onfail(error);
    } finally {
      if (abort === this.#abort) this.busy = false;
    }
  }

  /** The next or previous one, around the ends. */
  step(by: 1 | -1): Match | undefined {
    const { length } = this.items;
    if (length === 0) return undefined;
    this.at = this.at < 0 ? (by > 0 ? 0 : length - 1) : (this.at + by + length) % length;
    return this.items[this.at];
  }
}
