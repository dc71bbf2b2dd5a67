import { describe, expect, it } from 'vitest';
import type { ParsedQuery, QueryPart } from '$lib/api/types';
import { en } from '$lib/i18n/en';
import { partLabels } from './part-labels';

const parsed = (...parts: Partial<QueryPart>[]): ParsedQuery => ({
  canonical: '',
  text: [],
  names: [],
  filters: {},
  hints: [],
  parts: parts.map((part) => ({ kind: 'filter', typed: part.text ?? '', without: '', text: '', ...part })),
});
const texts = (query: ParsedQuery, chosen = {}): string[] =>
  partLabels(query, chosen, en, 'en').map(({ text }) => text);

describe('labels of what was typed', () => {
  it('say each part in words', () => {
    const query = parsed(
      { kind: 'wish', text: 'rain', weight: 2 },
      { kind: 'wish', text: 'thunder', weight: -1 },
      { kind: 'name', text: 'tin roof' },
      { typed: 'tag:dog', text: 'dog', filters: { tags: ['dog'] } },
      { typed: 'bpm:120-128', text: '120-128', filters: { minBpm: 120, maxBpm: 128 } },
      { typed: 'bpm:120', text: '120', filters: { minBpm: 119.5, maxBpm: 120.5 } },
      { typed: 'added:>2026-01', text: '>2026-01', filters: { addedAfter: '2026-01-01' } },
      { typed: 'artist:Ann', text: 'Ann', filters: { artist: 'Ann' } },
    );
    expect(texts(query)).toEqual([
      'rain ×2',
      'less thunder',
      'named “tin roof”',
      'Tag: dog',
      'Tempo 120–128 BPM',
      'Tempo: 120 BPM',
      'Added from 2026-01-01',
      'Artist: Ann',
    ]);
  });

  it('leave plain words to the box', () => {
    expect(texts(parsed({ kind: 'wish', text: 'rain', weight: 1 }))).toEqual([]);
    expect(texts(parsed({ kind: 'wish', text: 'rain', weight: -1 }))).toEqual(['less rain']);
  });

  it('do not repeat a filter that was chosen', () => {
    const query = parsed(
      { typed: 'tag:dog', filters: { tags: ['dog'] } },
      { typed: 'tag:cat', filters: { tags: ['cat'] } },
      { typed: 'bpm:>120', filters: { minBpm: 120 } },
    );
    expect(texts(query, { tag: ['dog'], maxBpm: 100 })).toEqual(['Tag: cat']);
  });
});
