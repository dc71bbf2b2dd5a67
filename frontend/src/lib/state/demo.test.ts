import { describe, expect, it, vi } from 'vitest';
import { Demo } from './demo.svelte';

function home(total: number) {
  const library = { total };
  const list = vi.fn(() => Promise.resolve({ items: [], nextCursor: null, total: library.total }));
  const parts = {
    api: { list, soundIds: () => Promise.resolve([]), removeForGood: () => Promise.resolve() },
    uploads: { add: () => undefined },
    stock: { look: () => Promise.resolve() },
    i18n: { t: { demo: { names: {} } } },
  };
  return { library, list, demo: new Demo(parts as unknown as ConstructorParameters<typeof Demo>[0]) };
}

describe('demo sounds', () => {
  it('are not asked for with every sound that comes in', async () => {
    const { demo, list } = home(0);
    await demo.look();
    for (let stock = 1; stock <= 50; stock++) await demo.follow(stock);
    await demo.follow(40);
    expect(list).toHaveBeenCalledTimes(1);
  });

  it('are asked for while they come, until all are there, and when sounds go', async () => {
    const { demo, list, library } = home(0);
    await demo.look();
    await demo.add();
    library.total = 12;
    await demo.follow(12);
    expect(demo.sounds).toBe(12);
    library.total = 20;
    await demo.follow(20);
    await demo.follow(21);
    expect([demo.sounds, list.mock.calls.length]).toEqual([20, 3]);
    library.total = 19;
    await demo.follow(20);
    expect(demo.sounds).toBe(19);
  });
});
