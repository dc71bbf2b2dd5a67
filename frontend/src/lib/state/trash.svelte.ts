import { SvelteSet } from 'svelte/reactivity';
import type { Api } from '$lib/api/api';
import type { Sound } from '$lib/api/types';
import { ApiError } from '$lib/api/problem';
import type { I18n } from '$lib/i18n/i18n.svelte';
import { soundName } from '$lib/util/sound';
import type { Player } from './player.svelte';
import type { Toasts } from './toasts.svelte';

const UNDO_MS = 6000;

/** Deletes after a time to think: the sound disappears at once, its file only when nobody took it back. */
export class Trash {
  /** Ids that lists leave out. */
  readonly hidden = new SvelteSet<string>();
  #pending: { id: number; sounds: Sound[] }[] = [];
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

  remove(sounds: Sound[]): void {
    const [first] = sounds;
    if (!first) return;
    for (const sound of sounds) {
      this.hidden.add(sound.id);
      this.#player.close(sound.id);
    }
    const t = this.#i18n.t.trash;
    const text = sounds.length === 1 ? t.deleted(soundName(first)) : t.deletedMany(sounds.length);
    const id = this.#toasts.show('info', text, {
      durationMs: UNDO_MS,
      action: { label: t.undo, run: () => this.#restore(id, sounds) },
      onExpire: () => void this.#commit(id, sounds),
    });
    this.#pending.push({ id, sounds });
  }

  #restore(id: number, sounds: Sound[]): void {
    this.#take(id);
    for (const sound of sounds) this.hidden.delete(sound.id);
  }

  async #commit(id: number, sounds: Sound[]): Promise<void> {
    if (!this.#take(id)) return;
    for (const sound of sounds) {
      try {
        await this.#api.remove(sound.id);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) continue;
        this.hidden.delete(sound.id);
        this.#toasts.failure(error);
      }
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
    for (const { sounds } of this.#pending) for (const sound of sounds) this.#api.removeOnLeave(sound.id);
    this.#pending = [];
  }
}
