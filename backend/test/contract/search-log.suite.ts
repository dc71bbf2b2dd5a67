import { beforeEach, describe, expect, it } from 'vitest';
import { libraryOf, type Engine, type Library } from './engines.js';
import {} from './fixtures.js';

/** What every `SearchLog` does. */
export function searchLogSuite(engine: Engine): void {
  const library = libraryOf(engine);
  let log: Library['log'];
  beforeEach(() => ({ log } = library));

  describe('the search log', () => {
    const record = (query: string, tookMs = 5, resultCount = 1): Promise<void> =>
      log.record({ query, mode: 'hybrid', resultCount, tookMs, topScore: 0.3 });

    it('shows each query once, newest first, and forgets on demand', async () => {
      for (const query of ['rain', 'dog', 'Rain', '']) await record(query);
      expect((await log.recent(10)).map((entry) => entry.query)).toEqual(['Rain', 'dog']);
      expect(await log.delete((await log.recent(1))[0]!.id)).toBe(true);
      expect((await log.recent(10)).map((entry) => entry.query)).toEqual(['dog']);
      expect(await log.delete(12_345)).toBe(false);
      await log.clear();
      expect(await log.recent(10)).toEqual([]);
    });
  });
}
