import type { Api } from '$lib/api/api';
import { isAbort } from '$lib/api/problem';
import type { Job, Sound, SoundStatus } from '$lib/api/types';
import { omit } from '$lib/util/object';

export type LibrarySort = 'added' | 'title' | 'duration' | 'size' | 'bpm';

export interface LibraryQuery {
  q: string;
  status: SoundStatus | null;
  sort: LibrarySort;
  order: 'asc' | 'desc';
}

const PAGE = 100;

/** The list of all sounds, loaded page by page as far as somebody scrolls. */
export class Library {
  items = $state.raw<Sound[]>([]);
  total = $state(0);
  busy = $state(false);
  loaded = $state(false);
  /** Sounds have come that the list does not show yet. */
  stale = $state(false);
  error = $state.raw<unknown>(null);
  query = $state.raw<LibraryQuery>({ q: '', status: null, sort: 'added', order: 'desc' });
  /** Progress of sounds being processed, by sound id. */
  progress = $state.raw<Record<string, Job>>({});
  #cursor: string | null = null;
  #abort: AbortController | null = null;
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Loads the list's beginning, unless it is the list already shown and nothing is new. */
  async open(query: LibraryQuery, options: { again?: boolean } = {}): Promise<void> {
    const same = JSON.stringify(query) === JSON.stringify(this.query);
    if (same && this.loaded && !this.stale && !this.error && !options.again) return;
    this.query = query;
    this.stale = false;
    this.#abort?.abort();
    this.#abort = new AbortController();
    this.#cursor = null;
    await this.#load(true);
  }

  async more(): Promise<void> {
    if (this.busy || !this.#cursor) return;
    await this.#load(false);
  }

  get complete(): boolean {
    return this.loaded && this.items.length >= this.total;
  }

  replace(sound: Sound): void {
    this.items = this.items.map((item) => (item.id === sound.id ? sound : item));
  }

  /** Follows a job: shows its progress, and the sound as it is once the job has ended. */
  async follow(job: Job): Promise<void> {
    const ended = job.state === 'completed' || job.state === 'failed';
    const others = omit(this.progress, job.soundId);
    this.progress = ended ? others : { ...others, [job.soundId]: job };
    const known = this.items.find((item) => item.id === job.soundId);
    if (!known) this.stale = true;
    else if (ended || known.status !== 'processing') await this.refresh(job.soundId);
  }

  /** Fetches a sound of the list anew. */
  async refresh(soundId: string): Promise<void> {
    if (!this.items.some((item) => item.id === soundId)) return;
    try {
      this.replace(await this.#api.sound(soundId));
    } catch {
      // Deleted meanwhile: the next load leaves it out.
    }
  }

  async #load(fresh: boolean): Promise<void> {
    const abort = this.#abort;
    if (!abort) return;
    const { q, status, sort, order } = this.query;
    this.busy = true;
    this.error = null;
    try {
      const page = await this.#api.list(
        {
          q,
          sort,
          order,
          limit: PAGE,
          ...(status ? { status } : {}),
          ...(this.#cursor && !fresh ? { cursor: this.#cursor } : {}),
        },
        abort.signal,
      );
      this.items = fresh ? page.items : [...this.items, ...page.items];
      this.total = page.total;
      this.#cursor = page.nextCursor;
      this.loaded = true;
    } catch (error) {
      if (isAbort(error)) return;
      this.error = error;
    } finally {
      if (abort === this.#abort) this.busy = false;
    }
  }
}
