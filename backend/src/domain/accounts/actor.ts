import { DomainError } from '../errors.js';
import { because } from '../reasons.js';

/**
 * What somebody may do: `read` is to find, hear and take along; `own` to keep what concerns nobody else (ratings, saved and past
 * searches); `upload` to add sounds and follow their work; `edit` to change what is said of them, and collections; `delete` to take
 * them away; `admin` to run the installation; `metrics` to read its figures; `worker` to process sounds elsewhere, whosever they are.
 */
export const RIGHTS = ['read', 'own', 'upload', 'edit', 'delete', 'admin', 'metrics', 'worker'] as const;
export type Right = (typeof RIGHTS)[number];

/** Who acts. First among the parameters of whatever a request can reach. */
export interface Actor {
  /**
   * The person at this machine (or behind the one password), somebody with an account, a key of theirs, a guest who has a link of
   * theirs, the server itself.
   */
  readonly kind: 'local' | 'user' | 'key' | 'link' | 'system';
  readonly id: string;
  /** Whose becomes what this actor makes. */
  readonly ownerId: string;
  readonly rights: ReadonlySet<Right>;
  /** Of the account, for people to read. */
  readonly name?: string;
  /** Of somebody who signed in. */
  readonly sessionId?: string;
}

/** The owner of everything while there are no accounts. */
export const LOCAL_OWNER = 'local';

const ALL: ReadonlySet<Right> = new Set(RIGHTS);

/** Whoever may come in, while there are no accounts; also who works at the command line. */
export const LOCAL: Actor = { kind: 'local', id: 'local', ownerId: LOCAL_OWNER, rights: ALL };

/** What the server does by itself: schedules, recovery, workers. */
export const SYSTEM: Actor = { kind: 'system', id: 'system', ownerId: LOCAL_OWNER, rights: ALL };

const DOES: Record<Right, string> = {
  read: 'read the library',
  own: 'keep ratings, searches and a history of your own',
  upload: 'add sounds',
  edit: 'change sounds and collections',
  delete: 'delete sounds',
  admin: 'run this installation',
  metrics: 'read its figures',
  worker: 'process its sounds elsewhere',
};

/** Whoever may change, delete or run the whole sees what that does. Who may only upload need not see what is there. */
const INCLUDE_READ: readonly Right[] = ['edit', 'delete', 'admin'];

/** @throws DomainError `forbidden` when the actor lacks the right */
export function demand(actor: Actor, right: Right): void {
  const { rights } = actor;
  if (rights.has(right) || (right === 'read' && INCLUDE_READ.some((one) => rights.has(one)))) return;
  throw new DomainError('forbidden', because('right_lacking', { doing: DOES[right] }));
}

/** @throws DomainError `forbidden` for keys: they open no way to a lasting stay */
export function mustBePerson({ kind }: Actor): void {
  if (kind === 'key') throw new DomainError('forbidden', because('keys_by_people'));
}

/** For log lines: `local`, `system`, `user:…`, `key:…`. */
export const nameOf = ({ kind, id }: Actor): string => (kind === id ? kind : `${kind}:${id}`);
