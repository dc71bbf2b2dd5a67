import { describe, expect, it } from 'vitest';
import { DEMO_NAMES, demoSound, RATE } from './sounds';
import { wavOf } from './wav';

describe('demo sounds', () => {
  it.each(DEMO_NAMES)('%s is heard, and the same each time', (name) => {
    const samples = demoSound(name);
    expect(samples.every(Number.isFinite)).toBe(true);
    expect(samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeGreaterThan(0.05);
    expect(demoSound(name)).toEqual(samples);
  });

  it('are twenty, and all different', () => {
    expect(DEMO_NAMES).toHaveLength(20);
    expect(
      new Set(
        DEMO_NAMES.map((name) =>
          demoSound(name)
            .filter((_, i) => i % 97 === 0)
            .join(),
        ),
      ),
    ).toHaveLength(20);
  });

  it('become WAV files that say what is in them', async () => {
    const view = new DataView(await wavOf(Float32Array.of(0, 2, -2), RATE).arrayBuffer());
    expect(view.byteLength).toBe(50);
    expect(view.getUint32(24, true)).toBe(RATE);
    expect([44, 46, 48].map((at) => view.getInt16(at, true))).toEqual([0, 26_214, -26_214]);
  });
});
