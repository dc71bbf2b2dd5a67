import { SvelteSet } from 'svelte/reactivity';
import { MAX_ON_LEAVE, type Api } from '$lib/api/api';
import type { Sound } from '$lib/api/types';
import type { I18n } from '$lib/i18n/i18n.svelte';
import { soundName } from '$lib/util/sound';
import type { Player } from './player.svelte';
import type { Account } from './account.svelte';
import type { Toasts } from './toasts.svelte';

const UNDO_MS = 6000;

/** A sound or a collection. */
export type Owned = Pick<Sound, 'ownerId'>;

interface Deletion {
  ids: readonly string[];
  /** What is said once it is done. */
  text: string;
}

/** Deletes sounds: they disappear at once, into the server's bin, from which they can be taken back. */
export class Trash {
  /** Ids that lists leave out. */
  readonly hidden = new SvelteSet<string>();
  /** What the server would delete for good, until somebody has said that this is meant. */
  asking = $state.raw<Deletion | null>(null);
  /** Told of what the server has deleted. Returns what takes it back in the lists. */
  onDeleted: (ids: readonly string[]) => () => void = () => () => undefined;
  /** How many are being deleted at the moment. */
  pending = $state(0);
  /** Whether what is deleted is gone for good, as far as that makes a difference to whoever is here. */
  #noBin = $state(false);
  readonly #account: Account;
  readonly #api: Api;
  readonly #toasts: Toasts;
  readonly #player: Player;
  readonly #i18n: I18n;

  constructor(parts: { account: Account; api: Api; toasts: Toasts; player: Player; i18n: I18n }) {
    this.#account = parts.account;
    this.#api = parts.api;
    this.#toasts = parts.toasts;
    this.#player = parts.player;
    this.#i18n = parts.i18n;
  }

  /** Whether more is being deleted than the browser would still send while the page is left. */
  get large(): boolean {
    return this.pending > MAX_ON_LEAVE;
  }

  /** Whether deleting these would not be refused, as far as is known: without a bin it is for good, which is up to owners and admins. */
  may(these: readonly Owned[]): boolean {
    if (!this.#account.may('delete')) return false;
    return !this.#noBin || these.every(({ ownerId }) => ownerId === this.#account.me?.id);
  }

  /** Looks whether there is a bin, where whoever is here may delete, but not everything for good. */
  async look(): Promise<void> {
    const { me } = this.#account;
    const asks = me !== null && this.#account.may('delete') && !this.#account.may('admin');
    // Unknown, the buttons stay: the server sees to it anyway.
    this.#noBin = asks && (await this.#api.binDays().catch(() => 1)) === 0;
  }

  async remove(sounds: readonly Sound[]): Promise<void> {
    const [first] = sounds;
    if (!first) return;
    const t = this.#i18n.t.trash;
    const text = sounds.length === 1 ? t.deleted(soundName(first)) : t.deletedMany(sounds.length);
    await this.#begin({ ids: sounds.map(({ id }) => id), text });
  }

  /** Any number of sounds, loaded or not. */
  async removeIds(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#begin({ ids, text: this.#i18n.t.trash.deletedMany(ids.length) });
  }

  async confirm(): Promise<void> {
    const { asking } = this;
    this.asking = null;
    if (asking) await this.#delete(asking, { forGood: true });
  }

  /** Shows sounds again that were taken out of the bin elsewhere. */
  restored(ids: readonly string[]): void {
    for (const id of ids) this.hidden.delete(id);
  }

  async #begin(deletion: Deletion): Promise<void> {
    this.#hide(deletion.ids);
    try {
      if ((await this.#api.binDays()) > 0) {
        await this.#delete(deletion, { forGood: false });
        return;
      }
      this.asking = deletion;
    } catch (error) {
      this.#toasts.failure(error);
    }
    this.restored(deletion.ids);
  }

  #hide(ids: readonly string[]): void {
    for (const id of ids) {
      this.hidden.add(id);
      this.#player.close(id);
    }
  }

  async #delete({ ids, text }: Deletion, { forGood }: { forGood: boolean }): Promise<void> {
    this.#hide(ids);
    this.pending += ids.length;
    try {
      await this.#api.removeMany([...ids], { keepalive: ids.length <= MAX_ON_LEAVE });
      const takeBack = this.onDeleted(ids);
      const undo = { label: this.#i18n.t.trash.undo, run: () => void this.#restore(ids, takeBack) };
      this.#toasts.show('info', text, { durationMs: UNDO_MS, ...(forGood ? {} : { action: undo }) });
    } catch (error) {
      this.restored(ids);
      this.#toasts.failure(error);
    } finally {
      this.pending -= ids.length;
    }
  }

  async #restore(ids: readonly string[], takeBack: () => void): Promise<void> {
    try {
      await this.#api.restore([...ids]);
      this.restored(ids);
      takeBack();
    } catch (error) {
      this.#toasts.failure(error);
    }
  }
}
