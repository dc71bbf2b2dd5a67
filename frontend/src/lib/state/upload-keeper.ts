import { UploadItem } from './upload-item.svelte';
import { UploadStore } from './upload-store';

const LOCK = 'traum.uploads';
/** The page that was just reloaded may hold the queue for a moment longer. */
const LOCK_PATIENCE_MS = 2000;
const SAVE_AFTER_MS = 50;
/** Files that are sent within this time need no copy. */
const KEEP_AFTER_MS = 700;
/** At most this much is copied, and at most a part of what the browser gives. */
const MOST_BYTES = 2e9;
const SHARE_OF_QUOTA = 0.4;

type Store = Pick<UploadStore, 'save' | 'keep' | 'forget'>;

/** Keeps the queue over a reload: what becomes of each file at once, and copies of files as far as there is room. */
export class UploadKeeper {
  readonly #store: Store;
  readonly #onKept: (item: UploadItem) => void;
  readonly #dirty = new Set<UploadItem>();
  readonly #unkept = new Set<UploadItem>();
  readonly #copies = new Map<UploadItem, number>();
  #room: number;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #keeping = false;

  constructor(parts: { store: Store; roomBytes: number; onKept: (item: UploadItem) => void }) {
    this.#store = parts.store;
    this.#room = parts.roomBytes;
    this.#onKept = parts.onKept;
  }

  /** Tells of a change of the item. */
  note(item: UploadItem): void {
    this.#dirty.add(item);
    if (this.#timer === null) this.#timer = setTimeout(() => void this.#save(), SAVE_AFTER_MS);
    if (item.kept && !this.#copies.has(item)) this.#copies.set(item, item.sizeBytes);
    if (!item.unsent) this.#unkept.delete(item);
    else if (!item.kept && item.file) {
      this.#unkept.add(item);
      if (!this.#keeping) {
        this.#keeping = true;
        setTimeout(() => void this.#keepAll(), KEEP_AFTER_MS);
      }
    }
  }

  forget(items: readonly UploadItem[]): void {
    for (const item of items) {
      this.#dirty.delete(item);
      this.#free(item);
    }
    void this.#store.forget(items.map(({ id }) => id)).catch(() => undefined);
  }

  async #save(): Promise<void> {
    this.#timer = null;
    const items = [...this.#dirty];
    this.#dirty.clear();
    const done = items.filter((item) => !item.unsent && this.#copies.has(item));
    for (const item of done) this.#free(item);
    const records = items.map((item) => item.record);
    await this.#store
      .save(
        records,
        done.map(({ id }) => id),
      )
      .catch(() => undefined);
  }

  async #keepAll(): Promise<void> {
    for (const item of this.#unkept) {
      this.#unkept.delete(item);
      if (!item.file || !item.unsent || item.sizeBytes > this.#room) continue;
      this.#copies.set(item, item.sizeBytes);
      this.#room -= item.sizeBytes;
      try {
        await this.#store.keep(item.id, item.file);
      } catch {
        this.#free(item);
        continue;
      }
      item.kept = item.unsent;
      if (item.unsent) this.#onKept(item);
      // Sent while it was copied: the copy goes again.
      else this.note(item);
    }
    this.#keeping = false;
  }

  #free(item: UploadItem): void {
    this.#room += this.#copies.get(item) ?? 0;
    this.#copies.delete(item);
    item.kept = false;
  }
}

/**
 * What the queue held before, and a keeper for it from now on. Null when another tab has the queue, or the browser
 * keeps nothing for this page: uploads then last as long as the page.
 */
export async function openKeeper(
  onKept: (item: UploadItem) => void,
): Promise<{ keeper: UploadKeeper; before: UploadItem[] } | null> {
  if (!(await ownsQueue())) return null;
  try {
    const store = await UploadStore.open();
    const before = (await store.all()).map(({ record, file }) => UploadItem.from(record, file));
    return { keeper: new UploadKeeper({ store, roomBytes: await roomFor(before), onKept }), before };
  } catch {
    return null;
  }
}

async function roomFor(before: readonly UploadItem[]): Promise<number> {
  const kept = before.reduce((sum, item) => sum + (item.kept ? item.sizeBytes : 0), 0);
  // Unknown on pages that are served over plain http.
  const quota = (await navigator.storage?.estimate().catch(() => null))?.quota ?? MOST_BYTES;
  return Math.max(0, Math.min(MOST_BYTES, quota * SHARE_OF_QUOTA) - kept);
}

/** Whether this tab may have the queue; two tabs would send everything twice. Browsers tell on https and localhost. */
function ownsQueue(): Promise<boolean> {
  const { locks } = navigator;
  if (!locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const patience = AbortSignal.timeout(LOCK_PATIENCE_MS);
    const held = locks.request(LOCK, { signal: patience }, () => {
      resolve(true);
      return new Promise<void>(() => undefined);
    });
    held.catch(() => resolve(false));
  });
}
