/**
 * What was added last stands first, so that it is seen without scrolling past all that came before; what was added
 * together keeps its order.
 */
export const latestFirst = <T extends { readonly batch: number }>(items: readonly T[]): T[] =>
  [...items].sort((one, other) => other.batch - one.batch);
