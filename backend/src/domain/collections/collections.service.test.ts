import { expect, it } from 'vitest';
import { LOCAL } from '../accounts/actor.js';
import { MOST_NAMED, type AppEvent } from '../events.js';
import type { CollectionRepository } from './collections.ports.js';
import { CollectionsService } from './collections.service.js';

it('names what was put into a collection, and of many at once only the collection', async () => {
  const told: AppEvent[] = [];
  const repository = {
    get: () => Promise.resolve({ id: 'c', name: 'rain' }),
    add: (_id: string, soundIds: readonly string[]) => Promise.resolve({ added: [...soundIds], notFound: [] }),
  } as unknown as CollectionRepository;
  const collections = new CollectionsService({
    collections: () => repository,
    events: { tell: (event) => void told.push(event) },
  });
  const sounds = Array.from({ length: MOST_NAMED + 1 }, (_, at) => `s${at}`);
  await collections.add(LOCAL, 'c', sounds.slice(1));
  await collections.add(LOCAL, 'c', sounds);
  const change = { kind: 'collection', change: 'updated', collectionId: 'c' };
  expect(told).toEqual([{ ...change, soundIds: sounds.slice(1) }, change]);
});
