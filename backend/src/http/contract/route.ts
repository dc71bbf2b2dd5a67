import { createRoute, type RouteConfig } from '@hono/zod-openapi';
import type { Right } from '../../domain/accounts/actor.js';
import { problems } from '../schemas/common.js';

/** `none`: whoever may come in at all, without saying who they are. `self`: whoever says so, about themselves. */
export type RouteRight = Right | 'self' | 'none';

/** The member of an operation in openapi.json that says which right it needs. */
export const RIGHT = 'x-right';

/** Ways to say who one is. One is enough; none is needed where `AUTH` leaves the door open. */
export const SECURITY: Record<string, string[]>[] = [{ session: [] }, { token: [] }, { key: [] }, { password: [] }, {}];

/** The content of a body or an answer. */
export const json = <T>(schema: T) => ({ content: { 'application/json': { schema } } });

/** A route of the API with the right that it needs; `middleware/rights.ts` sees to it. */
export const route = <Path extends string, Config extends Omit<RouteConfig, 'path'> & { path: Path }>(
  right: RouteRight,
  config: Config,
) =>
  createRoute<Path, Config & { [RIGHT]: RouteRight }>({
    ...config,
    responses: {
      ...(right === 'none' ? OFTEN : REFUSALS),
      ...(config.request?.body ? OF_BODIES : {}),
      ...config.responses,
    },
    security: right === 'none' ? [] : SECURITY,
    [RIGHT]: right,
  });

const { 401: unknown, 403: lacking, 429: often } = problems(401, 403, 429);
const OFTEN = { 429: often! };
const REFUSALS = { 401: unknown!, 403: lacking!, ...OFTEN };
const { 400: broken, 413: large, 415: strange } = problems(400, 413, 415);
/** What becomes of a body that cannot be read, is too large, or of another type, before a route sees it. */
const OF_BODIES = { 400: broken!, 413: large!, 415: strange! };
