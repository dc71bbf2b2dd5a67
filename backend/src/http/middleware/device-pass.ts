import { createHmac, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

const COOKIE = 'traum-device';
const LASTS_S = 180 * 24 * 3600;
const ID_BYTES = 16;
/** Slow on purpose: whoever has a pass must not learn the password from it. About 64 MB for a tenth of a second, once. */
const COST = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };

/**
 * What a browser gets that knew the password: not a key, only the right to be asked for it while strangers at the same address
 * are shut out. Every process that knows the password knows the passes; a new password ends them.
 */
export class DevicePasses {
  readonly #secret: Buffer;

  constructor(password: string) {
    this.#secret = scryptSync(password, 'traum-engine device pass', 32, COST);
  }

  /** Which device asks; null for one that never knew the password. */
  of(c: Context): string | null {
    const [id = '', signature = ''] = (getCookie(c, COOKIE) ?? '').split('.');
    if (Buffer.from(id, 'base64url').length !== ID_BYTES) return null;
    const given = Buffer.from(signature, 'base64url');
    const right = this.#sign(id);
    return given.length === right.length && timingSafeEqual(given, right) ? id : null;
  }

  give(c: Context): void {
    const id = randomBytes(ID_BYTES).toString('base64url');
    setCookie(c, COOKIE, `${id}.${this.#sign(id).toString('base64url')}`, {
      path: '/',
      httpOnly: true,
      sameSite: 'Lax',
      secure: c.req.header('x-forwarded-proto') === 'https',
      maxAge: LASTS_S,
    });
  }

  #sign(id: string): Buffer {
    return createHmac('sha256', this.#secret).update(id).digest();
  }
}
