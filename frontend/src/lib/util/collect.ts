/** Each value once, in order of its first place. */
export const unique = <T>(values: Iterable<T>): T[] => [...new Set(values)];

/** Look-up of things by their ids. */
export const byId = <T extends { id: string }>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.id, item]));

export const asSet = <T>(values: Iterable<T>): ReadonlySet<T> => new Set(values);
