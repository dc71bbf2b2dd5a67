import type { OpenAPIHono } from '@hono/zod-openapi';
import * as contract from '../contract/folder-tags.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { toTagged } from '../present.js';

/** Rules: all in a folder gets tags. */
export function folderTagsRoutes(app: OpenAPIHono<AppEnv>, { folderTags }: Pick<AppDeps, 'folderTags'>): void {
  app.openapi(contract.listFolderTags, async (c) => {
    const rules = await folderTags.list(c.get('actor'));
    return c.json({ items: rules.map(({ folder, tags }) => ({ folder, tags: [...tags] })) }, 200);
  });

  app.openapi(contract.setFolderTags, async (c) => {
    const { folder, tags } = await folderTags.set(c.get('actor'), c.req.valid('json'));
    return c.json({ folder, tags: [...tags] }, 200);
  });

  app.openapi(contract.applyFolderTags, async (c) =>
    c.json(toTagged(await folderTags.apply(c.get('actor'), c.req.valid('json').folder)), 200),
  );

  app.openapi(contract.deleteFolderTags, async (c) => {
    await folderTags.delete(c.get('actor'), c.req.valid('query').folder);
    return c.body(null, 204);
  });
}
