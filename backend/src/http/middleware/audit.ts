import type { MiddlewareHandler } from 'hono';
import type { AuditService } from '../../domain/audit/audit.service.js';
import { RIGHT, type RouteRight } from '../contract/route.js';
import type { AppEnv } from '../deps.js';
import { ROUTES } from '../openapi.js';
import { actedOn } from './acted-on.js';
import { askedOf } from './asked.js';

/** What is read, and still worth a line: all of it leaves the house. */
const TAKEN_ALONG = new Set(['downloadBackup', 'exportLibrary', 'exportAudit']);
/** What a browser is led to, and opens a session. */
const SIGNS_IN = 'oidcCallback';
/** What reads, what concerns nobody else, and what a worker does every few seconds. */
const OF_NO_RECORD: readonly RouteRight[] = ['read', 'own', 'worker'];
/** Every half hour of everybody: nothing that anybody decides. */
const BY_ITSELF = new Set(['refresh', 'openShared']);

/**
 * Writes down who did what: every request that changes something, and signing in and out, also where it was not let happen. What
 * nobody is behind is left out: whoever knocks from outside must not fill the disk.
 */
export function auditTrail(audit: Pick<AuditService, 'note'>): MiddlewareHandler<AppEnv> {
  const audited = new Set<string>();
  for (const route of ROUTES) {
    const { method, operationId, [RIGHT]: right } = route;
    const changes = method !== 'get' && !OF_NO_RECORD.includes(right) && !BY_ITSELF.has(operationId);
    if (changes || TAKEN_ALONG.has(operationId) || operationId === SIGNS_IN) audited.add(operationId);
  }
  return async (c, next) => {
    await next();
    const what = askedOf(c)?.operationId;
    if (what === undefined || !audited.has(what)) return;
    const actor: AppEnv['Variables']['actor'] | undefined = c.get('actor');
    const account: string | undefined = c.get('account');
    const { status } = c.res;
    if (!actor && account === undefined) return;
    await audit.note({
      at: new Date().toISOString(),
      actorKind: actor?.kind ?? 'nobody',
      actorId: actor?.id ?? null,
      userId: actor?.ownerId ?? account ?? null,
      name: actor?.name ?? null,
      address: c.get('client'),
      what,
      ...(await actedOn(c)),
      status,
      requestId: c.get('requestId'),
    });
  };
}
