import type { OpenAPIHono } from '@hono/zod-openapi';
import * as contract from '../contract/work.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { toWork } from '../present-work.js';

/** All long work in one list. */
export function workRoutes(app: OpenAPIHono<AppEnv>, { work }: AppDeps): void {
  app.openapi(contract.listWork, async (c) => {
    const { kind, state, sound, limit, cursor } = c.req.valid('query');
    const filter = { kinds: kind, states: state, soundId: sound };
    const { items, ...page } = await work.list(c.get('actor'), filter, { limit, cursor });
    return c.json({ ...page, items: items.map(toWork) }, 200);
  });

  app.openapi(contract.getWork, async (c) =>
    c.json(toWork(await work.get(c.get('actor'), c.req.valid('param').id)), 200),
  );

  app.openapi(contract.cancelWork, async (c) =>
    c.json(toWork(await work.cancel(c.get('actor'), c.req.valid('param').id)), 200),
  );

  app.openapi(contract.retryWork, async (c) =>
    c.json(toWork(await work.retry(c.get('actor'), c.req.valid('param').id)), 202),
  );
}
