import { describe, expect, it } from 'vitest';
import type { SharedCounts } from './limits.ports.js';
import { Limits } from './limits.js';

const NOON = Date.UTC(2026, 10, 29, 12, 0, 0);

/** What processes share, in memory; away when told so. */
class Counts implements SharedCounts {
  away = false;
  readonly #sums = new Map<string, number>();

  add(minute: number, counts: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>> {
    if (this.away) return Promise.reject(new Error('away'));
    const answers = new Map<string, number>();
    for (const [name, more] of counts) {
      const sum = (this.#sums.get(`${minute} ${name}`) ?? 0) + more;
      this.#sums.set(`${minute} ${name}`, sum);
      answers.set(name, sum);
    }
    return Promise.resolve(answers);
  }
}

describe('limits', () => {
  it('let through so many in a minute, each for themselves, and as many again in the next', () => {
    let now = NOON + 20_000;
    const limits = new Limits(null, { now: () => now });
    expect([1, 2, 3].map(() => limits.take('ada', 2))).toEqual([
      { left: 1, resetS: 40, over: false },
      { left: 0, resetS: 40, over: false },
      { left: 0, resetS: 40, over: true },
    ]);
    expect(limits.take('ben', 2).over).toBe(false);
    now = NOON + 59_999;
    expect(limits.take('ada', 2)).toEqual({ left: 0, resetS: 1, over: true });
    now = NOON + 60_000;
    expect(limits.take('ada', 2)).toEqual({ left: 1, resetS: 60, over: false });
  });

  it('of several processes hold for all of them together once they have told each other', async () => {
    const counts = new Counts();
    const [one, other] = [new Limits(counts, { now: () => NOON }), new Limits(counts, { now: () => NOON })];
    for (let n = 0; n < 3; n++) one.take('ada', 5);
    other.take('ada', 5);
    await one.share();
    await other.share();
    expect(other.take('ada', 5)).toMatchObject({ left: 0, over: false });
    expect(other.take('ada', 5).over).toBe(true);
    await other.share();
    one.take('ada', 50);
    await one.share();
    expect(one.take('ada', 50).left).toBe(50 - 4 - 3 - 1);
  });

  it('are counted by each process alone while they cannot be told, and told later', async () => {
    const counts = new Counts();
    const [one, other] = [new Limits(counts, { now: () => NOON }), new Limits(counts, { now: () => NOON })];
    counts.away = true;
    one.take('ada', 2);
    one.take('ada', 2);
    await one.share();
    expect(one.take('ada', 2).over).toBe(true);
    expect(other.take('ada', 4).over).toBe(false);
    counts.away = false;
    await one.share();
    await other.share();
    expect(other.take('ada', 4).over).toBe(true);
  });
});
