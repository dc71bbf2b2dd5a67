/** The first year of which there is a recording of sound. */
const FIRST_YEAR = 1860;
/** Clocks go wrong, and it is tomorrow elsewhere. */
const DAY_MS = 86_400_000;

/**
 * When something was recorded, as exactly as a text says it: `2019`, `2019-03` or `2019-03-14`; null where it is no date, or one
 * that is yet to come. Times are left out, and so are months and days that programs fill with zeros.
 */
export function recordedOf(text: string, now = Date.now()): string | null {
  const date = dateOf(text);
  const latest = new Date(now + DAY_MS).toISOString();
  return date !== null && date <= latest.slice(0, date.length) ? date : null;
}

function dateOf(text: string): string | null {
  const [, day, month, year] = /^\s*(\d{1,2})\.(\d{1,2})\.(\d{4})\s*$/.exec(text) ?? [];
  const parts = year
    ? [year, month, day]
    : (/^\s*(\d{4})(?:[-/.:_ ]?(\d{2})(?:[-/.:_ ]?(\d{2}))?)?(?!\d)/.exec(text) ?? []).slice(1);
  const [y = NaN, m = 0, d = 0] = parts.map((digits) => (digits === undefined ? undefined : Number(digits)));
  if (!(y >= FIRST_YEAR)) return null;
  if (m < 1 || m > 12) return String(y);
  const inMonth = `${y}-${two(m)}`;
  const isDay = d >= 1 && d <= new Date(Date.UTC(y, m, 0)).getUTCDate();
  return isDay ? `${inMonth}-${two(d)}` : inMonth;
}

const two = (number: number): string => String(number).padStart(2, '0');
