import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { ACCESS_S, DEVICE_S, SESSION_S } from '../domain/accounts/sign-in.service.js';
import type { AppEnv } from './deps.js';

const ACCESS = 'traum_access';
const REFRESH = 'traum_refresh';
const DEVICE = 'traum_device';
/** The one cookie that pages read: another with each refresh, and good for nothing else. */
const TURN = 'traum_turn';
const LINK = 'traum_link';
/** Sent only where it is used, not with every request. */
const AUTH_PATH = '/api/v1/auth';
const OIDC_PATH = '/api/v1/auth/oidc';
const TICKET = 'traum_oidc';
const ID_TOKEN = 'traum_id';
/** Browsers keep no larger cookies; without it people are asked once more whether they want to sign out. */
const LARGEST = 3500;

interface Tokens {
  accessToken: string;
  refreshToken: string;
  deviceToken?: string;
}

/** Leaves the tokens with the browser, out of reach of scripts and of other sites. */
export function setCookies(c: Context<AppEnv>, { accessToken, refreshToken, deviceToken }: Tokens): void {
  set(c, ACCESS, accessToken, '/', ACCESS_S);
  set(c, REFRESH, refreshToken, AUTH_PATH, SESSION_S);
  set(c, TURN, randomUUID().slice(0, 8), '/', SESSION_S, { httpOnly: false });
  if (deviceToken !== undefined) set(c, DEVICE, deviceToken, AUTH_PATH, DEVICE_S);
}

/** The browser stays known as one in which somebody signs in. */
export function clearCookies(c: Context<AppEnv>): void {
  set(c, ACCESS, '', '/', 0);
  set(c, REFRESH, '', AUTH_PATH, 0);
  set(c, TURN, '', '/', 0, { httpOnly: false });
}

export const accessOf = (c: Context<AppEnv>): string | null => getCookie(c, ACCESS) || null;
export const refreshOf = (c: Context<AppEnv>): string | null => getCookie(c, REFRESH) || null;
export const deviceOf = (c: Context<AppEnv>): string | null => getCookie(c, DEVICE) || null;

/** Good for what one link shares, and sent nowhere else. */
export function setLinkPass(c: Context<AppEnv>, linkId: string, pass: string, lastsS: number): void {
  set(c, LINK, pass, `/api/v1/shared/${linkId}`, lastsS);
}

export const linkPassOf = (c: Context<AppEnv>): string | null => getCookie(c, LINK) || null;

/** Of a sign-in that is under way elsewhere. It comes along when the provider sends the browser back, which is another site. */
export function setTicket(c: Context<AppEnv>, ticket: string, lastsS: number): void {
  set(c, TICKET, ticket, OIDC_PATH, lastsS, { sameSite: 'Lax' });
}

export const clearTicket = (c: Context<AppEnv>): void => set(c, TICKET, '', OIDC_PATH, 0, { sameSite: 'Lax' });
export const ticketOf = (c: Context<AppEnv>): string | null => getCookie(c, TICKET) || null;

/** For signing out at the provider. */
export function setIdToken(c: Context<AppEnv>, token: string): void {
  if (token.length <= LARGEST) set(c, ID_TOKEN, token, OIDC_PATH, SESSION_S);
}

export const clearIdToken = (c: Context<AppEnv>): void => set(c, ID_TOKEN, '', OIDC_PATH, 0);
export const idTokenOf = (c: Context<AppEnv>): string | null => getCookie(c, ID_TOKEN) || null;

function set(
  c: Context<AppEnv>,
  name: string,
  value: string,
  path: string,
  maxAge: number,
  { httpOnly = true, sameSite = 'Strict' }: { httpOnly?: boolean; sameSite?: 'Strict' | 'Lax' } = {},
): void {
  const secure = c.req.header('x-forwarded-proto') === 'https' || c.req.url.startsWith('https:');
  setCookie(c, name, value, { httpOnly, sameSite, secure, path, maxAge });
}
