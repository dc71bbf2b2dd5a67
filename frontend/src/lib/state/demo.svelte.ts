import type { Api, ListOptions } from '$lib/api/api';
import { DEMO_NAMES, demoSound, RATE } from '$lib/demo/sounds';
import { wavOf } from '$lib/demo/wav';
import type { I18n } from '$lib/i18n/i18n.svelte';
import type { Account } from './account.svelte';
import type { Stock } from './stock.svelte';
import type { Uploads } from './uploads.svelte';

const TAG = 'demo';
/** Only what came from here is taken away again, whatever else has the tag. */
const FOLDER = 'Traum-Engine demo';
const OURS: Omit<ListOptions, 'limit'> = { folder: [`/${FOLDER}`], tag: [TAG], sort: 'added', order: 'asc' };

/** Sounds to try everything with: made here when asked for, uploaded like any others, and gone again with one click. */
export class Demo {
  /** How many are in the library; null while unknown. */
  sounds = $state<number | null>(null);
  /** How many of them may be deleted for good by who is here: all, or their own. */
  removable = $state(0);
  busy = $state(false);
  /** Added from this page. */
  #added = false;
  #stockBefore: number | null = null;
  readonly #api: Pick<Api, 'list' | 'soundIds' | 'removeForGood'>;
  readonly #uploads: Pick<Uploads, 'add'>;
  readonly #stock: Pick<Stock, 'look'>;
  readonly #account: Pick<Account, 'on' | 'may'>;
  readonly #i18n: Pick<I18n, 't'>;

  constructor(parts: {
    api: Pick<Api, 'list' | 'soundIds' | 'removeForGood'>;
    uploads: Pick<Uploads, 'add'>;
    stock: Pick<Stock, 'look'>;
    account: Pick<Account, 'on' | 'may'>;
    i18n: Pick<I18n, 't'>;
  }) {
    this.#api = parts.api;
    this.#uploads = parts.uploads;
    this.#stock = parts.stock;
    this.#account = parts.account;
    this.#i18n = parts.i18n;
  }

  /**
   * Asks how many there are where that may have changed: some are on their way, or some were there and sounds went.
   * @param stock how many sounds there are; null while unknown
   */
  async follow(stock: number | null): Promise<void> {
    const went = stock !== null && this.#stockBefore !== null && stock < this.#stockBefore;
    this.#stockBefore = stock ?? this.#stockBefore;
    const coming = this.#added && (this.sounds ?? 0) < DEMO_NAMES.length;
    if (coming || (went && this.sounds !== 0)) await this.look();
  }

  async look(): Promise<void> {
    try {
      const { total } = await this.#api.list({ ...OURS, limit: 1 });
      this.removable =
        this.#ownOnly && total > 0 ? (await this.#api.list({ ...this.#erasable, limit: 1 })).total : total;
      this.sounds = total;
    } catch {
      // The banner tells that the server is away.
    }
  }

  async add(): Promise<void> {
    this.busy = true;
    this.#added = true;
    try {
      for (const key of DEMO_NAMES) {
        const name = `${this.#i18n.t.demo.names[key]}.wav`;
        const file = new File([wavOf(demoSound(key), RATE)], name, { type: 'audio/wav' });
        this.#uploads.add([{ file, path: `${FOLDER}/${name}`, tags: [TAG] }]);
        // The page goes on drawing between two of them.
        await new Promise((resolve) => setTimeout(resolve));
      }
    } finally {
      this.busy = false;
    }
  }

  /** Those of others stay where only their owners and admins may delete them. @throws what the calls throw */
  async remove(): Promise<void> {
    this.busy = true;
    try {
      const ids = await this.#api.soundIds(this.#erasable);
      if (ids.length > 0) await this.#api.removeForGood(ids);
      this.#added = false;
      await this.look();
      await this.#stock.look();
    } finally {
      this.busy = false;
    }
  }

  get #ownOnly(): boolean {
    return this.#account.on && !this.#account.may('admin');
  }

  get #erasable(): Omit<ListOptions, 'limit'> {
    return this.#ownOnly ? { ...OURS, owner: 'me' } : OURS;
  }
}
