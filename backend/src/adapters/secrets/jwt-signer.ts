import { sign, verify } from 'hono/jwt';
import type { TokenSigner } from '../../domain/accounts/accounts.ports.js';

/** JSON Web Tokens with HMAC SHA-256. No other algorithm is read, whatever a token says of itself. */
export class JwtSigner implements TokenSigner {
  sign(claims: Readonly<Record<string, string>>, key: string, lastsS: number): Promise<string> {
    const nowS = Math.floor(Date.now() / 1000);
    return sign({ ...claims, iat: nowS, exp: nowS + lastsS }, key, 'HS256');
  }

  async read(token: string, key: string): Promise<Record<string, unknown> | null> {
    try {
      return await verify(token, key, 'HS256');
    } catch {
      return null;
    }
  }
}
