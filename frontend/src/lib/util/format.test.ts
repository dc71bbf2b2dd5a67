import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatClock,
  formatDuration,
  formatLength,
  formatExact,
  formatMoment,
  formatPosition,
  formatPartialDate,
} from './format';

describe('dates that are known in part', () => {
  it.each([
    ['2019', 'en', '2019'],
    ['2019-03', 'en', 'March 2019'],
    ['2019-03', 'de', 'März 2019'],
    ['2019-03-14', 'de', '14.03.2019'],
  ])('%s in %s is %s', (date, locale, said) => {
    expect(formatPartialDate(date, locale)).toBe(said);
  });
});

describe('times', () => {
  it('are fine for short sounds and clock-like for long ones', () => {
    expect(formatDuration(0.42)).toBe('0.4 s');
    expect(formatDuration(9.97)).toBe('10.0 s');
    expect(formatDuration(187.6)).toBe('3:07');
    expect(formatDuration(3723)).toBe('1:02:03');
    expect(formatDuration(null)).toBe('–');
    expect(formatDuration(1.5, 'de')).toBe('1,5 s');
  });

  it('carry over when rounding', () => {
    expect(formatMoment(59.96)).toBe('1:00.0');
    expect(formatMoment(4.24)).toBe('0:04.2');
    expect(formatMoment(4.24, 'de', 2)).toBe('0:04,24');
    expect([4, 4.2, 4.24, 4.2345].map((seconds) => formatExact(seconds))).toEqual([
      '0:04.0',
      '0:04.2',
      '0:04.24',
      '0:04.235',
    ]);
    expect(formatExact(59.9996, 'de')).toBe('1:00,0');
    expect(formatClock(-1)).toBe('0:00');
  });

  it('tell the parts of a sound apart, however short it is', () => {
    expect([0, 0.25, 0.5].map((part) => formatPosition(part * 0.3, 0.3))).toEqual(['0:00.00', '0:00.08', '0:00.15']);
    expect(formatPosition(0.0025, 0.01)).toBe('0:00.00');
    expect(formatPosition(2.25, 9)).toBe('0:02.3');
    expect(formatPosition(2.25, 60)).toBe('0:02');
  });

  it('name the two largest units of a long stretch', () => {
    expect(formatLength(93_784)).toBe('1 day 2 hr');
    expect(formatLength(0)).toBe('0 sec');
  });
});

it('sizes use decimal units', () => {
  expect(formatBytes(0)).toBe('0 bytes');
  expect(formatBytes(1)).toBe('1 byte');
  expect(formatBytes(12, 'de')).toBe('12 Byte');
  expect(formatBytes(1_400_000)).toBe('1.4 MB');
  expect(formatBytes(23_400_000_000)).toBe('23 GB');
});
