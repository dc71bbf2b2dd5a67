import * as oidc from 'openid-client';
import type { Claims, IdentityProvider, Kept } from '../../domain/accounts/oidc.ports.js';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';

const PATIENCE_S = 10;
/** What a provider says of itself is looked at anew after this long. */
const KNOWN_MS = 3_600_000;

interface Settings {
  issuer: string;
  clientId: string;
  /** Null for a client without one: PKCE alone proves it. */
  clientSecret: string | null;
  scopes: string;
}

/** Any provider, by what it says of itself (OpenID Connect Discovery 1.0). */
export class OpenIdProvider implements IdentityProvider {
  #known: { config: oidc.Configuration; at: number } | null = null;
  #asking: Promise<oidc.Configuration> | null = null;

  constructor(private readonly settings: Settings) {}

  async begin(redirectUri: string): Promise<{ url: string; kept: Kept }> {
    // Whoever is led to one that is down ends on an error page of their browser's, far from ours.
    const config = await this.#ask();
    const kept = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() };
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: this.settings.scopes,
      response_type: 'code',
      code_challenge: await oidc.calculatePKCECodeChallenge(kept.verifier),
      code_challenge_method: 'S256',
      state: kept.state,
      nonce: kept.nonce,
    });
    return { url: url.href, kept };
  }

  async finish(cameTo: string, { state, nonce, verifier }: Kept): Promise<Claims> {
    const config = await this.#config();
    try {
      const tokens = await oidc.authorizationCodeGrant(config, new URL(cameTo), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims()!;
      const told = await this.#told(config, tokens.access_token, claims.sub);
      return { issuer: claims.iss, subject: claims.sub, all: { ...told, ...claims }, idToken: tokens.id_token! };
    } catch (error) {
      throw isAway(error) ? away(error) : new DomainError('unauthorized', because('oidc_refused'), { cause: error });
    }
  }

  async endOf(idToken: string | null, backTo: string): Promise<string | null> {
    const config = await this.#ask().catch(() => null);
    if (!config?.serverMetadata().end_session_endpoint) return null;
    return oidc.buildEndSessionUrl(config, {
      post_logout_redirect_uri: backTo,
      ...(idToken !== null && { id_token_hint: idToken }),
    }).href;
  }

  /** Names, groups and addresses stand in the token at some providers, at others they have to be asked for. */
  async #told(config: oidc.Configuration, token: string, subject: string): Promise<Record<string, unknown>> {
    if (!config.serverMetadata().userinfo_endpoint) return {};
    return oidc.fetchUserInfo(config, token, subject);
  }

  /** What it last said of itself does, where it cannot be asked again. */
  async #config(): Promise<oidc.Configuration> {
    if (this.#known && Date.now() - this.#known.at < KNOWN_MS) return this.#known.config;
    try {
      return await this.#ask();
    } catch (error) {
      if (this.#known) return this.#known.config;
      throw error;
    }
  }

  /** @throws DomainError `not_ready` where it is away; many who ask at once share one answer */
  #ask(): Promise<oidc.Configuration> {
    this.#asking ??= this.#discover().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #discover(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    const url = new URL(issuer);
    const execute = url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
    try {
      const found = (
        await oidc.discovery(url, clientId, undefined, oidc.None(), { execute, timeout: PATIENCE_S })
      ).serverMetadata();
      const config = new oidc.Configuration(found, clientId, undefined, proofOf(clientSecret, found));
      config.timeout = PATIENCE_S;
      for (const allow of execute) allow(config);
      this.#known = { config, at: Date.now() };
      return config;
    } catch (error) {
      throw away(error);
    }
  }
}

function proofOf(
  secret: string | null,
  { token_endpoint_auth_methods_supported: ways }: oidc.ServerMetadata,
): oidc.ClientAuth {
  if (secret === null) return oidc.None();
  return ways?.includes('client_secret_post') ? oidc.ClientSecretPost(secret) : oidc.ClientSecretBasic(secret);
}

/** Nothing came, or nothing that an answer is: not a refusal. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof oidc.ResponseBodyError) return error.status >= 500;
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return true;
  const { code } = error as { code?: unknown };
  return code === 'OAUTH_TIMEOUT' || (error instanceof TypeError && error.message === 'fetch failed');
}

const away = (cause: unknown): DomainError =>
  new DomainError('not_ready', because('oidc_away'), { cause, transient: true });
