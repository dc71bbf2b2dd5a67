import type { OpenAPIHono } from '@hono/zod-openapi';
import * as contract from '../contract/models.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { toActivity, toModel, toSwitch } from '../present-models.js';

/** Models: list, install, use, remove, and the change from one to another. */
export function modelRoutes(app: OpenAPIHono<AppEnv>, { models, switching }: AppDeps): void {
  const activity = async () => toActivity(await models.activity());

  app.openapi(contract.listModels, async (c) => {
    const items = (await models.list()).map(toModel);
    return c.json({ items, switch: toSwitch((await models.activity()).switch) }, 200);
  });

  app.openapi(contract.installModel, async (c) => {
    await models.startInstall(c.req.valid('param').id);
    return c.json(await activity(), 202);
  });

  app.openapi(contract.cancelInstall, async (c) => {
    await models.cancelInstall(c.req.valid('param').id);
    return c.json(await activity(), 200);
  });

  app.openapi(contract.useModel, async (c) => {
    await models.use(c.req.valid('param').id);
    return c.json(await activity(), 202);
  });

  app.openapi(contract.removeModel, async (c) => {
    await models.remove(c.req.valid('param').id);
    return c.body(null, 204);
  });

  app.openapi(contract.pauseSwitch, async (c) => {
    await switching.pause();
    return c.json(await activity(), 200);
  });

  app.openapi(contract.resumeSwitch, async (c) => {
    await switching.resume();
    return c.json(await activity(), 200);
  });

  app.openapi(contract.cancelSwitch, async (c) => {
    await switching.cancel();
    return c.json(await activity(), 200);
  });
}
