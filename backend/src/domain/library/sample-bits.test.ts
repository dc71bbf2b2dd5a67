import { expect, it } from 'vitest';
import { bitsPerSampleOf, tellsBits } from './sample-bits.js';

it.each<[codec: string | null, raw: number | undefined, coded: number | undefined, bits: number | null]>([
  ['pcm_s24le', undefined, 24, 24],
  ['pcm_s24le', 20, 24, 20],
  ['pcm_s16le_planar', undefined, undefined, 16],
  ['pcm_f64be', undefined, 64, 64],
  ['pcm_mulaw', undefined, 8, null],
  ['adpcm_ms', undefined, 4, null],
  ['flac', 24, 0, 24],
  ['alac', undefined, 16, 16],
  ['wavpack', undefined, undefined, null],
  ['mp3', 16, 16, null],
  [null, 16, 16, null],
])('%s with %s and %s has %s bits a sample', (codec, raw, coded, bits) => {
  expect(bitsPerSampleOf(codec, { raw, coded })).toBe(bits);
});

it('asks only files for bits that have some and whose codec does not tell', () => {
  expect(['alac', 'wavpack', 'pcm_s16le', 'mp3', null].map(tellsBits)).toEqual([true, true, false, false, false]);
});
