import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Awaitable } from './awaitable.js';

export const FORGET_EVERY_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;
/** Rows forgotten in one go: other writes wait for a few milliseconds. */
const BATCH = 1_000;

/**
 * Forgets rows that are older than they are kept, some at a time.
 * @param prune forgets at most `limit` of those from before a moment (ISO 8601 UTC), and says how many there were
 */
export async function forgetOlderThan(
  keptDays: number,
  prune: (before: string, limit: number) => Awaitable<number>,
  isStopped: () => boolean,
): Promise<void> {
  const before = new Date(Date.now() - keptDays * DAY_MS).toISOString();
  while (!isStopped() && (await prune(before, BATCH)) > 0) await nextTurn();
}
