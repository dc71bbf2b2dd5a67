/**
 * A time as people type it: `1:02:03.5`, `12:30`, `75.2`, also with a comma.
 * @returns seconds; null for what is none
 */
export function parseClock(text: string): number | null {
  const clean = text.trim().replace(',', '.');
  if (!/^(?:\d+:){0,2}\d+(?:\.\d*)?$/u.test(clean)) return null;
  return clean.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
}

/** Distances of marks on a time line, in seconds. */
const STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600,
];

/** Round times between two, at most `most` of them. */
export function ticksBetween(from: number, to: number, most: number): { step: number; at: number[] } {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? 7200;
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.max(0, Math.floor(to / step + 1e-9) - first + 1);
  return { step, at: Array.from({ length: count }, (_, i) => (first + i) * step) };
}
