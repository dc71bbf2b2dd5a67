import { describe, expect, it } from 'vitest';
import { formatBytes, formatClock, formatDuration, formatLength, formatMoment } from './format';

describe('times', () => {
  it('are fine for short sounds and clock-like for long ones', () => {
    expect(formatDuration(0.42)).toBe('0.4 s');
    expect(formatDuration(9.97)).toBe('0:10');
    expect(formatDuration(187.4)).toBe('3:07');
    expect(formatDuration(3723)).toBe('1:02:03');
    expect(formatDuration(null)).toBe('–');
    expect(formatDuration(1.5, 'de')).toBe('1,5 s');
  });

  it('carry over when rounding', () => {
    expect(formatMoment(59.96)).toBe('1:00.0');
    expect(formatMoment(4.24)).toBe('0:04.2');
    expect(formatClock(-1)).toBe('0:00');
  });

  it('name the two largest units of a long stretch', () => {
    expect(formatLength(93_784)).toBe('1 day 2 hr');
    expect(formatLength(0)).toBe('0 sec');
  });
});

it('sizes use decimal units', () => {
  expect(formatBytes(0)).toBe('0 byte');
  expect(formatBytes(1_400_000)).toBe('1.4 MB');
  expect(formatBytes(23_400_000_000)).toBe('23 GB');
});
