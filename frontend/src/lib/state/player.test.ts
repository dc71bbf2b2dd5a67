import { expect, it, vi } from 'vitest';
import { Player, type Playable } from './player.svelte';
import type { Preferences } from './preferences.svelte';

const item = (key: string): Playable => ({ key }) as Playable;
const list = (): Playable[] => ['a', 'b', 'c', 'd'].map(item);

function playing(): { player: Player; keys: () => string } {
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  const player = new Player({ shuffle: false, repeat: 'off' } as Preferences, () => undefined);
  const queue = list();
  player.current = queue[1]!;
  player.toggle(queue[1]!, queue);
  return { player, keys: () => player.queue.map(({ key }) => key).join('') };
}

it('what stands in the queue is moved, and stays so when the list that it came from pauses and goes on', () => {
  const { player, keys } = playing();
  player.moveInQueue('d', 0);
  player.moveInQueue('b', 3);
  expect(keys()).toBe('dacb');
  player.toggle(item('b'), list());
  expect(keys()).toBe('dacb');
  expect(player.hasNext).toBe(false);
  player.toggle(item('b'), list().slice(0, 3));
  expect(keys()).toBe('abc');
});

it('what is taken out comes back to its place; what plays is never taken out', () => {
  const { player, keys } = playing();
  const back = player.takeFromQueue(['a']);
  expect(keys()).toBe('bcd');
  back();
  expect(keys()).toBe('abcd');
  const all = player.takeFromQueue(['a', 'b', 'c', 'd']);
  expect(keys()).toBe('b');
  all();
  expect(keys()).toBe('abcd');
  // Of another list nothing comes back.
  const late = player.takeFromQueue(['c']);
  player.toggle(item('b'), [item('b'), item('x')]);
  late();
  expect(keys()).toBe('bx');
});
