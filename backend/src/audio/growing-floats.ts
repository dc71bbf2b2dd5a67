/** Numbers in a row, however many come; four bytes each. */
export class GrowingFloats {
  #room = new Float32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Those so far: not to be kept while more come. */
  get values(): Float32Array {
    return this.#room.subarray(0, this.#length);
  }

  push(value: number): void {
    if (this.#length === this.#room.length) {
      const larger = new Float32Array(2 * this.#length);
      larger.set(this.#room);
      this.#room = larger;
    }
    this.#room[this.#length++] = value;
  }
}
