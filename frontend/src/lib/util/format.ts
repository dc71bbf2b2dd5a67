/** `0.4 s` below ten seconds, then as the clock stands at the end: `0:12`, `3:07`, `1:02:03`. */
export function formatDuration(seconds: number | null | undefined, locale = 'en'): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–';
  if (seconds < 10) {
    return `${new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(seconds)} s`;
  }
  return formatClock(seconds);
}

/** A position on a clock: `0:04`, `1:02:03`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds + 1e-6 : 0));
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = String(whole % 60).padStart(2, '0');
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${s}` : `${m}:${s}`;
}

/** A long stretch of time in its two largest units: `3 hr 12 min`, `2 days 4 hr`. */
export function formatLength(seconds: number, locale = 'en'): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'day'],
    [Math.floor((seconds % 86_400) / 3600), 'hour'],
    [Math.floor((seconds % 3600) / 60), 'minute'],
    [Math.floor(seconds % 60), 'second'],
  ];
  const first = Math.max(
    0,
    parts.findIndex(([value]) => value > 0),
  );
  const shown = seconds < 1 ? parts.slice(-1) : parts.slice(first, first + 2).filter(([value]) => value > 0);
  return shown
    .map(([value, unit]) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(value))
    .join(' ');
}

/** What parts whole numbers from fractions. */
export const decimalOf = (locale: string): string =>
  new Intl.NumberFormat(locale).formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.';

/** A position fine enough to tell two moments of a short sound apart: `0:04.2`, or with two digits `0:04.23`. */
export function formatMoment(seconds: number, locale = 'en', digits: 1 | 2 | 3 = 1): string {
  const parts = 10 ** digits;
  const whole = Math.round(Math.max(0, seconds) * parts);
  return `${formatClock(Math.floor(whole / parts))}${decimalOf(locale)}${String(whole % parts).padStart(digits, '0')}`;
}

/** A position as exact as it is, to a thousandth: who types what is shown gets the same. `0:04.2` or `0:04.235`. */
export function formatExact(seconds: number, locale = 'en'): string {
  const thousandths = Math.round(seconds * 1000);
  return formatMoment(seconds, locale, thousandths % 100 === 0 ? 1 : thousandths % 10 === 0 ? 2 : 3);
}

/** A position in a sound of this length: with tenths or hundredths where less would not tell its parts apart. */
export function formatPosition(seconds: number, durationS: number, locale = 'en'): string {
  if (durationS <= 0 || durationS >= 10) return formatClock(seconds);
  return formatMoment(seconds, locale, durationS < 1 ? 2 : 1);
}

export function formatBytes(bytes: number, locale = 'en'): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && power > 0 ? 1 : 0,
  }).format(value);
}

export const formatPercent = (fraction: number, locale = 'en'): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(fraction);

export const formatCount = (value: number, locale = 'en'): string => new Intl.NumberFormat(locale).format(value);

/** As the browser's owner writes dates, where that is the interface's language: English is spoken in several places. */
function regional(locale: string): string {
  const languages = typeof navigator === 'undefined' ? [] : (navigator.languages ?? []);
  return languages.find((language) => language.split('-')[0] === locale) ?? locale;
}

/** A year, a month of one, or a day: `2019`, `March 2019`, `Mar 14, 2019`. */
export function formatPartialDate(date: string, locale = 'en'): string {
  if (date.length === 4) return date;
  const parts = date.length === 7 ? ({ year: 'numeric', month: 'long' } as const) : ({ dateStyle: 'medium' } as const);
  return new Intl.DateTimeFormat(regional(locale), { ...parts, timeZone: 'UTC' }).format(new Date(date));
}

export const formatDate = (iso: string, locale = 'en'): string =>
  new Intl.DateTimeFormat(regional(locale), { dateStyle: 'medium' }).format(new Date(iso));

export const formatDateTime = (iso: string, locale = 'en'): string =>
  new Intl.DateTimeFormat(regional(locale), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
