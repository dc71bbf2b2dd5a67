import { describe, expect, it } from 'vitest';
import { pitchClass, tuningFor, wavOf } from './tuning';

const loop = { bpm: 100, key: 'Am', durationS: 4 };

describe('tuning a loop to the session', () => {
  it('takes the nearest of the tempo, its half and its double', () => {
    expect(tuningFor(loop, { bpm: 120, key: null })).toEqual({ rate: 1.2, semitones: 0 });
    expect(tuningFor({ ...loop, bpm: 170 }, { bpm: 85, key: null }).rate).toBe(1);
    expect(tuningFor({ ...loop, bpm: 60 }, { bpm: 140, key: null }).rate).toBeCloseTo(140 / 120);
  });

  it('takes the shortest way to a key, and a relative one for the same', () => {
    expect(tuningFor(loop, { bpm: null, key: 'C' }).semitones).toBe(0);
    expect(tuningFor(loop, { bpm: null, key: 'Bm' }).semitones).toBe(2);
    expect(tuningFor({ ...loop, key: 'C' }, { bpm: null, key: 'B' }).semitones).toBe(-1);
    expect(pitchClass('Ebm')).toBe(pitchClass('F#'));
    expect(pitchClass('H')).toBeNull();
  });

  it('leaves alone what is long, or of which nothing is known', () => {
    const session = { bpm: 120, key: 'D' };
    expect(tuningFor({ ...loop, durationS: 300 }, session)).toEqual({ rate: 1, semitones: 0 });
    expect(tuningFor({ bpm: null, key: null, durationS: 3 }, session)).toEqual({ rate: 1, semitones: 0 });
  });

  it('writes a WAV that claims another rate', async () => {
    const bytes = await wavOf([Float32Array.of(0, 1, -2), Float32Array.of(0.5, 0, 0)], 50_000).arrayBuffer();
    const view = new DataView(bytes);
    expect(bytes.byteLength).toBe(44 + 12);
    expect([view.getUint16(22, true), view.getUint32(24, true), view.getUint32(40, true)]).toEqual([2, 50_000, 12]);
    expect([0, 1, 2, 3, 4].map((i) => view.getInt16(44 + 2 * i, true))).toEqual([0, 16_384, 32_767, 0, -32_767]);
  });
});
