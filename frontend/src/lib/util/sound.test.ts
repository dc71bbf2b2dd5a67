import { expect, it } from 'vitest';
import { en } from '$lib/i18n/en';
import { bitsOf } from './sound';

it.each([
  ['pcm_s24le', '24 bit'],
  ['pcm_f32le', '32 bit, floating point'],
  ['pcm_u8', '8 bit'],
  ['pcm_mulaw', null],
  ['mp3', null],
  [null, null],
])('%s has %s', (codec, bits) => {
  expect(bitsOf({ codec }, en.sound)).toBe(bits);
});
