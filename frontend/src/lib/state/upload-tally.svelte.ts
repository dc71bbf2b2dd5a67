import type { UploadItem, UploadState } from './upload-item.svelte';

interface Counted {
  state: UploadState;
  share: number;
  sizeBytes: number;
  sentBytes: number;
  leftBytes: number;
  atRisk: boolean;
}

/** Sums over all uploads, kept by what changes: adding up ten thousand at every step would be felt. */
export class UploadTally {
  counts = $state<Partial<Record<UploadState, number>>>({});
  items = $state(0);
  totalBytes = $state(0);
  sentBytes = $state(0);
  leftBytes = $state(0);
  /** Files whose bytes would be lost with the page. */
  atRisk = $state(0);
  #shares = $state(0);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- bookkeeping that no page reads
  readonly #counted = new Map<UploadItem, Counted>();

  /** 0..1 over all files. */
  readonly progress = $derived(this.items === 0 ? 0 : Math.min(1, Math.max(0, this.#shares / this.items)));
  readonly ended = $derived(this.of('ready', 'duplicate', 'restored', 'rejected', 'failed', 'cancelled'));
  readonly open = $derived(this.of('waiting', 'paused', 'uploading', 'retrying', 'processing'));
  readonly problems = $derived(this.of('rejected', 'failed', 'missing'));

  of(...states: UploadState[]): number {
    return states.reduce((sum, state) => sum + (this.counts[state] ?? 0), 0);
  }

  /** Counts the item as it is now, whatever it was before. */
  count(item: UploadItem): void {
    const { state, share, sizeBytes, unsent } = item;
    const sentBytes = Math.min(item.sentBytes, sizeBytes);
    const now = {
      state,
      share,
      sizeBytes,
      sentBytes,
      leftBytes: unsent ? sizeBytes - sentBytes : 0,
      atRisk: unsent && !item.kept,
    };
    this.#add(this.#counted.get(item), -1);
    this.#add(now, 1);
    this.#counted.set(item, now);
  }

  drop(item: UploadItem): void {
    this.#add(this.#counted.get(item), -1);
    this.#counted.delete(item);
  }

  #add(what: Counted | undefined, sign: 1 | -1): void {
    if (!what) return;
    this.items += sign;
    this.counts[what.state] = (this.counts[what.state] ?? 0) + sign;
    this.totalBytes += sign * what.sizeBytes;
    this.sentBytes += sign * what.sentBytes;
    this.leftBytes += sign * what.leftBytes;
    this.atRisk += what.atRisk ? sign : 0;
    this.#shares += sign * what.share;
  }
}
