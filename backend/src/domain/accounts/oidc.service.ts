import type { TokenSigner, UserRepository } from './accounts.ports.js';
import type { Role, User } from './accounts.types.js';
import type { Claims, IdentityProvider, Kept } from './oidc.ports.js';
import type { VouchedService } from './vouched.service.js';
import { DomainError } from '../errors.js';
import { because } from '../reasons.js';

/** So long may a sign-in elsewhere take. */
export const UNDER_WAY_S = 10 * 60;

/** Who comes in by a provider, and as what. */
export interface OidcRules {
  /** The claim that names an account. */
  nameClaim: string;
  /** The claim that says what somebody is, and which of its values stands for which role, the highest first. */
  roleClaim: string | null;
  roles: readonly { value: string; role: Role }[];
  /** What everybody else is; null: only those come in whom the claim gives a role. */
  defaultRole: Role | null;
  /** Only these e-mail addresses, or `@example.org` for all there, that the provider has verified; empty: any. */
  emails: readonly string[];
}

interface Parts {
  provider: IdentityProvider;
  rules: OidcRules;
  vouched: VouchedService;
  users: Pick<UserRepository, 'signingKey'>;
  signer: TokenSigner;
}

/** Signing in by a provider of OpenID Connect: authorization code with PKCE, state and nonce. */
export class OidcService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * @param to the page of ours that was asked for
   * @returns where to go, and what the browser keeps until it is back
   */
  async begin(redirectUri: string, to: string): Promise<{ url: string; ticket: string }> {
    const { provider, signer, users } = this.#parts;
    const { url, kept } = await provider.begin(redirectUri);
    const ticket = await signer.sign({ ...kept, to, use: 'oidc' }, await users.signingKey(), UNDER_WAY_S);
    return { url, ticket };
  }

  /**
   * @param ticket what the browser kept; null when it has none (any more)
   * @throws DomainError `unauthorized`, `forbidden`, `not_ready`, `conflict`
   */
  async finish(cameTo: string, ticket: string | null): Promise<{ user: User; idToken: string; to: string }> {
    const { provider, signer, users, vouched, rules } = this.#parts;
    const claims = ticket === null ? null : await signer.read(ticket, await users.signingKey());
    if (claims?.['use'] !== 'oidc') throw new DomainError('unauthorized', because('oidc_not_begun'));
    const found = await provider.finish(cameTo, claims as unknown as Kept);
    mustBeInvited(found, rules);
    const { issuer, subject, idToken } = found;
    const role = roleOf(found, rules);
    const user = await vouched.enter({
      issuer,
      subject,
      name: nameOf(found, rules),
      role,
      decides: rules.roleClaim !== null || role === null,
    });
    return { user, idToken, to: String(claims['to']) };
  }

  /** Where somebody signs out at the provider; null where that cannot be done. */
  async endOf(idToken: string | null, backTo: string): Promise<string | null> {
    return this.#parts.provider.endOf(idToken, backTo);
  }
}

/** A claim may lie deeper: `realm_access.roles`. */
function claimOf(all: Claims['all'], name: string): unknown {
  if (name in all) return all[name];
  return name.split('.').reduce<unknown>((value, part) => (isFields(value) ? value[part] : undefined), all);
}

function roleOf({ all }: Claims, { roleClaim, roles, defaultRole }: OidcRules): Role | null {
  const claimed = roleClaim === null ? [] : [claimOf(all, roleClaim)].flat();
  return roles.find(({ value }) => claimed.includes(value))?.role ?? defaultRole;
}

function nameOf({ all, subject }: Claims, { nameClaim }: OidcRules): string {
  const names = [nameClaim, 'preferred_username', 'name', 'email'].map((claim) => claimOf(all, claim));
  return names.find((name): name is string => typeof name === 'string' && name.trim() !== '') ?? subject;
}

function mustBeInvited({ all }: Claims, { emails }: OidcRules): void {
  if (emails.length === 0) return;
  const email = typeof all['email'] === 'string' ? all['email'].toLowerCase() : '';
  const isMeant = emails.some((one) => (one.startsWith('@') ? email.endsWith(one) : email === one));
  if (!isMeant || all['email_verified'] !== true) throw new DomainError('forbidden', because('not_invited'));
}

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
