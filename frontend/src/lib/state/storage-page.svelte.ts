import type { Api } from '$lib/api/api';
import type { MaintenanceTask, Storage, TaskKind } from '$lib/api/types';

const BUSY_MS = 700;
const CALM_MS = 15_000;

/** What is stored and the tasks that care for it, kept current while a page shows them. */
export class StoragePage {
  storage = $state.raw<Storage | null>(null);
  tasks = $state.raw<MaintenanceTask[]>([]);
  error = $state.raw<unknown>(null);
  readonly #api: Api;
  #timer = 0;
  #stopped = false;

  constructor(api: Api) {
    this.#api = api;
  }

  get running(): MaintenanceTask | null {
    return this.tasks.find(({ state }) => state === 'running') ?? null;
  }

  of(kind: TaskKind): MaintenanceTask | null {
    return this.tasks.find((task) => task.kind === kind) ?? null;
  }

  /** Follows until the returned function is called. */
  start(): () => void {
    this.#stopped = false;
    void this.load();
    return () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
    };
  }

  async load(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const wasRunning = this.running !== null;
      this.tasks = await this.#api.tasks();
      // Sizes change with what a task has done.
      if (!this.running || !wasRunning || !this.storage) this.storage = await this.#api.storage();
      this.error = null;
    } catch (error) {
      this.error = error;
    }
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.load(), this.running ? BUSY_MS : CALM_MS);
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
