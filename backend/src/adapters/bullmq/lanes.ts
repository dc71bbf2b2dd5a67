import { QUEUE, SHORT_QUEUE } from './connection.js';

/** Up to five minutes of sound: a few seconds of work. */
const SHORT_S = 300;
/** Lengths in seconds from which on a job comes after all shorter ones. Within a class the first comes first. */
const CLASSES_S = [15, 60, SHORT_S, 1200, 3600];

/** Which queue a job goes through, and when in it. */
export interface Lane {
  queue: typeof QUEUE | typeof SHORT_QUEUE;
  /** Class of the length, from 0: of one turn the smaller goes first. Null: after all others. */
  length: number | null;
}

/**
 * Short sounds have a queue of their own, so that a slot can be kept for them; in both queues the shorter of one turn goes first.
 * @param lengthS about how long the sound is; an unknown length counts as long
 */
export function laneOf(lengthS: number | undefined, background: boolean): Lane {
  if (background) return { queue: QUEUE, length: null };
  if (lengthS === undefined) return { queue: QUEUE, length: CLASSES_S.length };
  const shorter = CLASSES_S.filter((limit) => lengthS > limit).length;
  return { queue: lengthS <= SHORT_S ? SHORT_QUEUE : QUEUE, length: shorter };
}
