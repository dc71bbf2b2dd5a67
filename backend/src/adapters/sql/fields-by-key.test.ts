import { expect, it } from 'vitest';
import { FieldsByKey } from './fields-by-key.js';
import { FIELDS } from './words.js';

it('tells the fields of each sound, in six bytes', () => {
  const lists: number[][] = FIELDS.map(() => []);
  lists[0] = [7, 3, 2_000_000_000];
  lists[2] = [3, 1];
  lists[FIELDS.length - 1] = [3];
  const fields = new FieldsByKey(lists);
  expect([1, 2, 3, 7, 8, 2_000_000_000].map((key) => fields.get(key))).toEqual([
    1 << 2,
    0,
    1 | (1 << 2) | (1 << (FIELDS.length - 1)),
    1,
    0,
    1,
  ]);
  expect(fields.byteLength).toBe(4 * 6);
});

it('knows of none where no field has the word', () => {
  expect(new FieldsByKey(FIELDS.map(() => [])).get(0)).toBe(0);
});
