import { createHash } from 'node:crypto';
import { randomNumbers } from '../../bench/lib/random.mjs';
import { wavOf } from '../lib/wav.mjs';

const RATE = 16_000;

/**
 * A WAV file of noise under a slow tone, no two alike; every tenth is cut off in the middle, every thirteenth holds nothing but zeros.
 * @param {number} number
 * @param {number} seed
 */
export function sound(number, seed) {
  const next = randomNumbers(seed * 100_003 + number);
  const seconds = 1 + Math.floor(next() ** 2 * 24);
  const data = Buffer.alloc(RATE * 2 * seconds);
  const hz = 80 + next() * 2000;
  if (number % 13 !== 12) {
    for (let i = 0; i < data.length / 2; i++) {
      const value = 0.3 * Math.sin((2 * Math.PI * hz * i) / RATE) + 0.2 * (next() - 0.5);
      data.writeInt16LE(Math.round(value * 32_000), i * 2);
    }
  } else data.writeInt16LE(number, 0);
  const whole = wavOf(data, RATE);
  const bytes = number % 10 === 9 ? whole.subarray(0, 44 + Math.floor(data.length / 3)) : whole;
  return { name: `drill-${seed}-${number}.wav`, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}
