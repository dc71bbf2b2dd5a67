import { describe, expect, it } from 'vitest';
import type { ParsedQuery, QueryPart } from '$lib/api/types';
import { countFilters, filterTexts, filtersOf, soughtOf, withFilters, withWeight, type Weighted } from './query-text';

const weighted = (kind: QueryPart['kind'], plus: string, weight: number, typed: string): Weighted => ({
  kind,
  text: plus,
  typed,
  without: '',
  weight,
  reweighted: { plus, minus: `-${plus}`, one: plus, minusOne: `-${plus}` },
});
const filter = (typed: string, negated = false): QueryPart => ({
  kind: 'filter',
  typed,
  text: '',
  without: '',
  negated,
});
const parsed = (parts: QueryPart[], filters: ParsedQuery['filters'] = {}): ParsedQuery => ({
  canonical: '',
  text: [],
  like: [],
  clips: [],
  names: [],
  filters,
  hints: [],
  literal: null,
  parts,
});

describe('a weight', () => {
  const rain = weighted('term', 'rain', 1, 'rain');
  const wind = weighted('term', 'wind', 2, 'wind^2');
  const bell = weighted('sound', 'like:b@1-2', 1, 'like:b@1-2');
  const query = parsed([rain, wind, bell, filter('tag:x')]);

  it.each<[Weighted, number, string]>([
    [rain, 0.5, 'rain^0.5 + wind^2 like:b@1-2 tag:x'],
    [rain, 0, 'rain^0 + wind^2 like:b@1-2 tag:x'],
    [rain, -0.5, 'wind^2 -rain^0.5 like:b@1-2 tag:x'],
    [wind, 1, 'rain + wind like:b@1-2 tag:x'],
    [bell, -1, 'rain + wind^2 -like:b@1-2 tag:x'],
    [bell, 1.5, 'rain + wind^2 like:b@1-2^1.5 tag:x'],
  ])('changes its own part: %#', (part, weight, text) => {
    // What is unwanted comes after what is wanted only where terms are concerned.
    expect(withWeight(query, part, weight)).toBe(text);
  });
});

describe('filters', () => {
  it('of loudness may be negative at both ends', () => {
    expect(filterTexts({ kind: 'one-shot', minLoudness: -23, maxLoudness: -14, minBrightness: 2000 })).toEqual([
      'kind:one-shot',
      'loudness:-23..-14',
      'brightness:>2000',
    ]);
  });

  it('of bits are one number where both ends are', () => {
    expect(filterTexts({ minBitsPerSample: 24, maxBitsPerSample: 24 })).toEqual(['bits:24']);
    expect(filterTexts({ minBitsPerSample: 17 })).toEqual(['bits:>17']);
  });

  it('of sample rates are typed in thousands', () => {
    expect(filterTexts({ minSampleRateHz: 44_100, maxSampleRateHz: 44_100 })).toEqual(['rate:44.1k']);
    expect(filterTexts({ minSampleRateHz: 192_000 })).toEqual(['rate:>192k']);
    expect(filterTexts({ minSampleRateHz: 44_100, maxSampleRateHz: 96_000 })).toEqual(['rate:44.1-96k']);
  });

  it('of whole years are typed as years', () => {
    expect(filterTexts({ recordedAfter: '2019-01-01', recordedBefore: '2019-12-31' })).toEqual(['recorded:2019']);
    expect(filterTexts({ recordedAfter: '2015-01-01', recordedBefore: '2019-03-31' })).toEqual([
      'recorded:2015..2019-03',
    ]);
    expect(filterTexts({ recordedBefore: '2009-12-31' })).toEqual(['recorded:<2009']);
  });

  it('are typed as the server reads them', () => {
    expect(
      filterTexts({
        tag: ['dog', 'two words'],
        artist: 'Mary "M" Jane',
        key: 'F#m',
        minBpm: 90,
        maxBpm: 120,
        maxDurationS: 2.346,
        addedAfter: '2026-01-31T00:00:00Z',
      }),
    ).toEqual([
      'tag:dog',
      'tag:"two words"',
      'artist:"Mary M Jane"',
      'key:F#m',
      'bpm:90-120',
      'len:<2.35s',
      'added:>2026-01-31',
    ]);
    expect(countFilters({ minBpm: 90, maxBpm: 120, key: 'Am', tag: ['a', 'b'] })).toBe(4);
  });

  it('of the panel replace those of the text, and leave the rest of it', () => {
    const parts = [weighted('term', 'rain', 1, 'rain'), filter('tag:x'), filter('-format:mp3', true), filter('name:y')];
    const addedAfter = '2026-11-30T17:00:00.000Z';
    const since = { addedAfter, maxBpm: 90 };
    expect(withFilters(parsed(parts), { format: 'wav' })).toBe('rain -format:mp3 name:y format:wav');
    expect(withFilters(parsed([filter('added:5m'), filter('bpm:<90')], since), { addedAfter, format: 'wav' })).toBe(
      'added:5m format:wav',
    );
    expect(withFilters(parsed([filter('added:5m')], since), {})).toBe('');
    expect(filtersOf(parsed([], { tags: ['x'], maxBpm: 90, not: [{ format: 'mp3' }], name: ['y'] }))).toEqual({
      tag: ['x'],
      maxBpm: 90,
    });
  });
});

describe('what is looked for within one sound', () => {
  it('is what the search says of the sound, without filters and order', () => {
    const parts = [
      weighted('term', 'laughter', 1, 'laughter'),
      filter('kind:long'),
      weighted('term', 'music', -1, '-music'),
      filter('sort:newest'),
    ];
    expect(soughtOf({ parts })).toBe('laughter -music');
    expect(soughtOf({ parts: [filter('kind:long')] })).toBe('');
  });
});
