import { describe, expect, it, vi } from 'vitest';
import { ShortPlaces } from './short-places.js';

const signal = new AbortController().signal;

/** Work that ends when the test says so. */
function work() {
  let end = (): void => undefined;
  const run = vi.fn(() => new Promise<void>((resolve) => (end = resolve)));
  return { run, end: () => end() };
}
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('ShortPlaces', () => {
  it('keep one place that long work never takes, and give short work the free ones', async () => {
    const places = new ShortPlaces(2, 60_000);
    const [longA, longB] = [work(), work()];
    void places.runLong(longA.run);
    void places.runLong(longB.run);
    const short = [work(), work(), work()];
    for (const { run } of short) void places.runShort(signal, run);
    await settled();
    expect(short.map(({ run }) => run.mock.calls.length)).toEqual([1, 0, 0]);
    longA.end();
    await settled();
    expect(short.map(({ run }) => run.mock.calls.length)).toEqual([1, 1, 0]);
    short[0]?.end();
    await settled();
    expect(short.map(({ run }) => run.mock.calls.length)).toEqual([1, 1, 1]);
  });

  it('count short work that lasts as long work', async () => {
    const places = new ShortPlaces(1, 20);
    void places.runLong(work().run);
    const false1 = work();
    void places.runShort(signal, false1.run);
    const next = work();
    void places.runShort(signal, next.run);
    await settled();
    expect(next.run).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(next.run).toHaveBeenCalled());
  });

  it('let those go that are no longer wanted', async () => {
    const places = new ShortPlaces(1, 60_000);
    void places.runLong(work().run);
    const first = work();
    void places.runShort(signal, first.run);
    const leaving = new AbortController();
    const left = work();
    const waiting = places.runShort(leaving.signal, left.run);
    leaving.abort(new Error('not wanted'));
    await expect(waiting).rejects.toThrow('not wanted');
    const next = work();
    void places.runShort(signal, next.run);
    first.end();
    await settled();
    expect([left.run.mock.calls.length, next.run.mock.calls.length]).toEqual([0, 1]);
  });
});
