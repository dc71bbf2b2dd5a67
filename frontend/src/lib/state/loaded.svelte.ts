/** What a page shows of the server: read at once, and again whenever it may have changed. */
export class Loaded<Value> {
  /** Null until it is there. */
  value = $state.raw<Value | null>(null);
  error = $state.raw<unknown>(null);
  readonly #read: () => Promise<Value>;

  constructor(read: () => Promise<Value>) {
    this.#read = read;
    void this.load();
  }

  async load(): Promise<void> {
    try {
      this.value = await this.#read();
      this.error = null;
    } catch (error) {
      this.error = error;
    }
  }
}
