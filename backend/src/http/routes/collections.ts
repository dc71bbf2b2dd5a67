import type { OpenAPIHono } from '@hono/zod-openapi';
import * as contract from '../contract/collections.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { toSound } from '../present.js';

/** Lists of sounds that people put together. */
export function collectionRoutes(app: OpenAPIHono<AppEnv>, { collections, collectionBin }: AppDeps): void {
  app.openapi(contract.listCollections, async (c) => {
    const { q, ...request } = c.req.valid('query');
    return c.json(await collections.list(c.get('actor'), { ...request, text: q }), 200);
  });

  app.openapi(contract.createCollection, async (c) => {
    const { name, description, visibility } = c.req.valid('json');
    return c.json(await collections.create(c.get('actor'), name, description || null, visibility), 201);
  });

  app.openapi(contract.getCollection, async (c) =>
    c.json(await collections.get(c.get('actor'), c.req.valid('param').id), 200),
  );

  app.openapi(contract.updateCollection, async (c) => {
    const { name, description } = c.req.valid('json');
    const patch = { name, description: description === '' ? null : description };
    return c.json(await collections.update(c.get('actor'), c.req.valid('param').id, patch), 200);
  });

  app.openapi(contract.deleteCollection, async (c) => {
    const permanent = c.req.valid('query').permanent === 'true';
    await collectionBin.delete(c.get('actor'), c.req.valid('param').id, { permanent });
    return c.body(null, 204);
  });

  app.openapi(contract.collectionSounds, async (c) => {
    const page = await collections.sounds(c.get('actor'), c.req.valid('param').id, c.req.valid('query'));
    return c.json({ ...page, items: page.items.map(toSound) }, 200);
  });

  app.openapi(contract.addToCollection, async (c) =>
    c.json(await collections.add(c.get('actor'), c.req.valid('param').id, c.req.valid('json').soundIds), 200),
  );

  app.openapi(contract.removeFromCollection, async (c) =>
    c.json(await collections.remove(c.get('actor'), c.req.valid('param').id, c.req.valid('json').soundIds), 200),
  );

  app.openapi(contract.moveInCollection, async (c) => {
    const { soundIds, before } = c.req.valid('json');
    await collections.move(c.get('actor'), c.req.valid('param').id, soundIds, before);
    return c.body(null, 204);
  });
}
