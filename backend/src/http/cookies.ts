import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { ACCESS_S, DEVICE_S, SESSION_S } from '../domain/accounts/sign-in.service.js';
import type { AppEnv } from './deps.js';

const ACCESS = 'traum_access';
const REFRESH = 'traum_refresh';
const DEVICE = 'traum_device';
const LINK = 'traum_link';
/** Sent only where it is used, not with every request. */
const AUTH_PATH = '/api/v1/auth';

interface Tokens {
  accessToken: string;
  refreshToken: string;
  deviceToken?: string;
}

/** Leaves the tokens with the browser, out of reach of scripts and of other sites. */
export function setCookies(c: Context<AppEnv>, { accessToken, refreshToken, deviceToken }: Tokens): void {
  set(c, ACCESS, accessToken, '/', ACCESS_S);
  set(c, REFRESH, refreshToken, AUTH_PATH, SESSION_S);
  if (deviceToken !== undefined) set(c, DEVICE, deviceToken, AUTH_PATH, DEVICE_S);
}

/** The browser stays known as one in which somebody signs in. */
export function clearCookies(c: Context<AppEnv>): void {
  set(c, ACCESS, '', '/', 0);
  set(c, REFRESH, '', AUTH_PATH, 0);
}

export const accessOf = (c: Context<AppEnv>): string | null => getCookie(c, ACCESS) || null;
export const refreshOf = (c: Context<AppEnv>): string | null => getCookie(c, REFRESH) || null;
export const deviceOf = (c: Context<AppEnv>): string | null => getCookie(c, DEVICE) || null;

/** Good for what one link shares, and sent nowhere else. */
export function setLinkPass(c: Context<AppEnv>, linkId: string, pass: string, lastsS: number): void {
  set(c, LINK, pass, `/api/v1/shared/${linkId}`, lastsS);
}

export const linkPassOf = (c: Context<AppEnv>): string | null => getCookie(c, LINK) || null;

function set(c: Context<AppEnv>, name: string, value: string, path: string, maxAge: number): void {
  const secure = c.req.header('x-forwarded-proto') === 'https' || c.req.url.startsWith('https:');
  setCookie(c, name, value, { httpOnly: true, sameSite: 'Strict', secure, path, maxAge });
}
