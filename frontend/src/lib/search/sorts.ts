/** What each order of results asks the server for; without one the best come first. */
export const SORTS = {
  newest: { sort: 'added', order: 'desc' },
  oldest: { sort: 'added', order: 'asc' },
  shortest: { sort: 'duration', order: 'asc' },
  longest: { sort: 'duration', order: 'desc' },
  slowest: { sort: 'bpm', order: 'asc' },
  fastest: { sort: 'bpm', order: 'desc' },
  key: { sort: 'key', order: 'asc' },
  darkest: { sort: 'brightness', order: 'asc' },
  brightest: { sort: 'brightness', order: 'desc' },
  quietest: { sort: 'loudness', order: 'asc' },
  loudest: { sort: 'loudness', order: 'desc' },
  'last-recorded': { sort: 'recorded', order: 'desc' },
  'first-recorded': { sort: 'recorded', order: 'asc' },
  name: { sort: 'title', order: 'asc' },
} as const;

export type ResultSort = keyof typeof SORTS;

/** Undefined for the best first, and for an order that pages do not offer. */
export const resultSortOf = (sort: string, order: string): ResultSort | undefined =>
  (Object.keys(SORTS) as ResultSort[]).find((name) => SORTS[name].sort === sort && SORTS[name].order === order);

export const isResultSort = (value: string | null): value is ResultSort =>
  value !== null && Object.hasOwn(SORTS, value);
