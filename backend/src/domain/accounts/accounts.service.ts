import { randomUUID } from 'node:crypto';
import { demand, LOCAL_OWNER, mustBePerson, type Actor } from './actor.js';
import type { PasswordHasher, UserChange, UserRepository } from './accounts.ports.js';
import type { Kept, Role, User } from './accounts.types.js';
import { mustBeHardToGuess } from './passwords.js';
import { mustBeProper } from './user-name.js';
import { DomainError, notFound } from '../errors.js';
import type { EventSink } from '../events.js';
import { because } from '../reasons.js';

/** The accounts themselves: who there is, and what they are here. */
export class AccountsService {
  readonly #users;
  readonly #hasher;
  readonly #events;

  constructor(parts: { users: UserRepository; hasher: PasswordHasher; events: EventSink }) {
    this.#events = parts.events;
    this.#users = parts.users;
    this.#hasher = parts.hasher;
  }

  /** Whether the first account is made. */
  async isSetUp(): Promise<boolean> {
    return (await this.#users.count()) > 0;
  }

  /** What makes the first account, for the log; null when it is made. */
  async setupToken(): Promise<string | null> {
    return (await this.isSetUp()) ? null : this.#users.setupToken();
  }

  /**
   * Another key that tokens are signed with, within a minute everywhere: what was signed before, or by somebody who has the former key,
   * is good for nothing then. Sessions stay, as their next refresh brings a new token.
   */
  async renewSigningKey(actor: Actor): Promise<void> {
    demand(actor, 'admin');
    await this.#users.renewSigningKey();
  }

  /**
   * Makes the first account, an admin, whose is whatever was added before there were accounts.
   * @throws DomainError `forbidden` for another token; `conflict` when it is made already
   */
  async setUp(token: string, called: string, password: string): Promise<User> {
    // Looked at before the password is: whoever has no token has no work done.
    const expected = await this.setupToken();
    if (expected === null) throw new DomainError('conflict', because('setup_done'));
    if (expected !== token.trim()) throw new DomainError('forbidden', because('setup_token_wrong'));
    const name = mustBeProper(called);
    mustBeHardToGuess(password, name);
    const passwordHash = await this.#hasher.hash(password);
    const made = await this.#users.addFirst({ id: LOCAL_OWNER, name, role: 'admin', passwordHash }, token.trim());
    if (made === null) throw new DomainError('conflict', because('setup_done'));
    if (made === false) throw new DomainError('forbidden', because('setup_token_wrong'));
    return made;
  }

  /** @throws DomainError `unauthorized` when the account is gone */
  async own(actor: Actor): Promise<User> {
    const user = await this.#users.get(actor.ownerId);
    if (!user) throw new DomainError('unauthorized', because('session_over'));
    return user;
  }

  /** The account of this name; null when there is none. */
  async idOf(name: string): Promise<string | null> {
    return (await this.#users.byName(name))?.user.id ?? null;
  }

  async list(actor: Actor): Promise<User[]> {
    demand(actor, 'admin');
    return this.#users.list();
  }

  async get(actor: Actor, id: string): Promise<User> {
    demand(actor, 'admin');
    const user = await this.#users.get(id);
    if (!user) throw notFound('user', id);
    return user;
  }

  /** @throws DomainError `conflict` when the name is taken; `invalid_input` for one that is odd */
  async add(actor: Actor, { role, password, ...given }: { name: string; role: Role; password: string }): Promise<User> {
    demand(actor, 'admin');
    mustBePerson(actor);
    const name = mustBeProper(given.name);
    mustBeHardToGuess(password, name);
    const passwordHash = await this.#hasher.hash(password);
    const made = await this.#users.add({ id: randomUUID(), name, role, passwordHash });
    if (!made) throw nameTaken(name);
    return made;
  }

  /** @throws DomainError `not_found`; `conflict` when the name is taken, or nobody would be admin any more */
  async change(
    actor: Actor,
    id: string,
    { password, ...wanted }: UserChange & { password?: string | undefined },
  ): Promise<User> {
    demand(actor, 'admin');
    mustBePerson(actor);
    const before = await this.get(actor, id);
    const change = wanted.name === undefined ? wanted : { ...wanted, name: mustBeProper(wanted.name) };
    let passwordHash: string | null = null;
    if (password !== undefined) {
      mustBeHardToGuess(password, change.name ?? before.name);
      passwordHash = await this.#hasher.hash(password);
    }
    const changed = await this.#users.change(id, change);
    if (changed === null) throw notFound('user', id);
    if (changed === 'taken') throw nameTaken(change.name ?? '');
    if (changed === 'last') throw new DomainError('conflict', because('user_last_admin'));
    if (passwordHash !== null) await this.#users.setPassword(id, passwordHash, null);
    return changed;
  }

  /** What whoever asks keeps here, and how much that may be. */
  async ownUse(actor: Actor): Promise<Kept & Pick<User, 'maxBytes' | 'maxSounds'>> {
    const { maxBytes, maxSounds } = await this.own(actor);
    const { sounds, bytes } = (await this.#users.kept(actor.ownerId)).get(actor.ownerId) ?? { sounds: 0, bytes: 0 };
    return { sounds, bytes, maxBytes, maxSounds };
  }

  /** What each account keeps here. */
  async kept(actor: Actor): Promise<Map<string, Kept>> {
    demand(actor, 'admin');
    return this.#users.kept();
  }

  /**
   * @param sounds what becomes of its sounds: `bin`, where they are the first account's, or whose they are then; of its collections too
   * @throws DomainError `not_found`; `invalid_input` for an heir that there is not; `conflict` for the first and the only admin
   */
  async delete(actor: Actor, id: string, sounds: string = LOCAL_OWNER): Promise<void> {
    demand(actor, 'admin');
    mustBePerson(actor);
    if (id === actor.ownerId) throw new DomainError('conflict', because('user_is_you'));
    if (id === LOCAL_OWNER) throw new DomainError('conflict', because('user_first_stays'));
    const intoBin = sounds === 'bin';
    const heirId = intoBin ? LOCAL_OWNER : sounds;
    if (heirId === id || (heirId !== LOCAL_OWNER && !(await this.#users.get(heirId)))) {
      throw new DomainError('invalid_input', because('person_unknown'), {
        fields: [{ path: 'sounds', message: 'must name another account, or be bin' }],
      });
    }
    const gone = await this.#users.delete(id, heirId, { intoBin });
    if (gone === 'last') throw new DomainError('conflict', because('user_last_admin'));
    if (!gone) throw notFound('user', id);
    // Of many sounds everything may be otherwise now.
    this.#events.tell({ kind: 'reset' });
  }

  /** Somebody's own name. @throws DomainError `conflict` when it is taken */
  async rename(actor: Actor, called: string): Promise<User> {
    mustBePerson(actor);
    const name = mustBeProper(called);
    const changed = await this.#users.change(actor.ownerId, { name });
    if (changed === 'taken') throw nameTaken(name);
    if (changed === null || changed === 'last') throw new DomainError('unauthorized', because('session_over'));
    return changed;
  }
}

export const nameTaken = (name: string): DomainError =>
  new DomainError('conflict', because('user_name_taken', { name }), {
    fields: [{ path: 'name', message: 'is taken' }],
  });
