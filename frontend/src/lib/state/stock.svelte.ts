import type { Api } from '$lib/api/api';
import type { Job } from '$lib/api/types';

const LOOK_MS = 1000;

/** Knows whether there is any sound at all: without one a search, a filter and a dropped file mean something else. */
export class Stock {
  /** Null while unknown. */
  sounds = $state<number | null>(null);
  #timer = 0;
  readonly #api: Pick<Api, 'list'>;

  constructor(api: Pick<Api, 'list'>) {
    this.#api = api;
  }

  get empty(): boolean {
    return this.sounds === 0;
  }

  async look(): Promise<void> {
    try {
      this.sounds = (await this.#api.list({ sort: 'added', order: 'desc', limit: 1 })).total;
    } catch {
      // The banner tells that the server is away.
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
