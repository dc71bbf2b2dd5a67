import type { SoundKey } from '../../domain/library/library.types.js';
import { FIELDS } from './words.js';

/** Bits of one sound. */
const ALL = 1 << FIELDS.length;

/** In which fields sounds have a word: six bytes for each that has it, where a map would need some forty. */
export class FieldsByKey {
  /** Ascending. */
  readonly #keys: Int32Array;
  readonly #bits: Uint16Array;

  /** @param lists of each field the sounds */
  constructor(lists: readonly (readonly SoundKey[])[]) {
    const pairs = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0));
    let at = 0;
    lists.forEach((list, field) => {
      for (const key of list) pairs[at++] = key * ALL + (1 << field);
    });
    pairs.sort();
    const keys = new Int32Array(pairs.length);
    const bits = new Uint16Array(pairs.length);
    let count = 0;
    for (const pair of pairs) {
      const key = Math.floor(pair / ALL);
      if (count === 0 || keys[count - 1] !== key) keys[count++] = key;
      bits[count - 1]! |= pair % ALL;
    }
    this.#keys = keys.slice(0, count);
    this.#bits = bits.slice(0, count);
  }

  get byteLength(): number {
    return this.#keys.byteLength + this.#bits.byteLength;
  }

  /** The bits of its fields; 0 where it does not have the word. */
  get(key: SoundKey): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return this.#keys[low] === key ? this.#bits[low]! : 0;
  }
}
