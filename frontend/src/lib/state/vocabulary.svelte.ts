import { SvelteMap } from 'svelte/reactivity';
import type { Api } from '$lib/api/api';
import type { JobFeed } from './jobs';
import type { TagCount, TagVocabulary, TagVocabularyEdits } from '$lib/api/types';

const POLL_MS = 1500;
const ALL_TAGS = 1000;

const without = (list: readonly string[], item: string): string[] => list.filter((other) => other !== item);

/** The words for automatic tags as their page shows them. Each change is saved at once. */
export class Vocabulary {
  current = $state.raw<TagVocabulary | null>(null);
  error = $state.raw<unknown>(null);
  /** How many sounds have a tag, by its name in lower case. */
  readonly counts = new SvelteMap<string, number>();
  readonly #api: Api;
  readonly #feed: Pick<JobFeed, 'watchEvents' | 'whole'>;
  readonly #onFailure: (error: unknown) => void;
  #saving: Promise<void> = Promise.resolve();
  #unsaved = 0;
  #timer = 0;

  constructor(api: Api, feed: Pick<JobFeed, 'watchEvents' | 'whole'>, onFailure: (error: unknown) => void) {
    this.#api = api;
    this.#feed = feed;
    this.#onFailure = onFailure;
  }

  /** Loads, and goes on watching while sounds are tagged, until the returned function is called. */
  open(): () => void {
    void this.load();
    const unwatch = this.#feed.watchEvents(['vocabulary', 'tagging', 'reset'], () => this.#loadSoon());
    return () => {
      unwatch();
      clearTimeout(this.#timer);
      this.#timer = 0;
    };
  }

  async load(): Promise<void> {
    try {
      const [current, tags] = await Promise.all([this.#api.vocabulary(), this.#api.tags('', ALL_TAGS)]);
      this.#take(current, tags);
      this.error = null;
    } catch (error) {
      this.error = error;
    }
  }

  get edited(): boolean {
    const { current } = this;
    return current !== null && current.disabledGroups.length + current.removed.length + current.own.length > 0;
  }

  toggleGroup(id: string): Promise<void> {
    return this.#change((edits) => ({
      disabledGroups: edits.disabledGroups.includes(id)
        ? without(edits.disabledGroups, id)
        : [...edits.disabledGroups, id],
    }));
  }

  toggleWord(name: string): Promise<void> {
    return this.#change((edits) => ({
      removed: edits.removed.includes(name) ? without(edits.removed, name) : [...edits.removed, name],
    }));
  }

  add(name: string, prompts: string[]): Promise<void> {
    return this.#change((edits) => ({
      own: [...edits.own.filter((word) => word.name.toLowerCase() !== name.toLowerCase()), { name, prompts }],
    }));
  }

  remove(name: string): Promise<void> {
    return this.#change((edits) => ({ own: edits.own.filter((word) => word.name !== name) }));
  }

  reset(): Promise<void> {
    return this.#change(() => ({ disabledGroups: [], removed: [], own: [] }));
  }

  async retagAll(): Promise<void> {
    try {
      const progress = await this.#api.retagAll();
      if (this.current) this.#take({ ...this.current, progress });
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** Many changes are looked at together; what is being edited is not overwritten. */
  #loadSoon(): void {
    if (this.#timer) return;
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      if (this.#unsaved === 0) void this.load();
    }, POLL_MS);
  }

  /** Shows the change at once and saves changes one after the other; what cannot be saved is taken back. */
  #change(edit: (edits: TagVocabularyEdits) => Partial<TagVocabularyEdits>): Promise<void> {
    const before = this.current;
    if (!before) return Promise.resolve();
    const { disabledGroups, removed, own } = { ...before, ...edit(before) };
    this.current = { ...before, disabledGroups, removed, own };
    this.#unsaved += 1;
    this.#saving = this.#saving.then(async () => {
      try {
        const saved = await this.#api.changeVocabulary({ disabledGroups, removed, own });
        if (this.#unsaved === 1) this.#take(saved);
      } catch (error) {
        this.#onFailure(error);
        await this.load();
      } finally {
        this.#unsaved -= 1;
      }
    });
    return this.#saving;
  }

  #take(current: TagVocabulary, tags?: TagCount[]): void {
    this.current = current;
    if (tags) {
      this.counts.clear();
      for (const { name, sounds } of tags) this.counts.set(name.toLowerCase(), sounds);
    }
    if (current.progress.waiting > 0) {
      if (!this.#feed.whole) this.#loadSoon();
    } else if (!tags) {
      void this.load();
    }
  }
}
