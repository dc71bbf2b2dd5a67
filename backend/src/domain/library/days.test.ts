import { expect, it } from 'vitest';
import { inTimeZone, isTimeZone } from './days.js';

it.each([
  ['Europe/Berlin', '2026-01-31', '2026-01-30T23:00:00.000Z', '2026-01-31T22:59:59.999Z'],
  ['Europe/Berlin', '2026-07-01', '2026-06-30T22:00:00.000Z', '2026-07-01T21:59:59.999Z'],
  // The day on which clocks go forward has 23 hours.
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T21:59:59.999Z'],
  ['America/Los_Angeles', '2026-01-31', '2026-01-31T08:00:00.000Z', '2026-02-01T07:59:59.999Z'],
  ['Asia/Kolkata', '2026-01-31', '2026-01-30T18:30:00.000Z', '2026-01-31T18:29:59.999Z'],
  ['UTC', '2026-01-31', '2026-01-31T00:00:00.000Z', '2026-01-31T23:59:59.999Z'],
])('in %s the day %s lasts from %s to %s', (timeZone, day, addedAfter, addedBefore) => {
  const filters = { addedAfter: day, addedBefore: day };
  expect(inTimeZone(filters, timeZone)).toEqual({ addedAfter, addedBefore });
  expect(inTimeZone({ not: [filters] }, timeZone)).toEqual({ not: [{ addedAfter, addedBefore }] });
});

it('leaves moments, and days without a time zone, as they are', () => {
  const moment = { addedAfter: '2026-01-31T12:00:00.000Z' };
  expect(inTimeZone(moment, 'Asia/Tokyo')).toEqual(moment);
  expect(inTimeZone({ addedAfter: '2026-01-31' }, undefined)).toEqual({ addedAfter: '2026-01-31' });
});

it('knows names of time zones', () => {
  expect([isTimeZone('Europe/Berlin'), isTimeZone('UTC'), isTimeZone('Mars/Olympus')]).toEqual([true, true, false]);
});
