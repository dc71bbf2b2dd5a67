import { recall, remember } from './storage';

/** Shorter sounds are begun anew, and as fast as they are. */
const FROM_S = 300;
const KEPT = 50;

/** In seconds, and how many times faster. */
type Place = [seconds: number, speed: number];

/** Where a person stopped listening to long sounds, and how fast they were heard; kept in this browser. */
export class Positions {
  readonly #places: Map<string, Place>;

  constructor() {
    this.#places = new Map(parsed(recall('positions')));
  }

  /** In seconds; 0 where it was never begun, or heard to its end. */
  of(key: string): number {
    return this.#places.get(key)?.[0] ?? 0;
  }

  speedOf(key: string): number {
    return this.#places.get(key)?.[1] ?? 1;
  }

  keep(key: string, seconds: number, durationS: number, speed: number): void {
    if (durationS < FROM_S) return;
    this.#places.delete(key);
    const isWithin = seconds > 10 && seconds < durationS - 10;
    if (isWithin || speed !== 1) this.#places.set(key, [isWithin ? Math.round(seconds * 10) / 10 : 0, speed]);
    const [oldest] = this.#places.keys();
    if (this.#places.size > KEPT && oldest !== undefined) this.#places.delete(oldest);
    remember('positions', JSON.stringify([...this.#places].map(([of, place]) => [of, ...place])));
  }
}

/** Entries of earlier versions have no speed. */
function parsed(text: string | null): [string, Place][] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(value)) return [];
    return value.flatMap((entry: unknown): [string, Place][] => {
      if (!Array.isArray(entry)) return [];
      const [key, seconds, speed = 1] = entry as unknown[];
      const isPlace = typeof key === 'string' && typeof seconds === 'number' && typeof speed === 'number';
      return isPlace ? [[key, [seconds, speed]]] : [];
    });
  } catch {
    return [];
  }
}
