import { hash, verify } from '@node-rs/argon2';
import type { PasswordHasher } from '../../domain/accounts/accounts.ports.js';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';

/** argon2id as OWASP recommends it: 19 MiB, two passes, one lane. About 50 ms of a core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** At a time: the threads that do it read files as well. */
const AT_ONCE = 2;
/** Waiting: whoever comes when so many do is told to come again. */
const MAX_WAITING = 100;

/** Hashes passwords, a few at a time. */
export class Argon2Hasher implements PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** Of no password that anybody has: compared with where there is no account, so that this takes as long. */
  #nobody: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(normal(password), COST));
  }

  verify(known: string | null, password: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const compared = known ?? (await (this.#nobody ??= hash('nobody has this password', COST)));
      return (await verify(compared, normal(password))) && known !== null;
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING) throw new DomainError('busy', because('sign_ins_too_many'));
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

/** The same characters typed on different systems may come in different forms. */
const normal = (password: string): string => password.normalize('NFKC');
