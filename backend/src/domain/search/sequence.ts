import type { Match } from './search.types.js';

/** A window of a sound, with how likely it is one of several things that were asked for. */
export interface Step {
  window: Match;
  /** Log odds. */
  logit: number;
}

/** What a sound loses in which the order cannot be told, since one window holds it all. Log odds. */
const ORDER_UNKNOWN = 1;

export interface Sequence {
  /** Log odds of the weakest step: all have to be there. */
  logit: number;
  /** One window for each step, in order of time. */
  windows: Match[];
}

/**
 * The likeliest windows of one sound that show all steps one after the other; each begins later than the one before.
 * @param steps for each step its windows
 * @returns null where a step has no window at all
 */
export function sequenceIn(steps: readonly (readonly Step[])[]): Sequence | null {
  if (steps.length === 0 || steps.some((windows) => windows.length === 0)) return null;
  interface Chain {
    logit: number;
    last: Step;
    before: Chain | null;
  }
  let chains: Chain[] = steps[0]!.map((step) => ({ logit: step.logit, last: step, before: null }));
  for (const windows of steps.slice(1)) {
    const earlier = [...chains].sort((a, b) => a.last.window.startS - b.last.window.startS);
    let before: Chain | null = null;
    let next = 0;
    chains = [];
    for (const step of [...windows].sort((a, b) => a.window.startS - b.window.startS)) {
      for (; next < earlier.length && earlier[next]!.last.window.startS < step.window.startS; next++) {
        if (!before || earlier[next]!.logit > before.logit) before = earlier[next]!;
      }
      if (before) chains.push({ logit: Math.min(before.logit, step.logit), last: step, before });
    }
  }
  const together = { logit: Math.min(...steps.map(best)) - ORDER_UNKNOWN, windows: steps.map(bestWindow) };
  if (chains.length === 0) return { ...together, windows: distinct(together.windows) };
  let chain: Chain | null = chains.reduce((a, b) => (b.logit > a.logit ? b : a));
  const { logit } = chain;
  const windows: Match[] = [];
  for (; chain; chain = chain.before) windows.unshift(chain.last.window);
  return { logit, windows };
}

const best = (windows: readonly Step[]): number => Math.max(...windows.map(({ logit }) => logit));
const bestWindow = (windows: readonly Step[]): Match => windows.reduce((a, b) => (b.logit > a.logit ? b : a)).window;
const distinct = (windows: readonly Match[]): Match[] =>
  windows.filter((window, at) => windows.findIndex(({ startS }) => startS === window.startS) === at);
