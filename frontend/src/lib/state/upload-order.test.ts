import { expect, test } from 'vitest';
import { latestFirst } from './upload-order';

test('what was added last stands first, and what was added together keeps its order', () => {
  const items = [
    { name: 'from an older version', batch: 0 },
    { name: 'kick', batch: 1 },
    { name: 'snare', batch: 1 },
    { name: 'rain', batch: 7 },
  ];
  expect(latestFirst(items).map(({ name }) => name)).toEqual(['rain', 'kick', 'snare', 'from an older version']);
});
