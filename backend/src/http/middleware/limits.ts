import { BlockList, isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { WINDOW_S } from '../../domain/limits/limits.js';
import { because } from '../../domain/reasons.js';
import { networkOf } from '../address.js';
import type { AppDeps, AppEnv, Quota } from '../deps.js';
import { HttpProblem } from '../problem.js';
import { askedOf } from './asked.js';

type Deps = Pick<AppDeps, 'limits' | 'config'>;

/** Asked for again and again by machines, and of no cost. */
const UNCOUNTED = /^\/api\/v1\/health(?:\/|$)/;
/** Pages are files; what is asked of the API is counted. */
const isCounted = ({ req }: Context<AppEnv>): boolean => req.path.startsWith('/api/') && !UNCOUNTED.test(req.path);

/**
 * By these somebody ends what is done in their name: they work however much that is. Nobody who is signed in is counted here; of
 * strangers they are counted apart, so that one of them who asks for much else keeps nobody at the same address from them.
 */
const WAYS_OUT: ReadonlySet<string> = new Set([
  'access',
  'me',
  'refresh',
  'logout',
  'changePassword',
  'listSessions',
  'endSession',
  'endOtherSessions',
  'listKeys',
  'revokeKey',
]);
const isWayOut = (c: Context<AppEnv>): boolean => WAYS_OUT.has(askedOf(c)?.operationId ?? '');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Refuses an address that asks too often, before it is looked who that is. Not this machine: its own people and programs are
 * there, and a proxy of which nobody was told (`TRUSTED_PROXIES`).
 */
export function addressLimit(deps: Deps): MiddlewareHandler<AppEnv> {
  const most = deps.config.limits.address;
  return async (c, next) => {
    if (isLimited(c, most) && !isWayOut(c)) take(c, deps, 'address', networkOf(c.get('client')), most);
    await next();
  };
}

/** Refuses an account that asks too often: with all of its keys together, or with one of them. */
export function actorLimits(deps: Deps): MiddlewareHandler<AppEnv> {
  const { address, user, key } = deps.config.limits;
  return async (c, next) => {
    const actor: AppEnv['Variables']['actor'] | undefined = c.get('actor');
    if (isWayOut(c) && actor?.kind !== 'key') {
      if (!actor && isLimited(c, address)) take(c, deps, 'address', `${networkOf(c.get('client'))} out`, address);
    } else if (actor && (actor.kind === 'user' || actor.kind === 'key') && isCounted(c)) {
      if (key > 0 && actor.kind === 'key') take(c, deps, 'key', actor.id, key);
      if (user > 0) take(c, deps, 'user', actor.ownerId, user);
    }
    await next();
  };
}

/** @throws HttpProblem `too_many_requests`, with the header fields of draft-ietf-httpapi-ratelimit-headers-10 */
function take(c: Context<AppEnv>, { limits }: Deps, name: Quota['name'], whose: string, most: number): void {
  const { over, ...rest } = limits.take(`${name}:${whose}`, most);
  const quotas = [...((c.get('quotas') as readonly Quota[] | undefined) ?? []), { name, most, ...rest }];
  c.set('quotas', quotas);
  c.header('ratelimit-policy', quotas.map((quota) => `"${quota.name}";q=${quota.most};w=${WINDOW_S}`).join(', '));
  c.header('ratelimit', quotas.map((quota) => `"${quota.name}";r=${quota.left};t=${quota.resetS}`).join(', '));
  if (!over) return;
  throw new HttpProblem('too_many_requests', because('asked_too_often', { most, waitS: rest.resetS }), {
    headers: { 'retry-after': String(rest.resetS) },
    extra: { 'violated-policies': [name] },
  });
}

const isLoopback = (address: string): boolean =>
  isIP(address) !== 0 && LOOPBACK.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

const isLimited = (c: Context<AppEnv>, most: number): boolean =>
  most > 0 && isCounted(c) && !isLoopback(c.get('client'));
