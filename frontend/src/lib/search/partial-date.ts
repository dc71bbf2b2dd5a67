type End = 'first' | 'last';

const DAY = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/;

/** The first or last day of a year, a month or a day as people type it; null where that is no date. */
export function dayOf(text: string, end: End): string | null {
  const [, year, month, day] = DAY.exec(text.trim()) ?? [];
  if (year === undefined) return null;
  const typed = `${year}-${month ?? (end === 'first' ? '01' : '12')}-${day ?? '01'}`;
  const date = new Date(typed);
  // The 31st of April would be the 1st of May.
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(typed)) return null;
  if (day === undefined && end === 'last') date.setUTCMonth(date.getUTCMonth() + 1, 0);
  return date.toISOString().slice(0, 10);
}

/** As short as it can be typed: `2019-03` for the 1st of March at the beginning of a range, and for the 31st at its end. */
export const shortDate = (day: string, end: End): string =>
  [day.slice(0, 4), day.slice(0, 7)].find((text) => dayOf(text, end) === day) ?? day;
