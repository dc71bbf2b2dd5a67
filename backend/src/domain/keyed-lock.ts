/** Runs tasks with the same key one after another; tasks with different keys run side by side. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs the task while it holds all these keys. They are taken in order of their names, so that nobody waits in a circle. */
  runAll<T>(keys: readonly string[], task: () => Promise<T>): Promise<T> {
    return [...new Set(keys)].sort().reduceRight<() => Promise<T>>((inner, key) => () => this.run(key, inner), task)();
  }

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(task, task);
    const tail = mine.catch(() => undefined);
    this.#tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
