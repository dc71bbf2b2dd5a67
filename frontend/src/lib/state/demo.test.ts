import { describe, expect, it, vi } from 'vitest';
import { Demo } from './demo.svelte';

function home(total: number, who = { on: false, may: () => true }, own = 0) {
  const library = { total };
  const list = vi.fn(({ owner }: { owner?: string }) =>
    Promise.resolve({ items: [], nextCursor: null, total: owner === 'me' ? own : library.total }),
  );
  const soundIds = vi.fn(({ owner }: { owner?: string }) => Promise.resolve([owner ?? 'all']));
  const removeForGood = vi.fn(() => Promise.resolve());
  const parts = {
    api: { list, soundIds, removeForGood },
    account: who,
    uploads: { add: () => undefined },
    stock: { look: () => Promise.resolve() },
    i18n: { t: { demo: { names: {} } } },
  };
  return { library, list, removeForGood, demo: new Demo(parts as unknown as ConstructorParameters<typeof Demo>[0]) };
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

  it('are removed by an editor as far as they are their own, and by others all of them', async () => {
    const editor = { on: true, may: (right?: string) => right !== 'admin' };
    const { demo, removeForGood } = home(20, editor, 3);
    await demo.look();
    expect([demo.sounds, demo.removable]).toEqual([20, 3]);
    await demo.remove();
    expect(removeForGood).toHaveBeenLastCalledWith(['me']);
    const admin = home(20, { on: true, may: () => true }, 3);
    await admin.demo.look();
    expect(admin.demo.removable).toBe(20);
    await admin.demo.remove();
    expect(admin.removeForGood).toHaveBeenLastCalledWith(['all']);
  });
});
