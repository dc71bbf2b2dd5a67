import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError, UnreachableError } from '$lib/api/problem';
import { Renewal } from './renewal';

const page = { cookie: '' };
beforeEach(() => {
  const kept = new Map<string, string>();
  vi.useFakeTimers();
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  });
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('document', page);
  page.cookie = 'theme=dark; traum_turn=a1';
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const never = (): Promise<void> => new Promise(() => undefined);

/** A page that is left while its renewal is under way, and the one after it. */
async function leftInTheMiddle() {
  void new Renewal(never).run(Date.now());
  await vi.advanceTimersByTimeAsync(50);
  const send = vi.fn(() => Promise.resolve());
  return { send, next: new Renewal(send).run(Date.now()) };
}

it('the next page sends no token that may be used already, but waits for the new one', async () => {
  const { send, next } = await leftInTheMiddle();
  await vi.advanceTimersByTimeAsync(5000);
  page.cookie = 'traum_turn=b2';
  await vi.advanceTimersByTimeAsync(200);
  expect(await next).toBe(true);
  expect(send).not.toHaveBeenCalled();
});

it('where nothing comes of a renewal, the next page tries it itself after a while', async () => {
  const { send, next } = await leftInTheMiddle();
  await vi.advanceTimersByTimeAsync(11_000);
  expect(send).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2000);
  expect(await next).toBe(true);
  expect(send).toHaveBeenCalledOnce();
});

it('goes on at once after an answer, and after tokens that came meanwhile', async () => {
  const refused = vi.fn(() => Promise.reject(new ApiError(503, 'busy', 'busy', null)));
  expect(await new Renewal(refused).run(Date.now())).toBe(false);
  const send = vi.fn(() => {
    page.cookie = 'traum_turn=b2';
    return Promise.resolve();
  });
  const since = Date.now();
  expect(await new Renewal(send).run(since)).toBe(true);
  expect(await new Renewal(send).run(since)).toBe(true);
  expect(send).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(1);
  expect(await new Renewal(send).run(Date.now())).toBe(true);
  expect(send).toHaveBeenCalledTimes(2);
});

it('a call that got no answer may have used the token: the next one waits', async () => {
  const lost = new Renewal(() => Promise.reject(new UnreachableError()));
  expect(await lost.run(Date.now())).toBe(true);
  const send = vi.fn(() => Promise.resolve());
  void new Renewal(send).run(Date.now() + 1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(send).not.toHaveBeenCalled();
});
