import type { SoundSort } from '../library/library.types.js';

export interface ResultOrder {
  by: SoundSort;
  order: 'asc' | 'desc';
}

/** What `sort:` puts first, with its opposite. */
const ORDERS = {
  newest: { by: 'added', order: 'desc', reversed: 'oldest' },
  oldest: { by: 'added', order: 'asc', reversed: 'newest' },
  longest: { by: 'duration', order: 'desc', reversed: 'shortest' },
  shortest: { by: 'duration', order: 'asc', reversed: 'longest' },
  loudest: { by: 'loudness', order: 'desc', reversed: 'quietest' },
  quietest: { by: 'loudness', order: 'asc', reversed: 'loudest' },
  fastest: { by: 'bpm', order: 'desc', reversed: 'slowest' },
  slowest: { by: 'bpm', order: 'asc', reversed: 'fastest' },
  brightest: { by: 'brightness', order: 'desc', reversed: 'darkest' },
  darkest: { by: 'brightness', order: 'asc', reversed: 'brightest' },
} as const satisfies Record<string, ResultOrder & { reversed: string }>;

type OrderName = keyof typeof ORDERS;
export const ORDER_NAMES = Object.keys(ORDERS) as OrderName[];

/** How people say it, in English and German. */
const WORDS: readonly [OrderName, RegExp][] = [
  ['newest', /^(?:newest|latest|most recent|neue?ste[nmrs]?)$/iu],
  ['oldest', /^(?:oldest|älteste[nmrs]?)$/iu],
  ['longest', /^(?:longest|längste[nmrs]?)$/iu],
  ['shortest', /^(?:shortest|kürzeste[nmrs]?)$/iu],
  ['loudest', /^(?:loudest|lauteste[nmrs]?)$/iu],
  ['quietest', /^(?:quietest|leiseste[nmrs]?)$/iu],
  ['fastest', /^(?:fastest|schnellste[nmrs]?)$/iu],
  ['slowest', /^(?:slowest|langsamste[nmrs]?)$/iu],
  ['brightest', /^(?:brightest|hellste[nmrs]?)$/iu],
  ['darkest', /^(?:darkest|dunkelste[nmrs]?)$/iu],
];

export const orderNamed = (said: string): OrderName | undefined => WORDS.find(([, words]) => words.test(said))?.[0];

export const orderOf = (name: string): ResultOrder | undefined => {
  const found = ORDER_NAMES.find((known) => known === name);
  return found && { by: ORDERS[found].by, order: ORDERS[found].order };
};

export const reversedOrder = (name: string): OrderName | undefined =>
  ORDER_NAMES.find((known) => ORDERS[known].reversed === name);
