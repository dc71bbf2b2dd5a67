import { describe, expect, it } from 'vitest';
import { describeNonAudio } from './sniff.js';

describe('describeNonAudio', () => {
  it('knows text even when the cut goes through a character', () => {
    const text = Buffer.from('ü'.repeat(300));
    expect(describeNonAudio(text.subarray(0, 511))?.id).toBe('not_audio_text');
  });

  it('says nothing about bytes it does not know', () => {
    expect(describeNonAudio(Buffer.from([0, 1, 2, 250, 251, 0, 9]))).toBeNull();
  });

  it('sees a playlist behind empty lines and in capitals', () => {
    expect(describeNonAudio(Buffer.from('\r\n[PLAYLIST]\nFile1=a'))?.id).toBe('not_audio_playlist');
  });
});
