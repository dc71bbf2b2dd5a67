import type { Awaitable } from '../awaitable.js';
import type { ApiKey, Kept, Role, Session, User } from './accounts.types.js';

export interface UserRepository {
  count(): Awaitable<number>;
  /** By name. */
  list(): Awaitable<User[]>;
  get(id: string): Awaitable<User | null>;
  /** Whatever the case, with the hash of the password. */
  byName(name: string): Awaitable<{ user: User; passwordHash: string } | null>;
  passwordHash(id: string): Awaitable<string | null>;
  /** The first account, of whoever has this token. Null when there is one already; false when the token is another. */
  addFirst(user: NewUser, setupToken: string): Awaitable<User | null | false>;
  /** Null when the name is taken. */
  add(user: NewUser): Awaitable<User | null>;
  /**
   * Ends all sessions of an account that is turned off.
   * @returns `taken` name, `last` admin who would be none; null for no such account
   */
  change(id: string, change: UserChange): Awaitable<User | 'taken' | 'last' | null>;
  /** Ends all sessions but one. */
  setPassword(id: string, passwordHash: string, exceptSession: string | null): Awaitable<void>;
  /**
   * Its sessions, keys, links and what it had looked for go with it; its sounds and collections are the heir's, the sounds in the
   * bin where that is asked for. `last`: the only admin stays.
   */
  delete(id: string, heirId: string, options: { intoBin: boolean }): Awaitable<boolean | 'last'>;
  /** Of those that keep something, by account; or of one alone. */
  kept(ownerId?: string): Awaitable<Map<string, Kept>>;
  seen(id: string): Awaitable<void>;
  /** What makes the first account; the same in every process, and made when it is asked for first. */
  setupToken(): Awaitable<string>;
  /** What tokens are signed with; likewise. */
  signingKey(): Awaitable<string>;
  /** Another one from now on. */
  renewSigningKey(): Awaitable<void>;
}

/** Somebody as whoever vouches for them knows them. */
export interface Identity {
  issuer: string;
  subject: string;
}

export interface IdentityRepository {
  find(identity: Identity): Awaitable<User | null>;
  /** Makes an account of theirs, unless there is one by now. Null when the name is taken. */
  add(identity: Identity, user: NewUser): Awaitable<User | null>;
}

export interface UserChange {
  name?: string | undefined;
  role?: Role | undefined;
  off?: boolean | undefined;
  /** Null: as much as there is space. */
  maxBytes?: number | null | undefined;
  maxSounds?: number | null | undefined;
}

export interface NewUser {
  id: string;
  name: string;
  role: Role;
  passwordHash: string;
}

export interface SessionRepository {
  add(session: Session, tokenHash: string): Awaitable<void>;
  /** Not expired, of an account that is not off. */
  get(id: string): Awaitable<{ session: Session; user: User } | null>;
  /**
   * Puts a new token in the place of the old one.
   * @returns false when the old one is not the present one (the session is over then), or the session has ended
   */
  rotate(
    id: string,
    oldHash: string,
    newHash: string,
    used: Pick<Session, 'address' | 'agent' | 'seenAt' | 'expiresAt'>,
  ): Awaitable<'rotated' | 'reused' | 'gone'>;
  /** The latest used first. */
  of(userId: string): Awaitable<Session[]>;
  /** One session of somebody, or all but one. How many there were. */
  end(userId: string, which: { id: string } | { except: string | null }): Awaitable<number>;
  dropExpired(): Awaitable<void>;
}

export interface KeyRepository {
  add(key: ApiKey, hash: string): Awaitable<void>;
  /** Not expired, of an account that is not off. */
  byHash(hash: string): Awaitable<{ key: ApiKey; user: User } | null>;
  /** The newest first. */
  of(userId: string): Awaitable<ApiKey[]>;
  revoke(userId: string, id: string): Awaitable<boolean>;
  used(id: string, address: string): Awaitable<void>;
}

export interface PasswordHasher {
  /** @throws DomainError `busy` when too many are being made */
  hash(password: string): Promise<string>;
  /** @param hash null: takes as long, and is false */
  verify(hash: string | null, password: string): Promise<boolean>;
}

/** Signs what a browser carries back to us. */
export interface TokenSigner {
  sign(claims: Readonly<Record<string, string>>, key: string, lastsS: number): Promise<string>;
  /** The claims; null when it was not signed with this key, or its time is over. */
  read(token: string, key: string): Promise<Record<string, unknown> | null>;
}
