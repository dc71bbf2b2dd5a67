import { describe, expect, it } from 'vitest';
import { Selection } from './selection.svelte';

const selection = (): Selection => new Selection(() => ['a', 'b', 'c', 'd', 'e']);

describe('a selection', () => {
  it('takes a range from the one before, in either direction', () => {
    const chosen = selection();
    chosen.set('d', true);
    chosen.set('b', true, true);
    expect(chosen.inOrder()).toEqual(['b', 'c', 'd']);
    chosen.set('c', false, true);
    expect(chosen.inOrder()).toEqual(['d']);
  });

  it('takes one alone where there is nothing before', () => {
    const chosen = selection();
    chosen.set('c', true, true);
    expect(chosen.inOrder()).toEqual(['c']);
  });

  it('takes everything, also what the list has not loaded', () => {
    const chosen = selection();
    chosen.all();
    expect(chosen.whole).toBe(true);
    chosen.all(['z', 'a']);
    expect(chosen.inOrder()).toEqual(['a', 'b', 'c', 'd', 'e', 'z']);
    chosen.toggle('a');
    expect([chosen.whole, chosen.size]).toEqual([false, 5]);
    chosen.clear();
    expect(chosen.size).toBe(0);
  });
});
