import { setImmediate as nextTurn } from 'node:timers/promises';

/** Does long work in parts; between them, whatever else waits in this process has its turn. */
export async function inSlices<T>(
  items: readonly T[],
  size: number,
  work: (slice: readonly T[]) => void | Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += size) {
    if (start > 0) await nextTurn();
    await work(items.slice(start, start + size));
  }
}

/** For work in small steps: asked between them, it gives others a turn whenever this one has taken so many milliseconds. */
export class Turns {
  private since = performance.now();

  constructor(private readonly turnMs: number) {}

  async next(): Promise<void> {
    if (performance.now() - this.since < this.turnMs) return;
    await nextTurn();
    this.since = performance.now();
  }
}
