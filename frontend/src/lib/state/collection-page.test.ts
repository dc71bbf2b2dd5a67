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

it('asks no more for a collection that was deleted here', async () => {
  let asked = 0;
  const api = {
    collection: (id: string) => Promise.resolve({ id, asked: ++asked }),
    collectionSounds: () => Promise.resolve({ items: [], nextCursor: null }),
  };
  const page = new CollectionPage(api as unknown as Api);
  await page.open('kit');
  const told = page.reload();
  page.close();
  await told;
  expect([asked, page.error]).toEqual([1, null]);
});
