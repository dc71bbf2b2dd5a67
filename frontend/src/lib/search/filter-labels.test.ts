import { describe, expect, it } from 'vitest';
import { en } from '$lib/i18n/en';
import { filterLabels } from './filter-labels';

describe('filter labels', () => {
  it('word a range by the ends that are given', () => {
    expect(filterLabels({ minDurationS: 1, maxDurationS: 5 }, en.filters)).toEqual(['Length 1–5 s']);
    expect(filterLabels({ minBpm: 90 }, en.filters)).toEqual(['Tempo from 90 BPM']);
    expect(filterLabels({ kind: 'one-shot', maxLoudness: -14 }, en.filters)).toEqual([
      'Loudness up to -14 LUFS',
      'One-shot',
    ]);
    expect(filterLabels({ format: 'wav,flac' }, en.filters)).toEqual(['Format: wav, flac']);
    expect(filterLabels({ maxBpm: 120, tag: ['a', 'b'] }, en.filters)).toEqual([
      'Tempo up to 120 BPM',
      'Tag: a',
      'Tag: b',
    ]);
  });
});
