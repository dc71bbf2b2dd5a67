import { SvelteSet } from 'svelte/reactivity';
import type { Api } from '$lib/api/api';
import type { Sound } from '$lib/api/types';
import type { I18n } from '$lib/i18n/i18n.svelte';
import { soundName } from '$lib/util/sound';
import type { Player } from './player.svelte';
import type { Toasts } from './toasts.svelte';

const UNDO_MS = 6000;
/** A request that outlives its page may have 64 kB: more ids than these do not fit. */
const MAX_ON_LEAVE = 1400;

/** Deletes after a time to think: the sound disappears at once, its file only when nobody took it back. */
export class Trash {
  /** Ids that lists leave out. */
  readonly hidden = new SvelteSet<string>();
  /** Told of what is gone for good. */
  onDeleted: (ids: readonly string[]) => void = () => undefined;
  #pending = $state.raw<{ id: number; soundIds: readonly string[] }[]>([]);
  /** How many are about to be deleted. */
  readonly pending = $derived(this.#pending.reduce((sum, { soundIds }) => sum + soundIds.length, 0));
  readonly #api: Api;
  readonly #toasts: Toasts;
  readonly #player: Player;
  readonly #i18n: I18n;

  constructor(parts: { api: Api; toasts: Toasts; player: Player; i18n: I18n }) {
    this.#api = parts.api;
    this.#toasts = parts.toasts;
    this.#player = parts.player;
    this.#i18n = parts.i18n;
    addEventListener('pagehide', () => this.#flush());
  }

  /** Whether more is about to be deleted than could still be told while the page is left. */
  get large(): boolean {
    return this.pending > MAX_ON_LEAVE;
  }

  remove(sounds: readonly Sound[]): void {
    const [first] = sounds;
    if (!first) return;
    const t = this.#i18n.t.trash;
    const text = sounds.length === 1 ? t.deleted(soundName(first)) : t.deletedMany(sounds.length);
    this.#hide(
      sounds.map(({ id }) => id),
      text,
    );
  }

  /** Any number of sounds, loaded or not. */
  removeIds(ids: readonly string[]): void {
    if (ids.length > 0) this.#hide(ids, this.#i18n.t.trash.deletedMany(ids.length));
  }

  #hide(soundIds: readonly string[], text: string): void {
    for (const id of soundIds) {
      this.hidden.add(id);
      this.#player.close(id);
    }
    const id = this.#toasts.show('info', text, {
      durationMs: UNDO_MS,
      action: { label: this.#i18n.t.trash.undo, run: () => this.#restore(id, soundIds) },
      onExpire: () => void this.#commit(id, soundIds),
    });
    this.#pending = [...this.#pending, { id, soundIds }];
  }

  #restore(id: number, soundIds: readonly string[]): void {
    this.#take(id);
    for (const soundId of soundIds) this.hidden.delete(soundId);
  }

  async #commit(id: number, soundIds: readonly string[]): Promise<void> {
    if (!this.#take(id)) return;
    try {
      await this.#api.removeMany([...soundIds]);
      this.onDeleted(soundIds);
    } catch (error) {
      for (const soundId of soundIds) this.hidden.delete(soundId);
      this.#toasts.failure(error);
    }
  }

  /** Whether it was still pending. */
  #take(id: number): boolean {
    const before = this.#pending.length;
    this.#pending = this.#pending.filter((entry) => entry.id !== id);
    return this.#pending.length < before;
  }

  /** Leaving the page is no undo. */
  #flush(): void {
    const ids = this.#pending.flatMap(({ soundIds }) => soundIds);
    if (ids.length > 0) this.#api.removeOnLeave(ids.slice(0, MAX_ON_LEAVE));
    this.#pending = [];
  }
}
