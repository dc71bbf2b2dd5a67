import { OpenIdProvider } from '../adapters/oidc/index.js';
import { Argon2Hasher, JwtSigner } from '../adapters/secrets/index.js';
import type { Stores } from '../adapters/sql/index.js';
import type { Config } from '../config.js';
import { AccountsService } from '../domain/accounts/accounts.service.js';
import { KeysService } from '../domain/accounts/keys.service.js';
import { OidcService } from '../domain/accounts/oidc.service.js';
import { SignInService } from '../domain/accounts/sign-in.service.js';
import { VouchedService } from '../domain/accounts/vouched.service.js';
import type { EventSink } from '../domain/events.js';
import type { Logger } from '../observability/logger.js';

type Kept = Pick<Stores, 'users' | 'sessions' | 'keys' | 'identities'>;

/** Who there is, and how they come in. */
export function buildAccounts({ oidc }: Pick<Config, 'oidc'>, stores: Kept, events: EventSink, logger: Logger) {
  const { users, sessions, keys, identities } = stores;
  const hasher = new Argon2Hasher();
  const signer = new JwtSigner();
  const vouched = new VouchedService({ users, identities, hasher, logger });
  return {
    hasher,
    signer,
    users: new AccountsService({ users, hasher, events }),
    signIn: new SignInService({ users, sessions, keys, hasher, signer, logger }),
    keys: new KeysService({ keys }),
    vouched,
    oidc: oidc && new OidcService({ provider: new OpenIdProvider(oidc), rules: oidc.rules, vouched, users, signer }),
  };
}
