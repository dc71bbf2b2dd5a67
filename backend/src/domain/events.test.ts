import { expect, it } from 'vitest';
import { merged, MOST_NAMED, type AppEvent } from './events.js';

const changed = (from: number, count: number): AppEvent => ({
  kind: 'collection',
  change: 'updated',
  collectionId: 'c',
  soundIds: Array.from({ length: count }, (_, at) => `s${from + at}`),
});

it('names the sounds of several changes of a collection together, unless they are many', () => {
  expect(merged(changed(0, 60), changed(30, 70))).toEqual(changed(0, MOST_NAMED));
  const many = merged(changed(0, 60), changed(60, 60));
  expect(many).toEqual({ kind: 'collection', change: 'updated', collectionId: 'c' });
  // What is told to all who see it stays so.
  expect(merged(many, changed(0, 1))).toEqual(many);
});
