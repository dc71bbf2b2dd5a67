import { describe, expect, it, vi } from 'vitest';
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
