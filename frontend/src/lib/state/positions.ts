import { recall, remember } from './storage';

/** Shorter sounds are begun anew. */
const FROM_S = 300;
const KEPT = 50;

/** Where a person stopped listening to long sounds; kept in this browser. */
export class Positions {
  readonly #places: Map<string, number>;

  constructor() {
    this.#places = new Map(parsed(recall('positions')));
  }

  /** In seconds; 0 where it was never begun, or heard to its end. */
  of(key: string): number {
    return this.#places.get(key) ?? 0;
  }

  keep(key: string, seconds: number, durationS: number): void {
    if (durationS < FROM_S) return;
    this.#places.delete(key);
    if (seconds > 10 && seconds < durationS - 10) this.#places.set(key, Math.round(seconds * 10) / 10);
    const [oldest] = this.#places.keys();
    if (this.#places.size > KEPT && oldest !== undefined) this.#places.delete(oldest);
    remember('positions', JSON.stringify([...this.#places]));
  }
}

function parsed(text: string | null): [string, number][] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(value)) return [];
    return value.filter(
      (entry): entry is [string, number] =>
        Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number',
    );
  } catch {
    return [];
  }
}
