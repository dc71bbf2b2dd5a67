import type { Actor } from '../accounts/actor.js';

/** One thing that somebody did, or was not let do. */
export interface Deed {
  /** ISO 8601 UTC. */
  at: string;
  actorKind: Actor['kind'] | 'nobody';
  /** Id of the account or the key; null for nobody. */
  actorId: string | null;
  /** The account, also that of a key; null for nobody that is known. */
  userId: string | null;
  /** Its name then. */
  name: string | null;
  address: string;
  /** The operation, as the description of the API names it. */
  what: string;
  /** Id of what it was done to; null where it was several things or none. */
  subject: string | null;
  /** HTTP status of the answer. */
  status: number;
  requestId: string;
}

export interface KeptDeed extends Deed {
  id: number;
}

export interface DeedFilter {
  userId?: string | undefined;
  what?: string | undefined;
  subject?: string | undefined;
  address?: string | undefined;
  /** Whether it was let happen. */
  allowed?: boolean | undefined;
  /** ISO 8601 UTC, both included. */
  after?: string | undefined;
  before?: string | undefined;
}
