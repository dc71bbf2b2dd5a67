import { createRoute, type RouteConfig } from '@hono/zod-openapi';
import type { Right } from '../../domain/accounts/actor.js';

/** `none`: whoever may come in at all. */
export type RouteRight = Right | 'none';

/** The member of an operation in openapi.json that says which right it needs. */
export const RIGHT = 'x-right';

/** A route of the API with the right that it needs; `middleware/rights.ts` sees to it. */
export const route = <Path extends string, Config extends Omit<RouteConfig, 'path'> & { path: Path }>(
  right: RouteRight,
  config: Config,
) => createRoute<Path, Config & { [RIGHT]: RouteRight }>({ ...config, [RIGHT]: right });
