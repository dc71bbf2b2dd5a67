import { beforeEach, expect, it, vi } from 'vitest';
import { Reorder } from './reorder.svelte';

const ROW_PX = 40;
const at = (clientY: number): PointerEvent => ({ clientY }) as PointerEvent;
const scrollBy = vi.fn();
const list = { getBoundingClientRect: () => ({ top: 100, bottom: 260 }), scrollBy } as unknown as HTMLElement;

let keys = ['a', 'b', 'c', 'd'];
const move = vi.fn();
const reorder = new Reorder({
  keys: () => keys,
  rowHeight: () => ROW_PX,
  element: () => list,
  scroller: () => list,
  move,
});

beforeEach(() => {
  keys = ['a', 'b', 'c', 'd'];
  move.mockClear();
});

it('a row is put where the pointer lets it go, also beyond the ends', () => {
  reorder.start('a');
  reorder.onpointermove(at(100 + 2.5 * ROW_PX));
  expect(reorder.markOf(2)).toBe('below');
  reorder.onpointerup();
  expect(move).toHaveBeenLastCalledWith('a', 2);
  reorder.start('c');
  reorder.onpointermove(at(-50));
  expect(reorder.markOf(0)).toBe('above');
  reorder.onpointerup();
  expect(move).toHaveBeenLastCalledWith('c', 0);
});

it('at its place, with Escape, or gone from the list meanwhile, nothing moves', () => {
  reorder.start('b');
  reorder.onpointerup();
  reorder.start('b');
  reorder.onpointermove(at(250));
  reorder.onkeydown({ key: 'Escape', preventDefault: () => undefined } as KeyboardEvent);
  expect(reorder.drag).toBeNull();
  reorder.start('d');
  reorder.onpointermove(at(110));
  keys = ['a', 'b', 'c'];
  reorder.onpointerup();
  expect(move).not.toHaveBeenCalled();
});

it('near an edge what holds the list scrolls', () => {
  reorder.start('a');
  reorder.onpointermove(at(255));
  expect(scrollBy).toHaveBeenLastCalledWith(0, 4);
  reorder.onpointermove(at(101));
  expect(scrollBy).toHaveBeenLastCalledWith(0, -4);
  reorder.onpointercancel();
});
