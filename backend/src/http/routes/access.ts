import type { OpenAPIHono } from '@hono/zod-openapi';
import * as contract from '../contract/access.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { known } from '../known-id.js';

/** Whose things are, and who sees them. */
export function accessRoutes(app: OpenAPIHono<AppEnv>, { access }: AppDeps): void {
  app.openapi(contract.listPeople, async (c) => c.json({ items: await access.people(c.get('actor')) }, 200));

  app.openapi(contract.changeSoundAccess, async (c) => {
    const { ids, ...to } = c.req.valid('json');
    return c.json(await access.changeSounds(c.get('actor'), ids, to), 200);
  });

  app.openapi(contract.soundAccess, async (c) =>
    c.json(await access.of(c.get('actor'), 'sound', known(c.req.valid('param').id)), 200),
  );

  app.openapi(contract.collectionAccess, async (c) =>
    c.json(await access.of(c.get('actor'), 'collection', c.req.valid('param').id), 200),
  );

  app.openapi(contract.changeCollectionAccess, async (c) =>
    c.json(await access.changeCollection(c.get('actor'), c.req.valid('param').id, c.req.valid('json')), 200),
  );

  app.openapi(contract.listFolderRules, async (c) => {
    const items = (await access.rules(c.get('actor'))).map(({ folder, visibility, people }) => ({
      folder,
      visibility,
      people: [...people],
    }));
    return c.json({ items }, 200);
  });

  app.openapi(contract.setFolderRule, async (c) => {
    const { folder, ...to } = c.req.valid('json');
    return c.json(await access.setRule(c.get('actor'), folder, to), 200);
  });

  app.openapi(contract.deleteFolderRule, async (c) => {
    await access.deleteRule(c.get('actor'), c.req.valid('query').folder);
    return c.body(null, 204);
  });
}
