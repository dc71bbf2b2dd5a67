import { describe, expect, it } from 'vitest';
import type { ParsedQuery, QueryPart } from '$lib/api/types';
import { de } from '$lib/i18n/de';
import { en } from '$lib/i18n/en';
import { partLabels } from './part-labels';

const parsed = (...parts: Partial<QueryPart>[]): ParsedQuery => ({
  canonical: '',
  text: [],
  like: [],
  clips: [],
  names: [],
  filters: {},
  hints: [],
  literal: null,
  parts: parts.map((part) => ({
    kind: 'filter',
    typed: part.text ?? '',
    without: '',
    text: '',
    ...part,
    ...(part.weight === undefined ? {} : { reweighted: { plus: '', minus: '', one: '', minusOne: '' } }),
  })),
});
const texts = (query: ParsedQuery): string[] => partLabels(query, en, 'en').map(({ text }) => text);

describe('labels of what was typed', () => {
  it('say each part in words', () => {
    const query = parsed(
      { kind: 'term', text: 'rain', weight: 2 },
      { kind: 'term', text: 'thunder', weight: -1 },
      { kind: 'term', text: 'wind', weight: 0 },
      { kind: 'sound', text: 'evening bell', weight: 1, startS: 3.2, endS: 65 },
      { kind: 'sound', text: '', weight: -0.5 },
      { kind: 'clip', text: 'hum.webm', weight: 1.5 },
      { kind: 'name', text: 'tin roof' },
      { typed: 'title:"big room"', text: 'big room', filters: { title: ['big room'] } },
      { typed: '-tag:loop', text: 'loop', negated: true, filters: { not: [{ tags: ['loop'] }] } },
      { typed: '-bpm:>120', text: '>120', negated: true, filters: { not: [{ minBpm: 120 }] } },
      { typed: 'tag:dog', text: 'dog', filters: { tags: ['dog'] } },
      { typed: 'bpm:120-128', text: '120-128', filters: { minBpm: 120, maxBpm: 128 } },
      { typed: 'bpm:120', text: '120', filters: { minBpm: 119.5, maxBpm: 120.5 } },
      { typed: 'added:>2026-01', text: '>2026-01', filters: { addedAfter: '2026-01-01' } },
      { typed: 'artist:Ann', text: 'Ann', filters: { artist: 'Ann' } },
      { typed: 'rate:44.1k', text: '44.1k', filters: { minSampleRateHz: 44_050, maxSampleRateHz: 44_150 } },
      { typed: 'rate:>48k', text: '>48k', filters: { minSampleRateHz: 48_000 } },
      { typed: 'bits:24', text: '24', filters: { minBitsPerSample: 24, maxBitsPerSample: 24 } },
      {
        typed: 'recorded:2019-03',
        text: '2019-03',
        filters: { recordedAfter: '2019-03-01', recordedBefore: '2019-03-31' },
      },
      { typed: 'sort:newest', text: 'newest', filters: {} },
      { typed: 'added:5m', text: '5m', filters: { addedAfter: '2026-11-30T13:35:00.000Z' } },
    );
    expect(texts(query)).toEqual([
      'rain ×2',
      'less thunder',
      'wind (off)',
      'like evening bell 0:03.2–1:05.0',
      'less like a sound that is gone ×0.5',
      'like hum.webm ×1.5',
      'named “tin roof”',
      'Title: big room',
      'not Tag: loop',
      'not Tempo from 120 BPM',
      'Tag: dog',
      'Tempo 120–128 BPM',
      'Tempo: 120 BPM',
      'Added from 2026-01-01',
      'Artist: Ann',
      'Sample rate: 44.1 kHz',
      'Sample rate from 48 kHz',
      'Bit depth: 24 bit',
      'Recorded: March 2019',
      'Newest first',
      'Added: last 5 minutes',
    ]);
  });

  it('write numbers as the language does', () => {
    const query = parsed(
      { typed: 'bpm:97.5', text: '97.5', filters: { minBpm: 97, maxBpm: 98 } },
      { typed: 'len:0.4s', text: '0.4s', filters: { minDurationS: 0.35, maxDurationS: 0.45 } },
    );
    expect(partLabels(query, de, 'de').map(({ text }) => text)).toEqual(['Tempo: 97,5 BPM', 'Länge: 0,4 s']);
  });

  it('leave plain words to the box', () => {
    expect(texts(parsed({ kind: 'term', text: 'rain', weight: 1 }))).toEqual([]);
    expect(texts(parsed({ kind: 'term', text: 'rain', weight: -1 }))).toEqual(['less rain']);
  });

  it('keep their identity when the weight changes', () => {
    const ids = (weight: number) =>
      partLabels(parsed({ kind: 'term', text: 'rain', weight }, { text: 'tag:x' }), en, 'en').map(({ id }) => id);
    expect(ids(1)).toEqual(ids(-2));
  });
});
