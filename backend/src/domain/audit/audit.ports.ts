import type { Awaitable } from '../awaitable.js';
import type { Deed, DeedFilter, KeptDeed } from './audit.types.js';

/** What was done. Lines are added and, when they are old, forgotten; none is ever changed. */
export interface AuditLog {
  add(deed: Deed): Awaitable<void>;
  /** Newest first, from below this id on. */
  list(filter: DeedFilter, page: { limit: number; below: number | null }): Awaitable<KeptDeed[]>;
  /** Forgets what is older, at most so many. How many there were. */
  prune(before: string, limit: number): Awaitable<number>;
}
