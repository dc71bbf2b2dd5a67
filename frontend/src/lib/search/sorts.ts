/** What each order of results asks the server for; without one the best come first. */
export const SORTS = {
  newest: { sort: 'added', order: 'desc' },
  oldest: { sort: 'added', order: 'asc' },
  shortest: { sort: 'duration', order: 'asc' },
  longest: { sort: 'duration', order: 'desc' },
  slowest: { sort: 'bpm', order: 'asc' },
  fastest: { sort: 'bpm', order: 'desc' },
  key: { sort: 'key', order: 'asc' },
  name: { sort: 'title', order: 'asc' },
} as const;

export type ResultSort = keyof typeof SORTS;

export const isResultSort = (value: string | null): value is ResultSort =>
  value !== null && Object.hasOwn(SORTS, value);
