import { describe, expect, it } from 'vitest';
import { TopList } from './top-list.js';

describe('TopList', () => {
  it('keeps the best, best first, the smaller key among equals', () => {
    const top = new TopList(3);
    for (const [key, score] of [
      [5, 0.1],
      [4, 0.9],
      [9, 0.5],
      [2, 0.5],
      [7, 0.5],
      [1, 0.2],
    ] as const) {
      top.push(key, score);
    }
    expect(top.sorted()).toEqual([
      { key: 4, score: 0.9 },
      { key: 2, score: 0.5 },
      { key: 7, score: 0.5 },
    ]);
  });

  it('holds nothing with a limit of 0', () => {
    const top = new TopList(0);
    top.push(1, 1);
    expect(top.sorted()).toEqual([]);
  });
});
