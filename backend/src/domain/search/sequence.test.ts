import { describe, expect, it } from 'vitest';
import { sequenceIn } from './sequence.js';

const at = (
  startS: number,
  logit: number,
): { window: { startS: number; endS: number; score: number }; logit: number } => ({
  window: { startS, endS: startS + 10, score: logit / 10 },
  logit,
});

describe('sequenceIn', () => {
  it('finds the steps in their order, and is as likely as the weakest of them', () => {
    const found = sequenceIn([
      [at(0, 3), at(20, 5)],
      [at(10, 2), at(0, 4)],
    ]);
    expect(found?.logit).toBe(2);
    expect(found?.windows.map(({ startS }) => startS)).toEqual([0, 10]);
  });

  it('counts the wrong order for less than the right one', () => {
    const right = sequenceIn([
      [at(0, 3), at(10, -4)],
      [at(0, -4), at(10, 3)],
    ]);
    const wrong = sequenceIn([
      [at(0, -4), at(10, 3)],
      [at(0, 3), at(10, -4)],
    ]);
    expect(right!.logit).toBeGreaterThan(wrong!.logit + 2);
  });

  it('takes a sound of one window for possible', () => {
    expect(sequenceIn([[at(0, 3)], [at(0, 2)]])).toMatchObject({ logit: 1, windows: [{ startS: 0 }] });
  });

  it('needs every step', () => {
    expect(sequenceIn([[at(0, 3)], []])).toBeNull();
  });
});
