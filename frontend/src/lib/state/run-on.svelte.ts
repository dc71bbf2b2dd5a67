import { untrack } from 'svelte';

/**
 * Runs when a component appears, and again whenever something changes that `of` reads. What `run` itself reads is not
 * followed: a call reads what it writes in the end, and inside a plain effect would start itself again without an end.
 * @param run gives what undoes it, or nothing
 */
export function runOn(of: () => unknown, run: () => void | (() => void)): void {
  $effect(() => {
    of();
    return untrack(run);
  });
}
