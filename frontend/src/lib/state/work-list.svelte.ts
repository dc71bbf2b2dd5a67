import type { Api } from '$lib/api/api';
import type { Job, Work } from '$lib/api/types';
import { Followed } from './followed.svelte';
import type { FeedEvent, JobFeed } from './jobs';

export type WorkShown = 'all' | 'open' | 'failed';

const STATES: Record<WorkShown, Work['state'][] | undefined> = {
  all: undefined,
  open: ['queued', 'active'],
  failed: ['failed'],
};
const PART = 10;
const EVERY_MS = 5000;

const isWork = (value: Record<string, unknown>): value is Record<string, unknown> & Work =>
  typeof value['id'] === 'string' && typeof value['kind'] === 'string' && typeof value['state'] === 'string';

/** All long work, newest first, kept current while a page shows it. */
export class WorkList extends Followed {
  items = $state.raw<Work[] | null>(null);
  total = $state(0);
  shown = $state<WorkShown>('all');
  #limit = PART;
  readonly #api: Pick<Api, 'work' | 'cancelWork' | 'retryWork'>;

  constructor(api: Pick<Api, 'work' | 'cancelWork' | 'retryWork'>, feed: Pick<JobFeed, 'watchEvents' | 'whole'>) {
    super(feed, ['work']);
    this.#api = api;
  }

  get complete(): boolean {
    return (this.items?.length ?? 0) >= this.total;
  }

  show(shown: WorkShown): void {
    this.shown = shown;
    this.#limit = PART;
    void this.load();
  }

  async more(): Promise<void> {
    this.#limit += PART;
    await this.load();
  }

  /** A job of a sound changed. */
  follow({ jobId, state, stage, progress, error, reasons }: Job): void {
    if (!this.#patch(jobId, { state, stage, progress, error, reasons })) this.onEvent('work', {});
  }

  /** @throws what the call throws */
  async cancel({ id }: Work): Promise<void> {
    await this.act(id, () => this.#api.cancelWork(id));
  }

  /** @throws what the call throws */
  async retry({ id }: Work): Promise<void> {
    await this.act(id, () => this.#api.retryWork(id));
  }

  protected async ask(): Promise<void> {
    const states = STATES[this.shown];
    const { items, total } = await this.#api.work({ limit: this.#limit, ...(states ? { state: states } : {}) });
    this.items = items;
    this.total = total;
  }

  protected get pauseMs(): number {
    return EVERY_MS;
  }

  protected override onEvent(event: FeedEvent, data: Record<string, unknown>): void {
    if (isWork(data) && this.#patch(data.id, data)) return;
    super.onEvent(event, data);
  }

  /** False when the list has to be read anew: the job is new, or may belong elsewhere now. */
  #patch(id: string, change: Partial<Work>): boolean {
    const known = this.items?.find((item) => item.id === id);
    if (!known || known.state !== change.state) return false;
    this.items = (this.items ?? []).map((item) => (item.id === id ? { ...item, ...change } : item));
    return true;
  }
}
