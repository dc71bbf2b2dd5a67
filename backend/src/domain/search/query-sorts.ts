import type { SoundSort } from '../library/library.types.js';

export interface ResultOrder {
  by: SoundSort;
  order: 'asc' | 'desc';
}

/** What `sort:` puts first. */
const ORDERS = {
  newest: { by: 'added', order: 'desc' },
  oldest: { by: 'added', order: 'asc' },
  longest: { by: 'duration', order: 'desc' },
  shortest: { by: 'duration', order: 'asc' },
  loudest: { by: 'loudness', order: 'desc' },
  quietest: { by: 'loudness', order: 'asc' },
  fastest: { by: 'bpm', order: 'desc' },
  slowest: { by: 'bpm', order: 'asc' },
  brightest: { by: 'brightness', order: 'desc' },
  darkest: { by: 'brightness', order: 'asc' },
  'last-recorded': { by: 'recorded', order: 'desc' },
  'first-recorded': { by: 'recorded', order: 'asc' },
} as const satisfies Record<string, ResultOrder>;

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
  ['last-recorded', /^(?:(?:last|latest|most recently)[- ]recorded|zuletzt aufgenommene[nmrs]?)$/iu],
  ['first-recorded', /^(?:(?:first|earliest)[- ]recorded|zuerst aufgenommene[nmrs]?)$/iu],
  ['darkest', /^(?:darkest|dunkelste[nmrs]?)$/iu],
];

export const orderNamed = (said: string): OrderName | undefined => WORDS.find(([, words]) => words.test(said))?.[0];

export const orderOf = (name: string): ResultOrder | undefined => {
  const found = ORDER_NAMES.find((known) => known === name);
  return found && ORDERS[found];
};

/** The one by the same in the other direction. */
export const reversedOrder = (name: string): OrderName | undefined => {
  const given = orderOf(name);
  return given && ORDER_NAMES.find((known) => ORDERS[known].by === given.by && ORDERS[known].order !== given.order);
};
