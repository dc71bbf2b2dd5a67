import type { Context, MiddlewareHandler } from 'hono';
import { demand, LOCAL, type Actor } from '../../domain/accounts/actor.js';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';
import { RIGHT } from '../contract/route.js';
import { accessOf } from '../cookies.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { askedOf } from './asked.js';
import { callerOf } from './client.js';

/**
 * Finds out who asks. Where there are no accounts, whoever came this far is the person at this machine; otherwise whoever has a
 * token or a key. A bad one is told of where somebody is needed.
 */
export function identify({ actorOf, accounts, config }: AppDeps): MiddlewareHandler<AppEnv> {
  /** What was sent on purpose counts before what the proxy says, and that before what the browser sends along. */
  const wayOf = (c: Context<AppEnv>): (() => Promise<Actor>) | null => {
    const sent = sentOf(c);
    const named =
      sent === null && config.proxyHeader && c.get('throughProxy') ? c.req.header(config.proxyHeader.name) : '';
    if (named && config.proxyHeader) {
      const { role } = config.proxyHeader;
      return async () => accounts.vouched.byProxy(nameIn(named), role);
    }
    const token = sent ?? accessOf(c);
    return token === null ? null : () => accounts.signIn.identify(token, callerOf(c));
  };
  return async (c, next) => {
    if (actorOf) c.set('actor', actorOf(c.req.raw));
    else if (!config.accounts) c.set('actor', LOCAL);
    else {
      const find = wayOf(c);
      try {
        if (find) {
          const actor = await find();
          c.set('actor', actor);
          // Who may other things now begins anew, with what that lets them hear.
          c.set('isOver', () => find().then((now) => nameOfRights(now) !== nameOfRights(actor), isUnauthorized));
        }
      } catch (error) {
        if (!isUnauthorized(error)) throw error;
        c.set('refusal', error);
      }
    }
    await next();
  };
}

const nameOfRights = ({ ownerId, rights }: Actor): string => [ownerId, ...[...rights].sort()].join(' ');

const isUnauthorized = (error: unknown): error is DomainError =>
  error instanceof DomainError && error.code === 'unauthorized';

/** @throws DomainError `unauthorized` for what no proxy sends that sends one name */
function nameIn(header: string): string {
  const name = header.trim();
  // eslint-disable-next-line no-control-regex -- in a name none is meant
  if (name.length <= 200 && !/[,\u0000-\u001f\u007f]/.test(name)) return name;
  throw new DomainError('unauthorized', because('proxy_name_odd'));
}

/** A token or a key. */
function sentOf(c: Context<AppEnv>): string | null {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? [];
  return bearer ?? c.req.header('x-api-key')?.trim() ?? null;
}

/**
 * Lets through whoever has the right that the route states. Services ask for theirs again: they are reached in other ways too.
 * @throws DomainError `unauthorized` where nobody knows who asks, `forbidden`
 */
export function rightsCheck(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const right = askedOf(c)?.[RIGHT] ?? 'none';
    if (right !== 'none') {
      const actor: AppEnv['Variables']['actor'] | undefined = c.get('actor');
      if (!actor) throw c.get('refusal') ?? new DomainError('unauthorized', because('sign_in_needed'));
      if (right !== 'self') demand(actor, right);
    }
    await next();
  };
}
