import type { SoundKey } from '../library/library.types.js';

/** The order after `moving` was put, as it is, before another sound, or (with null) at the end. */
export function moved(order: readonly SoundKey[], moving: ReadonlySet<SoundKey>, before: SoundKey | null): SoundKey[] {
  // Before one that moves itself means before the next one that stays.
  let at = before === null ? -1 : order.indexOf(before);
  while (at >= 0 && at < order.length && moving.has(order[at]!)) at += 1;
  const anchor = at < 0 ? undefined : order[at];
  const rest = order.filter((key) => !moving.has(key));
  rest.splice(anchor === undefined ? rest.length : rest.indexOf(anchor), 0, ...moving);
  return rest;
}
