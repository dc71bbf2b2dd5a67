import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mustBePerson, type Actor } from './actor.js';
import type {
  KeyRepository,
  PasswordHasher,
  SessionRepository,
  TokenSigner,
  UserRepository,
} from './accounts.ports.js';
import { RIGHTS_IN, RIGHTS_OF, type Caller, type Session, type User } from './accounts.types.js';
import { mustBeHardToGuess } from './passwords.js';
import { SignInGuard } from './sign-in.guard.js';
import { foldName } from './user-name.js';
import { DomainError, notFound } from '../errors.js';
import type { Log } from '../log.js';
import { because } from '../reasons.js';

/** After so long a new signing key counts in every process. */
const KEY_KEPT_MS = 60_000;
export const ACCESS_S = 30 * 60;
export const SESSION_S = 7 * 24 * 3600;
/** How long a browser is known as one in which its owner signs in. */
export const DEVICE_S = 365 * 24 * 3600;
/** A key begins so, which tells it from other tokens. */
export const KEY_PREFIX = 'traum_';
/** The last use is written down this often at most. */
const NOTED_EVERY_MS = 60_000;
const MAX_NOTED = 10_000;

/** What somebody has who signed in: tokens for a browser, and whose they are. */
export interface SignedIn {
  user: User;
  accessToken: string;
  refreshToken: string;
  /** Proves later that this browser is one of its owner's. */
  deviceToken: string;
}

interface Parts {
  users: UserRepository;
  sessions: SessionRepository;
  keys: KeyRepository;
  hasher: PasswordHasher;
  signer: TokenSigner;
  guard?: SignInGuard;
  logger: Log;
  now?: () => number;
}

/** Who somebody is: signing in and out, sessions, and what stands behind a token or a key. */
export class SignInService {
  readonly #parts: Parts;
  readonly #guard: SignInGuard;
  readonly #now: () => number;
  #signingKey: { value: string; until: number } | undefined;
  readonly #noted = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#guard = parts.guard ?? new SignInGuard();
    this.#now = parts.now ?? Date.now;
  }

  /**
   * @param network of the caller, for counting
   * @param device token of an earlier sign-in in the same browser
   * @throws DomainError `unauthorized`; `forbidden` for an account that is off; `too_many_requests`
   */
  async signIn(
    name: string,
    password: string,
    caller: Caller & { network: string },
    device: string | null,
  ): Promise<SignedIn> {
    const { users, hasher, logger } = this.#parts;
    const folded = foldName(name);
    const known = await users.byName(name);
    const claims = device === null ? null : await this.#read(device, 'device');
    const isOwnBrowser = known !== null && claims?.['sub'] === known.user.id;
    const place = isOwnBrowser ? `browser ${String(claims['did'])}` : caller.network;
    const right = await this.#guard.attempt({ place, name: folded }, () =>
      hasher.verify(known?.passwordHash ?? null, password),
    );
    if (!right || !known) {
      logger.warn({ client: caller.address, account: known?.user.id ?? null }, 'wrong password');
      throw new DomainError('unauthorized', because('sign_in_wrong'));
    }
    if (known.user.off) throw new DomainError('forbidden', because('account_off'));
    return this.open(known.user, caller);
  }

  /** Begins a session of somebody who has shown who they are. */
  async open(user: User, { address, agent }: Caller): Promise<SignedIn> {
    const { sessions, users } = this.#parts;
    const id = randomUUID();
    const { token, hash } = newToken(id);
    const at = new Date(this.#now()).toISOString();
    await sessions.dropExpired();
    await sessions.add(
      { id, userId: user.id, address, agent, createdAt: at, seenAt: at, expiresAt: this.#in(SESSION_S) },
      hash,
    );
    await users.seen(user.id);
    const accessToken = await this.#access(user.id, id);
    const deviceToken = await this.#sign({ sub: user.id, did: randomUUID(), use: 'device' }, DEVICE_S);
    return { user, accessToken, refreshToken: token, deviceToken };
  }

  /**
   * New tokens for the old one, which is good for nothing from then on: whoever sends it again has it from somewhere it
   * should not be, and the session ends.
   * @throws DomainError `unauthorized`
   */
  async refresh(token: string, { address, agent }: Caller): Promise<Omit<SignedIn, 'deviceToken'>> {
    const { sessions, logger } = this.#parts;
    const [id = ''] = token.split('.');
    const next = newToken(id);
    const seenAt = new Date(this.#now()).toISOString();
    const used = { address, agent, seenAt, expiresAt: this.#in(SESSION_S) };
    const known = await sessions.get(id);
    const outcome = known ? await sessions.rotate(id, hashOf(token), next.hash, used) : 'gone';
    if (outcome === 'reused') {
      logger.warn(
        { client: address, account: known?.user.id, session: id },
        'a used token came again; its session is ended',
      );
    }
    if (outcome !== 'rotated' || !known) throw over();
    return { user: known.user, accessToken: await this.#access(known.user.id, id), refreshToken: next.token };
  }

  /** Ends the session that a token is of. */
  async signOut(token: string): Promise<void> {
    const [id = ''] = token.split('.');
    const known = await this.#parts.sessions.get(id);
    // Only with the token itself: an id alone ends nothing.
    if (!known) return;
    const outcome = await this.#parts.sessions.rotate(id, hashOf(token), newToken(id).hash, known.session);
    if (outcome === 'rotated') await this.#parts.sessions.end(known.user.id, { id });
  }

  /**
   * Who has this token or key.
   * @throws DomainError `unauthorized` when it is good for nothing (any more)
   */
  async identify(token: string, caller: Caller): Promise<Actor> {
    return token.startsWith(KEY_PREFIX) ? this.#byKey(token, caller) : this.#byAccess(token);
  }

  async #byKey(token: string, { address }: Caller): Promise<Actor> {
    const found = await this.#parts.keys.byHash(hashOf(token));
    if (!found) throw new DomainError('unauthorized', because('key_not_valid'));
    const { key, user } = found;
    await this.#note(`key ${key.id}`, () => this.#parts.keys.used(key.id, address));
    const may = new Set(RIGHTS_OF[user.role]);
    const rights = new Set(key.scopes.flatMap((scope) => RIGHTS_IN[scope]).filter((right) => may.has(right)));
    return { kind: 'key', id: key.id, ownerId: user.id, rights, name: user.name };
  }

  async #byAccess(token: string): Promise<Actor> {
    const claims = await this.#read(token, 'access');
    const sessionId = claims?.['sid'];
    const found = typeof sessionId === 'string' ? await this.#parts.sessions.get(sessionId) : null;
    if (!found) throw over();
    const { user } = found;
    await this.#note(`user ${user.id}`, () => this.#parts.users.seen(user.id));
    return {
      kind: 'user',
      id: user.id,
      ownerId: user.id,
      rights: new Set(RIGHTS_OF[user.role]),
      sessionId: found.session.id,
      name: user.name,
    };
  }

  async sessions(actor: Actor): Promise<Session[]> {
    mustBePerson(actor);
    return this.#parts.sessions.of(actor.ownerId);
  }

  /** @throws DomainError `not_found` */
  async endSession(actor: Actor, id: string): Promise<void> {
    mustBePerson(actor);
    if ((await this.#parts.sessions.end(actor.ownerId, { id })) === 0) throw notFound('session', id);
  }

  /** All sessions but that of whoever asks. */
  async endOthers(actor: Actor): Promise<number> {
    mustBePerson(actor);
    return this.#parts.sessions.end(actor.ownerId, { except: actor.sessionId ?? null });
  }

  /**
   * Somebody's own password; all other sessions end.
   * @throws DomainError `invalid_input` when the present one is wrong, or the new one too easy; `too_many_requests`
   */
  async changePassword(actor: Actor, present: string, next: string): Promise<void> {
    mustBePerson(actor);
    const { users, hasher } = this.#parts;
    const user = await users.get(actor.ownerId);
    if (!user) throw over();
    mustBeHardToGuess(next, user.name);
    const hash = await users.passwordHash(user.id);
    const place = `session ${actor.sessionId ?? ''}`;
    if (!(await this.#guard.attempt({ place, name: foldName(user.name) }, () => hasher.verify(hash, present)))) {
      throw wrongNow();
    }
    await users.setPassword(user.id, await hasher.hash(next), actor.sessionId ?? null);
  }

  /** What is written down of each use is written once a minute, and never holds a request up when it cannot be. */
  async #note(what: string, write: () => unknown): Promise<void> {
    const now = this.#now();
    if (now - (this.#noted.get(what) ?? -Infinity) < NOTED_EVERY_MS) return;
    if (this.#noted.size >= MAX_NOTED) this.#noted.clear();
    this.#noted.set(what, now);
    try {
      await write();
    } catch (error) {
      this.#parts.logger.debug({ err: error }, 'the last use could not be noted');
    }
  }

  #access(userId: string, sessionId: string): Promise<string> {
    return this.#sign({ sub: userId, sid: sessionId, use: 'access' }, ACCESS_S);
  }

  async #sign(claims: Record<string, string>, lastsS: number): Promise<string> {
    return this.#parts.signer.sign(claims, await this.#key(), lastsS);
  }

  async #read(token: string, use: 'access' | 'device'): Promise<Record<string, unknown> | null> {
    const claims = await this.#parts.signer.read(token, await this.#key());
    return claims?.['use'] === use ? claims : null;
  }

  async #key(): Promise<string> {
    const now = this.#now();
    if (!this.#signingKey || now >= this.#signingKey.until)
      this.#signingKey = { value: await this.#parts.users.signingKey(), until: now + KEY_KEPT_MS };
    return this.#signingKey.value;
  }

  #in(seconds: number): string {
    return new Date(this.#now() + seconds * 1000).toISOString();
  }
}

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

function newToken(sessionId: string): { token: string; hash: string } {
  const token = `${sessionId}.${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashOf(token) };
}

const over = (): DomainError => new DomainError('unauthorized', because('session_over'));
const wrongNow = (): DomainError =>
  new DomainError('invalid_input', because('password_now_wrong'), {
    fields: [{ path: 'present', message: 'is wrong' }],
  });
