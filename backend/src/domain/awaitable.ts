/**
 * What a port's writing method gives: an adapter may answer at once or later, so callers always await. Where the data lies
 * decides: writes to a database that others write to as well must be able to wait without holding up a process.
 */
export type Awaitable<T> = T | Promise<T>;
