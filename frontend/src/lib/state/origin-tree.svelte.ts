import { SvelteMap } from 'svelte/reactivity';
import type { Api } from '$lib/api/api';
import type { OriginFolder } from '$lib/api/types';

/** The folders that sounds came from, open as they were left: whoever looks into one comes back for the next. */
export class OriginTree {
  /** Those at the top; null while unknown. */
  folders = $state.raw<readonly OriginFolder[] | null>(null);
  error = $state.raw<unknown>(null);
  /** What lies in the open ones, by path. */
  readonly open = new SvelteMap<string, readonly OriginFolder[]>();
  readonly rows = $derived.by(() => this.#unfold(this.folders ?? []));
  readonly #api: Pick<Api, 'origins'>;

  constructor(api: Pick<Api, 'origins'>) {
    this.#api = api;
  }

  /** Reads all that is shown; what is gone meanwhile is closed. */
  async load(): Promise<void> {
    try {
      const opened = [...this.open.keys()];
      const [top, ...below] = await Promise.all(['', ...opened].map((path) => this.#api.origins(path)));
      this.folders = top ?? [];
      opened.forEach((path, i) => {
        const found = below[i] ?? [];
        if (found.length > 0) this.open.set(path, found);
        else this.open.delete(path);
      });
      this.error = null;
    } catch (caught) {
      this.error = caught;
    }
  }

  /** @throws what the call throws */
  async toggle(path: string): Promise<void> {
    if (!this.open.delete(path)) this.open.set(path, await this.#api.origins(path));
  }

  #unfold(some: readonly OriginFolder[], depth = 0): (OriginFolder & { depth: number })[] {
    return some.flatMap((folder) => [
      { ...folder, depth },
      ...this.#unfold(this.open.get(folder.path) ?? [], depth + 1),
    ]);
  }
}
