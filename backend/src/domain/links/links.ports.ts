import type { Awaitable } from '../awaitable.js';
import type { ShareLink } from './links.types.js';

export interface LinkRepository {
  add(link: ShareLink, secrets: { tokenHash: string; passwordHash: string | null }): Awaitable<void>;
  /** Also expired ones. */
  byToken(tokenHash: string): Awaitable<{ link: ShareLink; passwordHash: string | null } | null>;
  /** Also an expired one. */
  get(id: string): Awaitable<ShareLink | null>;
  /** Of somebody, or (with null) all; the newest first. */
  list(ownerId: string | null): Awaitable<ShareLink[]>;
  /** Of somebody, or (with null) of anybody. Whether there was one. */
  revoke(id: string, ownerId: string | null): Awaitable<boolean>;
  opened(id: string): Awaitable<void>;
  /** Those of somebody that have not expired. */
  countOpen(ownerId: string): Awaitable<number>;
  /** Forgets those that expired before. */
  dropExpired(before: string): Awaitable<void>;
}
