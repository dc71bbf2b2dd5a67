import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Actor } from '../../domain/accounts/actor.js';
import * as contract from '../contract/models.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { toActivity, toModel, toSwitch } from '../present-models.js';

/** Models: list, install, use, remove, and the change from one to another. */
export function modelRoutes(app: OpenAPIHono<AppEnv>, { models, switching }: AppDeps): void {
  const activity = async (actor: Actor) => toActivity(await models.activity(actor));

  app.openapi(contract.listModels, async (c) => {
    const items = (await models.list(c.get('actor'))).map(toModel);
    return c.json({ items, switch: toSwitch((await models.activity(c.get('actor'))).switch) }, 200);
  });

  app.openapi(contract.installModel, async (c) => {
    await models.startInstall(c.get('actor'), c.req.valid('param').id);
    return c.json(await activity(c.get('actor')), 202);
  });

  app.openapi(contract.cancelInstall, async (c) => {
    await models.cancelInstall(c.get('actor'), c.req.valid('param').id);
    return c.json(await activity(c.get('actor')), 200);
  });

  app.openapi(contract.useModel, async (c) => {
    await models.use(c.get('actor'), c.req.valid('param').id);
    return c.json(await activity(c.get('actor')), 202);
  });

  app.openapi(contract.removeModel, async (c) => {
    await models.remove(c.get('actor'), c.req.valid('param').id);
    return c.body(null, 204);
  });

  app.openapi(contract.pauseSwitch, async (c) => {
    await switching.pause(c.get('actor'));
    return c.json(await activity(c.get('actor')), 200);
  });

  app.openapi(contract.resumeSwitch, async (c) => {
    await switching.resume(c.get('actor'));
    return c.json(await activity(c.get('actor')), 200);
  });

  app.openapi(contract.cancelSwitch, async (c) => {
    await switching.cancel(c.get('actor'));
    return c.json(await activity(c.get('actor')), 200);
  });
}
