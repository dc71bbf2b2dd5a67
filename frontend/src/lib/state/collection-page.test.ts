import { expect, it } from 'vitest';
import type { Api } from '$lib/api/api';
import { CollectionPage } from './collection-page.svelte';

it('shows a collection again that was deleted elsewhere and has come back', async () => {
  let there = true;
  const api = {
    collection: (id: string) => (there ? Promise.resolve({ id }) : Promise.reject(new Error('not found'))),
    collectionSounds: () => Promise.resolve({ items: [], nextCursor: null }),
  };
  const page = new CollectionPage(api as unknown as Api);
  await page.open('kit');
  there = false;
  await page.reload();
  expect(page.error).not.toBeNull();
  there = true;
  await page.reload();
  expect([page.error, page.collection?.id]).toEqual([null, 'kit']);
});
