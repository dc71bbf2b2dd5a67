import type { Awaitable } from '../awaitable.js';

/** What has to be known when somebody comes back from their provider. */
export interface Kept {
  state: string;
  nonce: string;
  verifier: string;
}

/** What a provider says of somebody who has signed in there. */
export interface Claims {
  issuer: string;
  subject: string;
  all: Readonly<Record<string, unknown>>;
  /** Proof of the sign-in, for signing out there. */
  idToken: string;
}

/** A provider of OpenID Connect. */
export interface IdentityProvider {
  /** Where somebody signs in. @throws DomainError `not_ready` when the provider is away */
  begin(redirectUri: string): Promise<{ url: string; kept: Kept }>;
  /**
   * What came of it.
   * @param cameTo the address that the provider sent the browser to
   * @throws DomainError `unauthorized` for what is not what was begun, or is over; `not_ready` when the provider is away
   */
  finish(cameTo: string, kept: Kept): Promise<Claims>;
  /** Where somebody signs out there; null where that cannot be done. */
  endOf(idToken: string | null, backTo: string): Awaitable<string | null>;
}
