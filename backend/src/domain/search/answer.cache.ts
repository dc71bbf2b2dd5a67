import { LruCache } from '../lru-cache.js';

/**
 * Remembers what was found until anything changes that it may depend on. None is ever stale: a state does not come back once it is over,
 * so that what was found while it changed is only given to those who asked before that.
 */
export class AnswerCache<Value> {
  private entries: LruCache<string, Promise<Value>>;
  private state = '';

  /** @param capacity how many answers are kept */
  constructor(private readonly capacity: number) {
    this.entries = new LruCache(capacity);
  }

  /**
   * The same question asked twice at once is answered once.
   * @param state tells everything apart that answers depend on, as of when it was asked: nothing of an earlier one is given
   * @param isKept whether an answer may be given again
   */
  async get(state: string, key: string, find: () => Promise<Value>, isKept: (value: Value) => boolean): Promise<Value> {
    if (state !== this.state) {
      this.state = state;
      this.entries = new LruCache(this.capacity);
    }
    const known = this.entries.get(key);
    if (known) return known;
    const { entries } = this;
    const found = find();
    entries.set(key, found);
    const forget = (): void => entries.delete(key);
    found
      .then((value) => {
        if (!isKept(value)) forget();
      })
      .catch(forget);
    return found;
  }
}
