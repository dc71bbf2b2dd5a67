import type { OpenAPIHono } from '@hono/zod-openapi';
import * as contract from '../contract/personal.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { toSound } from '../present.js';

/** What people keep for themselves: favourites, stars, saved searches; and what was played. */
export function personalRoutes(app: OpenAPIHono<AppEnv>, { ratings, savedSearches, usage, origins }: AppDeps): void {
  app.openapi(contract.listRatings, async (c) => c.json({ items: await ratings.all(c.get('actor')) }, 200));

  app.openapi(contract.rateSounds, async (c) => {
    const { soundIds, ...change } = c.req.valid('json');
    return c.json(await ratings.change(c.get('actor'), soundIds, change), 200);
  });

  app.openapi(contract.listSavedSearches, async (c) =>
    c.json({ items: await savedSearches.list(c.get('actor'), c.req.valid('query').tz) }, 200),
  );

  app.openapi(contract.saveSearch, async (c) =>
    c.json(await savedSearches.save(c.get('actor'), c.req.valid('json')), 201),
  );

  app.openapi(contract.renameSavedSearch, async (c) =>
    c.json(await savedSearches.rename(c.get('actor'), c.req.valid('param').id, c.req.valid('json').name), 200),
  );

  app.openapi(contract.seeSavedSearch, async (c) =>
    c.json(await savedSearches.seen(c.get('actor'), c.req.valid('param').id), 200),
  );

  app.openapi(contract.deleteSavedSearch, async (c) => {
    await savedSearches.delete(c.get('actor'), c.req.valid('param').id);
    return c.body(null, 204);
  });

  app.openapi(contract.listOrigins, async (c) =>
    c.json({ items: await origins.folders(c.get('actor'), c.req.valid('query').under) }, 200),
  );

  app.openapi(contract.recentlyPlayed, async (c) => {
    const items = await usage.recentlyPlayed(c.get('actor'), c.req.valid('query').limit);
    return c.json({ items: items.map(({ sound, lastAt }) => ({ sound: toSound(sound), lastAt })) }, 200);
  });
}
