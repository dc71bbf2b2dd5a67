import type { Api } from '$lib/api/api';
import type { Backups, Work } from '$lib/api/types';
import { Followed } from './followed.svelte';
import type { JobFeed } from './jobs';

const BUSY_MS = 700;
const CALM_MS = 60_000;

/** Backups of the whole library, and the one that is being made, kept current while a page shows them. */
export class BackupList extends Followed {
  backups = $state.raw<Backups | null>(null);
  /** The latest job that made one. */
  job = $state.raw<Work | null>(null);
  readonly #api: Api;

  constructor(api: Api, feed: JobFeed) {
    super(feed, ['work']);
    this.#api = api;
  }

  get running(): boolean {
    return this.job?.state === 'active' || this.job?.state === 'queued';
  }

  protected async ask(): Promise<void> {
    // Backups after the job that makes one; the first time there is nothing to wait for.
    const first = this.backups ? null : this.#api.backups();
    const [{ items }, backups] = await Promise.all([this.#api.work({ kind: ['full-backup'], limit: 1 }), first]);
    this.job = items[0] ?? null;
    this.backups = backups ?? (await this.#api.backups());
  }

  protected get pauseMs(): number {
    return this.running ? BUSY_MS : CALM_MS;
  }

  /** @throws what the call throws */
  async begin(): Promise<void> {
    try {
      await this.#api.startBackup();
    } finally {
      await this.load();
    }
  }

  /** @throws what the call throws */
  async cancel(): Promise<void> {
    try {
      if (this.job) await this.#api.cancelWork(this.job.id);
    } finally {
      await this.load();
    }
  }
}
