import { expect, it } from 'vitest';
import { endWaits } from './unending-waits.js';

it('ends a wait that does not end, and leaves the others as they are', async () => {
  const answers = [() => new Promise<never>(() => undefined), () => Promise.resolve({ member: '0', score: 0 })];
  const asked: number[] = [];
  const backend = {
    waitForJob: (seconds: number) => {
      asked.push(seconds);
      return answers.shift()?.() ?? Promise.reject(new Error('gone'));
    },
  };
  endWaits(backend, 20);
  expect(await backend.waitForJob(0.01)).toBeNull();
  expect(await backend.waitForJob(5)).toEqual({ member: '0', score: 0 });
  await expect(backend.waitForJob(5)).rejects.toThrow('gone');
  expect(asked).toEqual([0.01, 5, 5]);
});
