import type { Api } from '$lib/api/api';
import type { Suggestion } from '$lib/api/types';

const WAIT_MS = 90;

/** What the search box offers while somebody types. */
export class Suggestions {
  items = $state.raw<Suggestion[]>([]);
  open = $state(false);
  index = $state(-1);
  #abort: AbortController | null = null;
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  get active(): Suggestion | null {
    return this.open ? (this.items[this.index] ?? null) : null;
  }

  /** @param cursor where it stands in the text */
  async ask(text: string, cursor: number): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.index = -1;
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    if (abort.signal.aborted) return;
    try {
      const items = await this.#api.suggestions({ q: text, cursor, limit: 8 }, abort.signal);
      if (abort.signal.aborted) return;
      this.items = items;
      this.open = this.items.length > 0;
    } catch {
      // Suggestions are a help, not a need: without them the box still searches.
      this.open = false;
    }
  }

  move(by: number): void {
    const count = this.items.length + 1;
    // One place more than there are items: what was typed.
    this.index = ((this.index + 1 + by + count) % count) - 1;
  }

  close(): void {
    this.#abort?.abort();
    this.open = false;
    this.index = -1;
  }
}
