import { expect, it } from 'vitest';
import { en } from '$lib/i18n/en';
import { bitsOf } from './sound';

it.each([
  ['pcm_s24le', 24, '24 bit'],
  ['pcm_f32le', 32, '32 bit, floating point'],
  ['flac', 16, '16 bit'],
  ['mp3', null, null],
  [null, null, null],
])('%s with %s has %s', (codec, bitsPerSample, bits) => {
  expect(bitsOf({ codec, bitsPerSample }, en.sound)).toBe(bits);
});
