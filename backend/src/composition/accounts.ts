import { Argon2Hasher, JwtSigner } from '../adapters/secrets/index.js';
import { AccountsService } from '../domain/accounts/accounts.service.js';
import { KeysService } from '../domain/accounts/keys.service.js';
import { SignInService } from '../domain/accounts/sign-in.service.js';
import type { Stores } from '../adapters/sql/index.js';
import type { Logger } from '../observability/logger.js';

/** Who there is, and how they come in. */
export function buildAccounts({ users, sessions, keys }: Pick<Stores, 'users' | 'sessions' | 'keys'>, logger: Logger) {
  const hasher = new Argon2Hasher();
  const signer = new JwtSigner();
  return {
    hasher,
    signer,
    users: new AccountsService({ users, hasher }),
    signIn: new SignInService({ users, sessions, keys, hasher, signer, logger }),
    keys: new KeysService({ keys }),
  };
}
