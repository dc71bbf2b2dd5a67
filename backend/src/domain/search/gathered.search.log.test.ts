import { describe, expect, it, vi } from 'vitest';
import { GatheredSearchLog } from './gathered.search.log.js';
import type { SearchLine, SearchLog } from './search.ports.js';

const line = (query: string): SearchLine => ({ query, mode: 'hybrid', resultCount: 1, tookMs: 1, topScore: null });

function gathered() {
  const writes: string[][] = [];
  let broken = false;
  const log = {
    record: () => undefined,
    recordAll: (lines: readonly SearchLine[]) => {
      if (broken) throw new Error('no room');
      writes.push(lines.map(({ query }) => query));
    },
    recent: () => writes.flat().map((query, id) => ({ ...line(query), id, createdAt: '' })),
    delete: () => true,
    clear: () => void writes.splice(0),
  } satisfies SearchLog;
  return { log: new GatheredSearchLog(log), writes, breakIt: () => (broken = true) };
}

describe('GatheredSearchLog', () => {
  it('writes many lines at once, after a moment or when there are enough', () => {
    vi.useFakeTimers();
    try {
      const { log, writes } = gathered();
      for (const query of ['rain', 'wind']) log.record(line(query));
      expect(writes).toEqual([]);
      vi.advanceTimersByTime(250);
      return vi.waitFor(() => expect(writes).toEqual([['rain', 'wind']]));
    } finally {
      vi.useRealTimers();
    }
  });

  it('shows every search to whoever reads the log, and forgets all of them when asked to', async () => {
    const { log } = gathered();
    log.record(line('rain'));
    expect(await log.recent(5)).toHaveLength(1);
    log.record(line('wind'));
    const reader = log.readBy({ count: async () => (await log.recent(5)).length });
    expect(await reader.count()).toBe(2);
    log.record(line('hail'));
    await log.clear();
    expect(await log.recent(5)).toEqual([]);
  });

  it('goes on after lines that could not be written', async () => {
    const { log, breakIt } = gathered();
    breakIt();
    log.record(line('rain'));
    await expect(log.flush()).resolves.toBeUndefined();
  });
});
