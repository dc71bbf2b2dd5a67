import type { Api } from '$lib/api/api';
import type { Model, ModelSwitch } from '$lib/api/types';

const BUSY_MS = 1000;
const CALM_MS = 5000;

/** The models and what is happening to them, kept current while a page shows them. */
export class Models {
  items = $state.raw<Model[] | null>(null);
  change = $state.raw<ModelSwitch | null>(null);
  error = $state.raw<unknown>(null);
  /** Id of the model that a call is under way for. */
  waiting = $state<string | null>(null);
  readonly #api: Api;
  #timer = 0;
  #stopped = false;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Follows until the returned function is called. */
  start(): () => void {
    this.#stopped = false;
    void this.load();
    return () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
    };
  }

  async load(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const { items, switch: change } = await this.#api.models();
      this.items = items;
      this.change = change;
      this.error = null;
    } catch (error) {
      this.error = error;
    }
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.load(), this.#busy ? BUSY_MS : CALM_MS);
  }

  /** Makes a call for a model, then looks what it changed. @throws what the call throws */
  async act(id: string, call: () => Promise<void>): Promise<void> {
    this.waiting = id;
    try {
      await call();
    } finally {
      this.waiting = null;
      await this.load();
    }
  }

  nameOf(id: string): string {
    return this.items?.find((model) => model.id === id)?.name ?? id;
  }

  get #busy(): boolean {
    const installing = this.items?.some(({ install }) => install?.state === 'running') ?? false;
    return installing || this.change?.state === 'running';
  }
}
