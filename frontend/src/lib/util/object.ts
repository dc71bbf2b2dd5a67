/** A copy without these fields. */
export const omit = <T extends object, K extends keyof T>(object: T, ...names: K[]): Omit<T, K> =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.some((other) => other === name))) as Omit<T, K>;
