import { describe, expect, it } from 'vitest';
import { en } from '$lib/i18n/en';
import { filterLabels } from './filter-labels';

describe('filter labels', () => {
  it('word a range by the ends that are given', () => {
    const texts = (filters: Parameters<typeof filterLabels>[0]) =>
      filterLabels(filters, en.filters).map(({ text }) => text);
    expect(texts({ minDurationS: 1, maxDurationS: 5 })).toEqual(['Length 1–5 s']);
    expect(texts({ minBpm: 90 })).toEqual(['Tempo from 90 BPM']);
    expect(texts({ maxBpm: 120 })).toEqual(['Tempo up to 120 BPM']);
  });

  it('take away only their own filter', () => {
    const labels = filterLabels({ minBpm: 90, maxBpm: 120, key: 'Am', tag: ['a', 'b'] }, en.filters);
    expect(labels.map(({ without }) => without)).toEqual([
      { key: 'Am', tag: ['a', 'b'] },
      { minBpm: 90, maxBpm: 120, tag: ['a', 'b'] },
      { minBpm: 90, maxBpm: 120, key: 'Am', tag: ['b'] },
      { minBpm: 90, maxBpm: 120, key: 'Am', tag: ['a'] },
    ]);
  });
});
