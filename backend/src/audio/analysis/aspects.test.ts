import { describe, expect, it } from 'vitest';
import { chords, hits, RATE_HZ } from '../../../test/support/signals.js';
import { hasAspect, LAYOUT, type Aspect, type Described } from '../../domain/analysis/aspects.types.js';
import { distancesFrom } from '../../domain/analysis/distance.js';
import { createSoundAnalyzer } from './sound-analyzer.js';

function described(samples: Float32Array): Described {
  const analyzer = createSoundAnalyzer(RATE_HZ);
  analyzer.push(samples);
  return { numbers: analyzer.finish().heard!, at: 0 };
}

const times = (count: number, everyS: number): number[] => Array.from({ length: count }, (_, i) => i * everyS);
/** Long, short, short; long, short, short. */
const gallop = (unitS: number): number[] => times(8, unitS * 4).flatMap((at) => [at, at + 2 * unitS, at + 3 * unitS]);
const major = (degree: number): number[] => [degree, degree + 4, degree + 7];
const nearer = (aspect: Aspect, a: Float32Array, b: Float32Array, c: Float32Array): void => {
  const example = described(a);
  expect(distancesFrom(example, aspect)(described(b))).toBeLessThan(distancesFrom(example, aspect)(described(c)));
};

describe('two sounds', () => {
  it('are alike in rhythm with the same pattern, best at the same tempo', () => {
    const slow = hits(8, gallop(0.25));
    const faster = hits(8, gallop(0.21));
    const even = hits(8, times(16, 0.5));
    nearer('rhythm', slow, faster, even);
    nearer('rhythm', slow, hits(8.2, gallop(0.25)), faster);
  });

  it('are alike in pitch with the same notes, whatever their order', () => {
    const here = chords(0.6, [major(0), major(5), major(7), major(0)]);
    const turned = chords(0.6, [major(7), major(0), major(0), major(5)]);
    const elsewhere = chords(0.6, [major(6), major(11), major(1), major(6)]);
    nearer('pitch', here, turned, elsewhere);
    nearer('pitch', here, chords(0.6, [major(12), major(17), major(19), major(12)]), elsewhere);
  });

  it('are alike in timbre whatever their level and notes, and not when one is muffled', () => {
    const here = chords(0.6, [major(0), major(5)]);
    const muffled = here.slice();
    for (let i = 1; i < muffled.length; i++) muffled[i] = 0.97 * muffled[i - 1]! + 0.03 * here[i]!;
    nearer(
      'timbre',
      here,
      here.map((sample) => sample / 8),
      muffled,
    );
    nearer('timbre', here, chords(0.6, [major(2), major(7)]), muffled);
  });

  it('have no rhythm of a single hit, no pitch of noise, and nothing of silence', () => {
    expect(hasAspect('rhythm', described(hits(1, [0])))).toBe(false);
    const silence = described(new Float32Array(RATE_HZ));
    for (const aspect of ['timbre', 'pitch', 'rhythm'] as const) expect(hasAspect(aspect, silence)).toBe(false);
    let state = 1;
    const random = (): number => ((state = (state * 16_807) % 2_147_483_647) / 2_147_483_647) * 2 - 1;
    expect(hasAspect('pitch', described(Float32Array.from({ length: 2 * RATE_HZ }, random)))).toBe(false);
  });

  it('differ in loudness by level and dynamics', () => {
    const level = (lufs: number, peak: number): Described => {
      const numbers = new Float32Array(LAYOUT.loudness.at + LAYOUT.loudness.size);
      numbers.set([lufs, peak], LAYOUT.loudness.at);
      return { numbers, at: 0 };
    };
    const here = level(-20, 12);
    expect(distancesFrom(here, 'loudness')(here)).toBe(0);
    expect(distancesFrom(here, 'loudness')(level(-22, 12))).toBeLessThan(
      distancesFrom(here, 'loudness')(level(-30, 12)),
    );
    expect(distancesFrom(here, 'loudness')(level(-20, 14))).toBeLessThan(
      distancesFrom(here, 'loudness')(level(-20, 20)),
    );
  });
});
