/** Keeps what was used last, as much of it as there is room for. */
export class LruCache<Key, Value> {
  private readonly entries = new Map<Key, Value>();
  private taken = 0;

  /**
   * @param capacity room for so many entries, or for so much of what `sizeOf` tells
   * @param sizeOf the room that an entry takes: always the same of the same value
   */
  constructor(
    private readonly capacity: number,
    private readonly sizeOf: (value: Value) => number = () => 1,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  get(key: Key): Value | undefined {
    const value = this.entries.get(key);
    if (value !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, value);
    }
    return value;
  }

  delete(key: Key): void {
    const value = this.entries.get(key);
    if (value !== undefined && this.entries.delete(key)) this.taken -= this.sizeOf(value);
  }

  set(key: Key, value: Value): void {
    this.delete(key);
    this.entries.set(key, value);
    this.taken += this.sizeOf(value);
    for (const oldest of this.entries.keys()) {
      if (this.taken <= this.capacity) break;
      this.delete(oldest);
    }
  }

  clear(): void {
    this.entries.clear();
    this.taken = 0;
  }
}
