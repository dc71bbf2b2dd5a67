import type { Api } from '$lib/api/api';
import type { Job } from '$lib/api/types';
import { recall, remember } from './storage';

const LOOK_MS = 1000;
const REMEMBERED = 'stocked';

/** Knows whether there is any sound at all: without one a search, a filter and a dropped file mean something else. */
export class Stock {
  /** Null while unknown. */
  sounds = $state<number | null>(null);
  /** Whether the pages may show what depends on it: it is known, was known at the last visit, or cannot be asked for. */
  settled = $state(recall(REMEMBERED) !== null);
  #timer = 0;
  readonly #api: Pick<Api, 'list'>;

  constructor(api: Pick<Api, 'list'>) {
    this.#api = api;
  }

  get empty(): boolean {
    return this.sounds === 0;
  }

  /** As `sounds`; until they are known, as it was at the last visit. */
  get presumed(): number | null {
    return this.sounds ?? (recall(REMEMBERED) === '0' ? 0 : null);
  }

  async look(): Promise<void> {
    try {
      this.sounds = (await this.#api.list({ sort: 'added', order: 'desc', limit: 1 })).total;
      remember(REMEMBERED, this.empty ? '0' : '1');
    } catch {
      // The banner tells that the server is away.
    } finally {
      this.settled = true;
    }
  }

  /** Sounds came or went: many within a second are one look. */
  lookSoon(): void {
    if (this.#timer) return;
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      void this.look();
    }, LOOK_MS);
  }

  /** A job is work on a sound, so there is one. */
  follow(job: Job): void {
    if (this.empty && job.state !== 'failed') void this.look();
  }
}
