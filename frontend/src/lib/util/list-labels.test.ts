import { describe, expect, it } from 'vitest';
import { labelAt, labelsOf, marksOf } from './list-labels';

const places = (...values: (string | number | null)[]) => values.map((value, i) => ({ offset: i * 100, value }));
const texts = (...args: Parameters<typeof labelsOf>): string[] => labelsOf(...args).map(({ label }) => label);

describe('what the places of a list are called', () => {
  it('letters, numbers apart, and what has none', () => {
    expect(texts(places('808 kick', 'ärger', 'zither', null), 'title', 'de', 'ohne')).toEqual(['#', 'Ä', 'Z', 'ohne']);
  });

  it('dates as fine as the library is long, in the language', () => {
    const near = places('2026-03-01T12:00:00.000Z', '2026-03-09T12:00:00.000Z');
    expect(texts(near, 'added', 'de', '–')).toEqual(['1. März', '9. März']);
    const far = places('2024-03-01T12:00:00.000Z', '2026-03-09T12:00:00.000Z');
    expect(texts(far, 'added', 'en-GB', '–')).toEqual(['Mar 2024', 'Mar 2026']);
    expect(texts(places('2010-03-01T12:00:00.000Z', '2026-03-09T12:00:00.000Z'), 'added', 'en', '–')).toEqual([
      '2010',
      '2026',
    ]);
  });

  it('lengths, sizes and tempi', () => {
    expect(texts(places(0.42, 75), 'duration', 'de', '–')).toEqual(['0,4 s', '1:15']);
    expect(texts(places(1_234_567), 'size', 'en', '–')).toEqual(['1.2 MB']);
    expect(texts(places(119.6, null), 'bpm', 'en', 'none')).toEqual(['120 BPM', 'none']);
  });

  it('mark where something else begins, no more than there is room for', () => {
    const labels = labelsOf(places('a', 'ab', 'b', 'c', 'd'), 'title', 'en', '–');
    expect(marksOf(labels, 10).map(({ label }) => label)).toEqual(['A', 'B', 'C', 'D']);
    expect(marksOf(labels, 2).map(({ label }) => label)).toEqual(['A', 'C']);
    expect(labelAt(labels, 250)).toBe('B');
    expect(labelAt([], 3)).toBe('');
  });
});
