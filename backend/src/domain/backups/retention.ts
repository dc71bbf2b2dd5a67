import type { Retention } from './backups.types.js';

interface Dated {
  id: string;
  createdAt: string;
}

const DAY_MS = 24 * 60 * 60_000;

/**
 * Which backups to take away. The newest always stays; besides it, the newest of each of the last so many days, weeks (from
 * Monday) and months that have one, in UTC.
 */
export function expired(backups: readonly Dated[], keep: Retention): string[] {
  const newestFirst = backups.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  const staying = new Set(newestFirst.slice(0, 1).map(({ id }) => id));
  const rules: [count: number, period: (at: string) => string][] = [
    [keep.days, (at) => at.slice(0, 10)],
    [keep.weeks, (at) => String(Math.floor((Date.parse(at) / DAY_MS + 3) / 7))],
    [keep.months, (at) => at.slice(0, 7)],
  ];
  for (const [count, period] of rules) {
    const seen = new Set<string>();
    for (const { id, createdAt } of newestFirst) {
      const of = period(createdAt);
      if (seen.has(of)) continue;
      if (seen.size === count) break;
      seen.add(of);
      staying.add(id);
    }
  }
  return newestFirst.map(({ id }) => id).filter((id) => !staying.has(id));
}
