import { SvelteSet } from 'svelte/reactivity';
import type { Sound } from '$lib/api/types';
import { unique } from '$lib/util/collect';

/** What the bar of a selection needs of its list. */
export interface Selectable {
  selection: Selection;
  /** The sounds of the list that are loaded. */
  sounds: readonly Sound[];
  /** How many the whole list has. */
  total?: number;
  /** Chooses the whole list. */
  onall?: () => Promise<void>;
  /** Takes the chosen ones out of the collection that the list shows. */
  onleave?: () => void;
}

/** Which sounds of one list are chosen. */
export class Selection {
  readonly ids = new SvelteSet<string>();
  /** Where a range begins: what was chosen or dropped last. */
  #anchor: string | null = null;
  readonly #order: () => readonly string[];

  /** @param order the ids as the list shows them, as far as they are loaded */
  constructor(order: () => readonly string[]) {
    this.#order = order;
  }

  get size(): number {
    return this.ids.size;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  /** Takes a sound in or out; with `range` also everything between it and the one before. */
  set(id: string, chosen: boolean, range = false): void {
    for (const each of range ? this.#between(id) : [id]) {
      if (chosen) this.ids.add(each);
      else this.ids.delete(each);
    }
    this.#anchor = id;
  }

  toggle(id: string): void {
    this.set(id, !this.has(id));
  }

  /** All of these, or all that the list shows. */
  all(ids: readonly string[] = this.#order()): void {
    for (const id of ids) this.ids.add(id);
  }

  clear(): void {
    this.ids.clear();
    this.#anchor = null;
  }

  /** As the list shows them, then those that it has not loaded. */
  inOrder(): string[] {
    const shown = this.#order().filter((id) => this.ids.has(id));
    return unique([...shown, ...this.ids]);
  }

  /** Whether all that the list shows are chosen. */
  get whole(): boolean {
    const order = this.#order();
    return order.length > 0 && order.every((id) => this.ids.has(id));
  }

  #between(id: string): readonly string[] {
    const order = this.#order();
    const [from, to] = [order.indexOf(this.#anchor ?? id), order.indexOf(id)];
    return from < 0 || to < 0 ? [id] : order.slice(Math.min(from, to), Math.max(from, to) + 1);
  }
}
