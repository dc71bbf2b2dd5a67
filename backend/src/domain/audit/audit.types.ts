import type { Actor } from '../accounts/actor.js';

/** Of many things, so many are told with a deed; it is found by each of them. */
export const SHOWN_SUBJECTS = 20;

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
  /** Id of what it was done to, or in; null where it was none, or several things alike. */
  subject: string | null;
  /** Ids of the things that it was done to, where the request or its answer names them; of a kept one the first {@link SHOWN_SUBJECTS}. */
  subjects: readonly string[];
  /** To how many things it was done. */
  count: number;
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
