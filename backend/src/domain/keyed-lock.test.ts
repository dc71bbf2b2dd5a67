import { expect, it } from 'vitest';
import { KeyedLock } from './keyed-lock.js';

it('keeps tasks of one key apart and lets others pass, also after a failure', async () => {
  const lock = new KeyedLock();
  const order: string[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const first = lock.run('a', async () => {
    await gate;
    order.push('a1');
    throw new Error('failed');
  });
  const second = lock.run('a', async () => void order.push('a2'));
  await lock.run('b', async () => void order.push('b'));
  release();
  await expect(first).rejects.toThrow('failed');
  await second;
  expect(order).toEqual(['b', 'a1', 'a2']);
});
