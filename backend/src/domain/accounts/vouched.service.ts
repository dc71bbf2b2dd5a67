import { randomBytes, randomUUID } from 'node:crypto';
import type { Identity, IdentityRepository, PasswordHasher, UserRepository } from './accounts.ports.js';
import { RIGHTS_OF, type Role, type User } from './accounts.types.js';
import type { Actor } from './actor.js';
import { MAX_NAME, properName } from './user-name.js';
import { DomainError } from '../errors.js';
import type { Log } from '../log.js';
import { because } from '../reasons.js';

/** Accounts of one name that are tried: Ada, Ada 2, Ada 3, … */
const MOST_OF_A_NAME = 100;
/** The last use is written down this often at most. */
const NOTED_EVERY_MS = 60_000;
const MAX_NOTED = 10_000;
export const PROXY = 'proxy';

/** Whom somebody else vouches for. */
export interface Vouched extends Identity {
  /** What an account of theirs is called. */
  name: string;
  /** What they are here; null: they may not come in. */
  role: Role | null;
  /** Whether that also goes for an account that is there already. */
  decides: boolean;
}

/**
 * People whose name is vouched for by somebody else: a provider of OpenID Connect, or the proxy in front. Each gets an account of
 * their own at the first visit. Nobody gets one that is there already by having its name: who has which name elsewhere is not
 * known here.
 */
export class VouchedService {
  readonly #parts;
  readonly #noted = new Map<string, number>();

  constructor(parts: { users: UserRepository; identities: IdentityRepository; hasher: PasswordHasher; logger: Log }) {
    this.#parts = parts;
  }

  /**
   * The account of somebody, made now at the first visit.
   * @throws DomainError `conflict` before the first account is made; `forbidden` for whoever may not come in, or is turned off
   */
  async enter({ issuer, subject, name, role, decides }: Vouched): Promise<User> {
    const { users, identities, logger } = this.#parts;
    const identity = { issuer, subject };
    if (decides && role === null) throw notInvited();
    const known = await identities.find(identity);
    if (known?.off) throw new DomainError('forbidden', because('account_off'));
    if (known && decides && role !== null && role !== known.role) {
      const changed = await users.change(known.id, { role });
      // The only admin stays one, whatever is said elsewhere.
      if (changed === 'last') logger.warn({ account: known.id, role }, 'the only admin stays admin');
      else if (changed !== null && changed !== 'taken') return changed;
    }
    if (known) return known;
    if (role === null) throw notInvited();
    if ((await users.count()) === 0) throw new DomainError('conflict', because('setup_first'));
    return this.#make(identity, name, role);
  }

  /** Who sits behind a proxy that names them with every request. @throws DomainError as {@link enter} */
  async byProxy(subject: string, role: Role | null): Promise<Actor> {
    const user = await this.enter({ issuer: PROXY, subject, name: subject, role, decides: false });
    if (Date.now() - (this.#noted.get(user.id) ?? 0) > NOTED_EVERY_MS) {
      if (this.#noted.size >= MAX_NOTED) this.#noted.clear();
      this.#noted.set(user.id, Date.now());
      await this.#parts.users.seen(user.id);
    }
    return { kind: 'user', id: user.id, ownerId: user.id, rights: new Set(RIGHTS_OF[user.role]), name: user.name };
  }

  async #make(identity: Identity, called: string, role: Role): Promise<User> {
    const { identities, hasher, logger } = this.#parts;
    // Whose name could pass itself off as another is called by what they are here.
    const wanted = properName(called.trim().slice(0, MAX_NAME)) ?? role;
    // Nobody knows it: who has no other way in than this gets one from an admin.
    const passwordHash = await hasher.hash(randomBytes(32).toString('base64url'));
    for (let count = 1; count <= MOST_OF_A_NAME; count++) {
      const name = count === 1 ? wanted : `${wanted.slice(0, MAX_NAME - 4)} ${count}`;
      const made = await identities.add(identity, { id: randomUUID(), name, role, passwordHash });
      if (!made) continue;
      logger.info({ account: made.id, issuer: identity.issuer, role }, 'account made at the first visit');
      return made;
    }
    throw new DomainError('conflict', because('user_name_taken', { name: wanted }));
  }
}

const notInvited = (): DomainError => new DomainError('forbidden', because('not_invited'));
