import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { MiddlewareHandler } from 'hono';
import type { Log } from '../../domain/log.js';
import { networkOf } from '../address.js';
import type { AppEnv } from '../deps.js';
import { HttpProblem } from '../problem.js';
import { because } from '../../domain/reasons.js';
import { DevicePasses } from './device-pass.js';

/** Wrong passwords that only cost time; the next ones shut the address out. */
const FREE_TRIES = 5;
const FIRST_DELAY_MS = 100;
const FIRST_BLOCK_MS = 30_000;
const LONGEST_BLOCK_MS = 15 * 60_000;
/** Tries are forgotten after this long without a wrong one. */
const REMEMBERED_MS = 15 * 60_000;
/** Addresses and devices remembered at a time; the longest quiet ones make room. */
const MAX_REMEMBERED = 10_000;

interface Tries {
  wrong: number;
  blockedUntil: number;
  lastAt: number;
  /** Digest of the last wrong credentials: the same ones again, as a page sends them, tell a guesser nothing new. */
  last: Buffer;
}

/**
 * Asks for the password. Each wrong one is answered more slowly, and after a few of them nothing is looked at from that
 * address for a time that doubles; then one more is. Right ones do not wipe the count: behind one address may be a guesser and
 * the owner. So devices that have known the password before are counted each by itself, and no guesser shuts them out.
 * @param auth `user:password`
 * @param isOpen paths that need none
 */
export function passwordCheck(
  auth: string,
  isOpen: (path: string) => boolean,
  logger: Log,
  now: () => number = () => performance.now(),
): MiddlewareHandler<AppEnv> {
  const right = digest(auth);
  const tries = new Map<string, Tries>();
  const passes = new DevicePasses(auth);

  const fail = (client: string, given: Buffer): Tries => {
    const before = tries.get(client);
    const known = before && now() - before.lastAt < REMEMBERED_MS ? before : null;
    if (known?.last.equals(given)) return known;
    const wrong = (known?.wrong ?? 0) + 1;
    const over = wrong - FREE_TRIES;
    const blockMs = over < 0 ? 0 : Math.min(LONGEST_BLOCK_MS, FIRST_BLOCK_MS * 2 ** Math.min(over, 10));
    const entry = { wrong, blockedUntil: now() + blockMs, lastAt: now() + blockMs, last: given };
    // Set anew, so that the order of the map is that of the last tries.
    tries.delete(client);
    tries.set(client, entry);
    if (tries.size > MAX_REMEMBERED) tries.delete(tries.keys().next().value ?? '');
    if (blockMs > 0) logger.warn({ client, wrong, blockedS: blockMs / 1000 }, 'too many wrong passwords');
    return entry;
  };

  return async (c, next) => {
    if (isOpen(c.req.path)) return next();
    const device = passes.of(c);
    const client = device === null ? networkOf(c.get('client')) : `device ${device}`;
    const waitMs = (tries.get(client)?.blockedUntil ?? 0) - now();
    if (waitMs > 0) throw tooManyTries(waitMs);
    const given = credentialsOf(c.req.header('authorization'));
    if (given === null) throw unauthorized();
    const givenDigest = digest(given);
    if (timingSafeEqual(givenDigest, right)) {
      await next();
      if (device === null) passes.give(c);
      return;
    }
    const { wrong, blockedUntil } = fail(client, givenDigest);
    // Counted before the pause: tries that come side by side gain nothing.
    if (blockedUntil > now()) throw tooManyTries(blockedUntil - now());
    await pause(FIRST_DELAY_MS * 2 ** (wrong - 1));
    throw unauthorized();
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** `user:password` of Basic authentication; null when there is none. */
function credentialsOf(header: string | undefined): string | null {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? '') ?? [];
  return encoded === undefined ? null : Buffer.from(encoded, 'base64').toString('utf8');
}

const unauthorized = (): HttpProblem =>
  new HttpProblem('unauthorized', because('password_needed'), {
    headers: { 'www-authenticate': 'Basic realm="Traum-Engine", charset="UTF-8"' },
  });

const tooManyTries = (waitMs: number): HttpProblem => {
  const seconds = Math.ceil(waitMs / 1000);
  return new HttpProblem('too_many_requests', because('too_many_passwords', { seconds }), {
    headers: { 'retry-after': String(seconds) },
  });
};
