import { afterEach, describe, expect, it, vi } from 'vitest';
import { MediaSlots } from './media-slots.js';

describe('MediaSlots', () => {
  it('lets as many run as it has, and the next when one has ended', async () => {
    const slots = new MediaSlots({ atOnce: 2 });
    const first = await slots.acquire();
    await slots.acquire();
    const started = vi.fn();
    const third = slots.acquire().then(started);
    await Promise.resolve();
    expect(started).not.toHaveBeenCalled();
    first();
    await third;
    expect(started).toHaveBeenCalledOnce();
  });

  it('a slot that is given back twice is free once', async () => {
    const slots = new MediaSlots({ atOnce: 1, patienceMs: 10 });
    const release = await slots.acquire();
    release();
    release();
    await slots.acquire();
    await expect(slots.acquire()).rejects.toMatchObject({ code: 'not_ready', transient: true });
  });

  it('who waits too long is told so, and who leaves waits no longer', async () => {
    const slots = new MediaSlots({ atOnce: 1, patienceMs: 20 });
    const release = await slots.acquire();
    await expect(slots.acquire()).rejects.toMatchObject({ code: 'not_ready' });
    const leaving = new AbortController();
    const left = slots.acquire(leaving.signal);
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: 'cancelled' });
    release();
    // Neither of those who are gone took the slot.
    (await slots.acquire())();
  });

  it('refuses at once when too many wait', async () => {
    const slots = new MediaSlots({ atOnce: 1, patienceMs: 60_000 });
    const release = await slots.acquire();
    const waiting = Array.from({ length: 64 }, () => slots.acquire());
    await expect(slots.acquire()).rejects.toMatchObject({ code: 'not_ready' });
    release();
    for (const turn of waiting) (await turn)();
  });

  it('has the longest idle give way as soon as somebody waits', async () => {
    const slots = new MediaSlots({ atOnce: 2 });
    const [a, b] = [await slots.acquire(), await slots.acquire()];
    const [idleA, idleB] = [vi.fn(a), vi.fn(b)];
    slots.offer(idleA);
    const takeBack = slots.offer(idleB);
    await slots.acquire();
    expect(idleA).toHaveBeenCalledOnce();
    expect(idleB).not.toHaveBeenCalled();
    takeBack();
    const waiting = slots.acquire();
    expect(idleB).not.toHaveBeenCalled();
    b();
    await waiting;
  });

  it('an offer is taken at once by those who wait already', async () => {
    const slots = new MediaSlots({ atOnce: 1 });
    const release = await slots.acquire();
    const waiting = slots.acquire();
    slots.offer(release);
    await waiting;
  });
});

describe('MediaSlots with a pace', () => {
  afterEach(() => void vi.useRealTimers());

  /** Somebody who comes, and leaves after a while whether it was their turn or not; `onStart` when it was. */
  async function visit(slots: MediaSlots, leaveMs: number, onStart: () => void): Promise<void> {
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(), leaveMs);
    const release = await slots.acquire(leaving.signal).catch(() => null);
    if (!release) return;
    onStart();
    if (leaving.signal.aborted) release();
    else leaving.signal.addEventListener('abort', release, { once: true });
  }

  it.each([20, 150, 400])('however many come and leave after %i ms, starts keep to it', async (leaveMs) => {
    vi.useFakeTimers();
    const slots = new MediaSlots({ atOnce: 8, patienceMs: 10_000, pace: { together: 4, everyMs: 250 } });
    let starts = 0;
    for (let passedMs = 0; passedMs < 10_000; passedMs += 10) {
      void visit(slots, leaveMs, () => starts++);
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(starts).toBeGreaterThan(30);
    expect(starts).toBeLessThanOrEqual(4 + 10_000 / 250);
  });

  it('one who stays gets a turn soon, beside many who leave', async () => {
    vi.useFakeTimers();
    const slots = new MediaSlots({ atOnce: 2, patienceMs: 10_000, pace: { together: 4, everyMs: 250 } });
    const come = setInterval(() => void visit(slots, 150, () => undefined), 7);
    await vi.advanceTimersByTimeAsync(3_000);
    const started = vi.fn();
    void slots.acquire().then(started);
    await vi.advanceTimersByTimeAsync(1_000);
    clearInterval(come);
    expect(started).toHaveBeenCalledOnce();
  });

  it('a few at once after a rest start at once, and who is idle stays while there are places', async () => {
    vi.useFakeTimers();
    const slots = new MediaSlots({ atOnce: 3, pace: { together: 2, everyMs: 250 } });
    const idle = vi.fn(await slots.acquire());
    slots.offer(idle);
    await slots.acquire();
    const started = vi.fn();
    void slots.acquire().then(started);
    await vi.advanceTimersByTimeAsync(200);
    expect(started).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(started).toHaveBeenCalledOnce();
    expect(idle).not.toHaveBeenCalled();
    // All places are taken now.
    void slots.acquire().then(started);
    await vi.advanceTimersByTimeAsync(300);
    expect(idle).toHaveBeenCalledOnce();
    expect(started).toHaveBeenCalledTimes(2);
  });
});
