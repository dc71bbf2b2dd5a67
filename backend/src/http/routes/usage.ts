import type { OpenAPIHono } from '@hono/zod-openapi';
import * as contract from '../contract/usage.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { toSound } from '../present.js';

/** What the installation is used for. */
export function usageRoutes(app: OpenAPIHono<AppEnv>, { usage }: AppDeps): void {
  app.openapi(contract.usage, async (c) => {
    const { topSounds, ...figures } = await usage.usage(c.get('actor'), c.req.valid('query'));
    return c.json({ ...figures, topSounds: topSounds.map((one) => ({ ...one, sound: toSound(one.sound) })) }, 200);
  });

  app.openapi(contract.forgetUsage, async (c) =>
    c.json(await usage.forget(c.get('actor'), c.req.valid('query').before), 200),
  );

  app.openapi(contract.countPlay, async (c) =>
    c.json({ counted: await usage.played(c.get('actor'), c.req.valid('param').id) }, 200),
  );
}
