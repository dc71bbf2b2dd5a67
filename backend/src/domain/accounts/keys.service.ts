import { randomBytes, randomUUID } from 'node:crypto';
import { mustBePerson, type Actor } from './actor.js';
import type { KeyRepository } from './accounts.ports.js';
import { RIGHTS_IN, type ApiKey, type Scope } from './accounts.types.js';
import { hashOf, KEY_PREFIX } from './sign-in.service.js';
import { DomainError, notFound } from '../errors.js';
import { because } from '../reasons.js';

const MAX_KEYS = 100;
const isOpen = ({ expiresAt }: ApiKey): boolean => expiresAt === null || Date.parse(expiresAt) > Date.now();

/** Keys for programs: each good for a part of what its owner may do. */
export class KeysService {
  readonly #keys;

  constructor(parts: { keys: KeyRepository }) {
    this.#keys = parts.keys;
  }

  /** @throws DomainError `forbidden` to keys */
  async list(actor: Actor): Promise<ApiKey[]> {
    mustBePerson(actor);
    return this.#keys.of(actor.ownerId);
  }

  /**
   * @returns the key with its secret, which is told this once and is kept nowhere
   * @throws DomainError `forbidden` for more than the actor may do, and to keys; `conflict` when there are too many
   */
  async add(
    actor: Actor,
    { name, scopes, expiresAt }: { name: string; scopes: readonly Scope[]; expiresAt: string | null },
  ): Promise<{ key: ApiKey; secret: string }> {
    mustBePerson(actor);
    for (const scope of scopes) {
      if (RIGHTS_IN[scope].some((right) => !actor.rights.has(right))) {
        throw new DomainError('forbidden', because('key_scope_beyond', { scope }));
      }
    }
    const open = (await this.#keys.of(actor.ownerId)).filter(isOpen);
    if (open.length >= MAX_KEYS) {
      throw new DomainError('conflict', because('keys_too_many', { most: MAX_KEYS }));
    }
    const secret = KEY_PREFIX + randomBytes(32).toString('base64url');
    const key: ApiKey = {
      id: randomUUID(),
      userId: actor.ownerId,
      name,
      start: secret.slice(0, KEY_PREFIX.length + 4),
      scopes: [...new Set(scopes)],
      createdAt: new Date().toISOString(),
      expiresAt,
      usedAt: null,
      usedFrom: null,
    };
    await this.#keys.add(key, hashOf(secret));
    return { key, secret };
  }

  /** @throws DomainError `not_found` */
  async revoke(actor: Actor, id: string): Promise<void> {
    mustBePerson(actor);
    if (!(await this.#keys.revoke(actor.ownerId, id))) throw notFound('key', id);
  }
}
