import { describe, expect, it } from 'vitest';
import { levelDb } from './levelling';

describe('levelling', () => {
  it('brings loud and quiet sounds to the same loudness', () => {
    expect(levelDb({ loudnessLufs: -8, peakDb: 0 })).toBe(-10);
    expect(levelDb({ loudnessLufs: -28, peakDb: -14 })).toBe(10);
  });

  it('never brings a peak above full scale, nor lowers a quiet sound for its peak', () => {
    expect(levelDb({ loudnessLufs: -28, peakDb: -3 })).toBe(3);
    expect(levelDb({ loudnessLufs: -28, peakDb: 0.5 })).toBe(0);
    expect(levelDb({ loudnessLufs: -28, peakDb: null })).toBe(0);
  });

  it('leaves noise at the end of hearing, and what was not measured', () => {
    expect(levelDb({ loudnessLufs: -65, peakDb: -50 })).toBe(18);
    expect(levelDb({ loudnessLufs: null, peakDb: null })).toBe(0);
  });
});
