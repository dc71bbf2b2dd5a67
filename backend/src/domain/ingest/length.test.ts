import { describe, expect, it } from 'vitest';
import { expectedLengthS } from './length.js';

describe('expectedLengthS', () => {
  it.each([
    ['what the header says', { durationS: 3, sizeBytes: 300_000, codec: 'pcm_s16le' }, 3, 3],
    ['not what the header of a large MP3 says', { durationS: 1, sizeBytes: 64_000_000, codec: 'mp3' }, 1000, 1000],
    ['a guess from the size without a header', { durationS: null, sizeBytes: 14_400_000, codec: 'mp3' }, 600, 1200],
    ['a guess for a codec nobody knows', { durationS: null, sizeBytes: 16_000, codec: null }, 1, 1],
    ['long silence in few bytes', { durationS: 7200, sizeBytes: 21_000, codec: 'flac' }, 7200, 7200],
  ])('%s', (_, sound, least, most) => {
    const length = expectedLengthS(sound);
    expect(length).toBeGreaterThanOrEqual(least);
    expect(length).toBeLessThanOrEqual(most);
  });
});
