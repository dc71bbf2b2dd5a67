import type { Api } from '$lib/api/api';
import type { MaintenanceTask, Storage, TaskKind } from '$lib/api/types';
import { Followed } from './followed.svelte';
import type { JobFeed } from './jobs';

const BUSY_MS = 700;
const CALM_MS = 15_000;

/** What is stored and the tasks that care for it, kept current while a page shows them. */
export class StoragePage extends Followed {
  storage = $state.raw<Storage | null>(null);
  tasks = $state.raw<MaintenanceTask[]>([]);
  readonly #api: Api;

  constructor(api: Api, feed: JobFeed) {
    super(feed, ['maintenance']);
    this.#api = api;
  }

  get running(): MaintenanceTask | null {
    return this.tasks.find(({ state }) => state === 'running') ?? null;
  }

  of(kind: TaskKind): MaintenanceTask | null {
    return this.tasks.find((task) => task.kind === kind) ?? null;
  }

  protected async ask(): Promise<void> {
    const ran = this.running !== null;
    const [tasks, first] = await Promise.all([this.#api.tasks(), this.storage ? null : this.#api.storage()]);
    this.tasks = tasks;
    // Sizes change with what a task has done.
    if (first) this.storage = first;
    else if (!this.running || !ran) this.storage = await this.#api.storage();
  }

  protected get pauseMs(): number {
    return this.running ? BUSY_MS : CALM_MS;
  }

  /** @throws what the call throws */
  async begin(kind: TaskKind, hash: boolean): Promise<void> {
    try {
      await this.#api.startTask(kind, hash);
    } finally {
      await this.load();
    }
  }

  /** @throws what the call throws */
  async cancel(task: MaintenanceTask): Promise<void> {
    try {
      await this.#api.cancelTask(task.id);
    } finally {
      await this.load();
    }
  }
}
