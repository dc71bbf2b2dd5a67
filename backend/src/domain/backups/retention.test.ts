import { describe, expect, it } from 'vitest';
import { expired } from './retention.js';

/** One at noon of each day from the first on, named by its day. */
const daily = (from: string, days: number) =>
  Array.from({ length: days }, (_, day) => {
    const createdAt = new Date(Date.parse(`${from}T12:00:00Z`) + day * 86_400_000).toISOString();
    return { id: createdAt.slice(0, 10), createdAt };
  });

const staying = (backups: { id: string; createdAt: string }[], keep: Parameters<typeof expired>[1]): string[] => {
  const gone = new Set(expired(backups, keep));
  return backups.map(({ id }) => id).filter((id) => !gone.has(id));
};

describe('retention', () => {
  it('keeps days, then the last of weeks, then the last of months', () => {
    const kept = staying(daily('2026-01-01', 120), { days: 3, weeks: 3, months: 3 });
    // 30 April 2026 is a Thursday: weeks end on 19 and 26 April, months on 28 February and 31 March.
    expect(kept).toEqual([
      '2026-02-28',
      '2026-03-31',
      '2026-04-19',
      '2026-04-26',
      '2026-04-28',
      '2026-04-29',
      '2026-04-30',
    ]);
  });

  it('counts days that have a backup, not days that have passed', () => {
    const old = daily('2020-05-01', 2);
    expect(staying([...old, ...daily('2026-05-01', 1)], { days: 3, weeks: 0, months: 0 })).toHaveLength(3);
  });

  it('keeps the newest of several of one day, and the newest of all whatever is asked for', () => {
    const twice = [
      { id: 'morning', createdAt: '2026-05-01T06:00:00.000Z' },
      { id: 'evening', createdAt: '2026-05-01T18:00:00.000Z' },
    ];
    expect(staying(twice, { days: 7, weeks: 4, months: 6 })).toEqual(['evening']);
    expect(staying(twice, { days: 0, weeks: 0, months: 0 })).toEqual(['evening']);
  });
});
