import type { Api } from '$lib/api/api';
import type { Job } from '$lib/api/types';

/** Knows whether there is any sound at all: without one a search, a filter and a dropped file mean something else. */
export class Stock {
  /** Null while unknown. */
  sounds = $state<number | null>(null);
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

  /** A job is work on a sound, so there is one. */
  follow(job: Job): void {
    if (this.empty && job.state !== 'failed') void this.look();
  }
}
