import { describe, expect, it } from 'vitest';
import { FINGERPRINT_BANDS, type Fingerprint } from './copies.types.js';
import { compare, isCopy } from './matching.js';
import { outlineOf, spectralDistance } from './outline.js';

/** Levels that wander as those of a sound do; the same for the same seed. */
function fingerprintOf(seed: number, frames = 120): Fingerprint {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const levels = new Uint8Array(frames * FINGERPRINT_BANDS);
  const current = Float64Array.from({ length: FINGERPRINT_BANDS }, () => 190 + 40 * random());
  for (let i = 0; i < levels.length; i++) {
    const band = i % FINGERPRINT_BANDS;
    current[band] = Math.min(255, Math.max(150, current[band]! + 16 * (random() - 0.5)));
    levels[i] = current[band]!;
  }
  return { frameS: 0.02, levels };
}

const cut = ({ frameS, levels }: Fingerprint, from: number, to: number): Fingerprint => ({
  frameS,
  levels: levels.slice(from * FINGERPRINT_BANDS, to * FINGERPRINT_BANDS),
});
const changed = ({ frameS, levels }: Fingerprint, change: (level: number, i: number) => number): Fingerprint => ({
  frameS,
  levels: levels.map(change),
});

describe('isCopy', () => {
  const sound = fingerprintOf(1);

  it('knows a sound at another level, cut, and with small errors', () => {
    expect(isCopy(sound, sound)).toBe(true);
    expect(
      isCopy(
        sound,
        changed(sound, (level) => level - 24),
      ),
    ).toBe(true);
    expect(isCopy(sound, cut(sound, 0, 80))).toBe(true);
    expect(isCopy(cut(sound, 40, 120), sound)).toBe(true);
    expect(
      isCopy(
        sound,
        changed(sound, (level, i) => Math.min(255, level + (i % 3) - 1)),
      ),
    ).toBe(true);
  });

  it('keeps other sounds apart, also where their means are the same', () => {
    expect(isCopy(sound, fingerprintOf(2))).toBe(false);
    const other = changed(
      sound,
      (_, i) => sound.levels[sound.levels.length - FINGERPRINT_BANDS + 2 * (i % FINGERPRINT_BANDS) - i]!,
    );
    expect(spectralDistance(outlineOf(sound).spectrum, outlineOf(other).spectrum)).toBeLessThan(1);
    expect(isCopy(sound, other)).toBe(false);
  });

  it('says no where too little is in common, or too short to tell', () => {
    expect(compare(sound, cut(sound, 0, 60))).toBeNull();
    expect(isCopy(cut(sound, 0, 3), cut(sound, 0, 3))).toBe(false);
    const nothing = { frameS: 0.02, levels: new Uint8Array(0) };
    expect(isCopy(nothing, sound)).toBe(false);
    expect(isCopy(nothing, nothing)).toBe(false);
    expect(outlineOf({ frameS: 0.02, levels: new Uint8Array(10 * FINGERPRINT_BANDS) }).durationS).toBe(0);
  });

  it('compares fingerprints of different pace', () => {
    const slow: Fingerprint = { frameS: 0.04, levels: new Uint8Array(60 * FINGERPRINT_BANDS) };
    for (let i = 0; i < slow.levels.length; i++) {
      const at = 2 * Math.floor(i / FINGERPRINT_BANDS) * FINGERPRINT_BANDS + (i % FINGERPRINT_BANDS);
      const energy = (10 ** (sound.levels[at]! / 20) + 10 ** (sound.levels[at + FINGERPRINT_BANDS]! / 20)) / 2;
      slow.levels[i] = Math.round(20 * Math.log10(energy));
    }
    expect(isCopy(sound, slow)).toBe(true);
    expect(isCopy(slow, fingerprintOf(2))).toBe(false);
  });
});
