import { expect, it, vi } from 'vitest';
import type { Api } from '$lib/api/api';
import type { Criteria } from '$lib/search/criteria';
import { Search } from './search.svelte';

it('puts what was found in the order that was typed, not also in that of the address', async () => {
  const find = vi.fn(({ q }: Criteria) => {
    const parts = q.includes('newest') ? [{ typed: 'sort:newest' }] : [];
    return Promise.resolve({ results: [], total: 0, fitting: 0, parsed: { parts } });
  });
  const search = new Search({ search: find } as unknown as Api);
  await search.run({ q: 'rain', mode: 'hybrid', sort: 'longest' });
  expect(search.criteria).toEqual({ q: 'rain', mode: 'hybrid', sort: 'longest' });
  await search.run({ q: 'newest rain', mode: 'hybrid', sort: 'longest' });
  expect(find.mock.lastCall?.[0]).toEqual({ q: 'newest rain', mode: 'hybrid' });
  expect(search.criteria).toEqual({ q: 'newest rain', mode: 'hybrid' });
});
