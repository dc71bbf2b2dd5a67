import { DomainError } from '../errors.js';
import { because } from '../reasons.js';

const COME_AGAIN_S = 5;

/** Counts what goes on at the same time, by names. Each process counts for itself. */
export class AtOnce {
  readonly #counts = new Map<string, number>();

  /**
   * Begins something that counts under each of these names.
   * @param most by name, how often it may go on at the same time
   * @returns what ends it; more calls do nothing
   * @throws DomainError `too_many_requests` when one of them has no place left
   */
  begin(most: Readonly<Record<string, number>>): () => void {
    const names = Object.keys(most);
    const full = names.find((name) => this.#of(name) >= most[name]!);
    if (full !== undefined) {
      const options = { retryAfterS: COME_AGAIN_S };
      throw new DomainError('too_many_requests', because('guests_too_many', { waitS: COME_AGAIN_S }), options);
    }
    for (const name of names) this.#counts.set(name, this.#of(name) + 1);
    let going = true;
    return () => {
      if (going) for (const name of names) this.#end(name);
      going = false;
    };
  }

  #of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  #end(name: string): void {
    const left = this.#of(name) - 1;
    if (left > 0) this.#counts.set(name, left);
    else this.#counts.delete(name);
  }
}

/** The same, and calls `end` once it is over, however that comes: read to its end, given up before or after it was begun, failed. */
export function endingWith<T>(source: AsyncIterable<T>, end: () => void): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = source[Symbol.asyncIterator]();
      return {
        next: async () => {
          try {
            const result = await iterator.next();
            if (result.done) end();
            return result;
          } catch (error) {
            end();
            throw error;
          }
        },
        return: async () => {
          end();
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
