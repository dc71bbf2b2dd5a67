/** The first year of which there is a recording of sound. */
const FIRST_YEAR = 1860;
const LAST_YEAR = 2099;

/**
 * When something was recorded, as exactly as a text says it: `2019`, `2019-03` or `2019-03-14`; null where it is no date. Times are
 * left out, and so are months and days that programs fill with zeros.
 */
export function recordedOf(text: string): string | null {
  const [, day, month, year] = /^\s*(\d{1,2})\.(\d{1,2})\.(\d{4})\s*$/.exec(text) ?? [];
  const parts = year
    ? [year, month, day]
    : (/^\s*(\d{4})(?:[-/.:_ ]?(\d{2})(?:[-/.:_ ]?(\d{2}))?)?(?!\d)/.exec(text) ?? []).slice(1);
  const [y = NaN, m = 0, d = 0] = parts.map((digits) => (digits === undefined ? undefined : Number(digits)));
  if (!(y >= FIRST_YEAR && y <= LAST_YEAR)) return null;
  if (m < 1 || m > 12) return String(y);
  const inMonth = `${y}-${two(m)}`;
  const isDay = d >= 1 && d <= new Date(Date.UTC(y, m, 0)).getUTCDate();
  return isDay ? `${inMonth}-${two(d)}` : inMonth;
}

const two = (number: number): string => String(number).padStart(2, '0');
