interface Page<Item> {
  items: Item[];
  total: number;
}

/** A list that is read on as far as somebody looks. */
export class Paged<Item> {
  items = $state.raw<Item[]>([]);
  total = $state(0);
  loaded = $state(false);
  busy = $state(false);
  error = $state.raw<unknown>(null);
  readonly more = $derived(this.loaded && this.items.length < this.total);
  readonly #read: (offset: number) => Promise<Page<Item>>;
  /** Which beginning the answers belong to. */
  #turn = 0;

  constructor(read: (offset: number) => Promise<Page<Item>>) {
    this.#read = read;
  }

  /** From its beginning, for whatever is read now. What is shown stays until that is there. */
  async open(): Promise<void> {
    await this.#take(++this.#turn, 0);
  }

  async next(): Promise<void> {
    if (!this.busy && this.more) await this.#take(this.#turn, this.items.length);
  }

  async #take(turn: number, offset: number): Promise<void> {
    this.busy = true;
    try {
      const { items, total } = await this.#read(offset);
      if (turn !== this.#turn) return;
      this.items = offset === 0 ? items : [...this.items, ...items];
      // Whatever went meanwhile, an empty page is the end.
      this.total = items.length === 0 ? this.items.length : total;
      this.error = null;
      this.loaded = true;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }
}
