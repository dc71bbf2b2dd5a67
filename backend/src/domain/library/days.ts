import type { SoundFilters } from './library.types.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Whether the name is one of the IANA time zones, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The filters with days (`2026-01-31`) as the moments at which they begin and end in that time zone. */
export function inTimeZone(filters: SoundFilters, timeZone: string | undefined): SoundFilters {
  if (timeZone === undefined) return filters;
  const { addedAfter, addedBefore, not } = filters;
  return {
    ...filters,
    ...(addedAfter !== undefined &&
      DAY.test(addedAfter) && { addedAfter: iso(beginOf(Date.parse(addedAfter), timeZone)) }),
    ...(addedBefore !== undefined &&
      DAY.test(addedBefore) && { addedBefore: iso(beginOf(Date.parse(addedBefore) + DAY_MS, timeZone) - 1) }),
    ...(not && { not: not.map((excluded) => inTimeZone(excluded, timeZone)) }),
  };
}

const FIRST_MS = Date.parse('0000-01-01');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');
/** Times are compared as text: none has a year of more than four figures. */
const iso = (timeMs: number): string => new Date(Math.min(LAST_MS, Math.max(FIRST_MS, timeMs))).toISOString();

/** When a day begins, in milliseconds. Twice, because the clock may be changed between the guess and the moment. */
function beginOf(wanted: number, timeZone: string): number {
  const guess = wanted - offsetAt(wanted, timeZone);
  return wanted - offsetAt(guess, timeZone);
}

/** Which day it is there at a moment in milliseconds: `2026-01-31`. */
export const dayIn = (timeZone: string, timeMs: number): string =>
  iso(timeMs + offsetAt(timeMs, timeZone)).slice(0, 10);

/** How far the clocks there are ahead of UTC, in milliseconds. */
function offsetAt(timeMs: number, timeZone: string): number {
  // Further out, clocks are written otherwise; they go as they do at the border.
  const at = Math.min(Date.UTC(9998, 0), Math.max(Date.UTC(1001, 0), timeMs));
  const clock = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at);
  return Date.parse(`${clock.replace(' ', 'T')}Z`) - Math.floor(at / 1000) * 1000;
}
