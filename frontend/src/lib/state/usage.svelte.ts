import type { Api } from '$lib/api/api';
import type { Usage } from '$lib/api/types';
import { isAbort } from '$lib/api/problem';

export const RANGES = [1, 7, 30, 365] as const;
export type Range = (typeof RANGES)[number];

/** What the installation was used for in a stretch of time. */
export class UsageState {
  usage = $state.raw<Usage | null>(null);
  error = $state.raw<unknown>(null);
  #abort: AbortController | null = null;
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  async load(days: Range): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      this.usage = await this.#api.usage(days, abort.signal);
      this.error = null;
    } catch (error) {
      if (!isAbort(error)) this.error = error;
    }
  }
}
