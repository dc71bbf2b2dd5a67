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
    ...(addedAfter !== undefined && DAY.test(addedAfter) && { addedAfter: iso(beginOf(addedAfter, timeZone)) }),
    ...(addedBefore !== undefined &&
      DAY.test(addedBefore) && { addedBefore: iso(beginOf(dayAfter(addedBefore), timeZone) - 1) }),
    ...(not && { not: not.map((excluded) => inTimeZone(excluded, timeZone)) }),
  };
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString();
const dayAfter = (day: string): string => iso(Date.parse(day) + DAY_MS).slice(0, 10);

/** When a day begins, in milliseconds. Twice, because the clock may be changed between the guess and the moment. */
function beginOf(day: string, timeZone: string): number {
  const wanted = Date.parse(day);
  const guess = wanted - offsetAt(wanted, timeZone);
  return wanted - offsetAt(guess, timeZone);
}

/** How far the clocks there are ahead of UTC, in milliseconds. */
function offsetAt(timeMs: number, timeZone: string): number {
  const clock = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(timeMs);
  return Date.parse(`${clock.replace(' ', 'T')}Z`) - Math.floor(timeMs / 1000) * 1000;
}
