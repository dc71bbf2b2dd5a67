import { LruCache } from '../lru-cache.js';

/**
 * Remembers what was found until anything changes that it may depend on. An answer that took longer than nothing changed
 * is given, but not kept, so that none is ever stale.
 */
export class AnswerCache<Value> {
  private entries: LruCache<string, Promise<Value>>;
  private state = '';

  /**
   * @param capacity how many answers are kept
   * @param stateNow tells everything apart that answers depend on
   */
  constructor(
    private readonly capacity: number,
    private readonly stateNow: () => Promise<string>,
  ) {
    this.entries = new LruCache(capacity);
  }

  /**
   * The same question asked twice at once is answered once.
   * @param state as of when it was asked: nothing of an earlier one is given
   * @param isKept whether an answer may be given again
   */
  async get(
    state: string,
    key: string,
    find: () => Promise<Value>,
    isKept: (value: Value) => boolean = () => true,
  ): Promise<Value> {
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
      .then(async (value) => {
        if (!isKept(value) || (await this.stateNow()) !== state) forget();
      })
      .catch(forget);
    return found;
  }
}
