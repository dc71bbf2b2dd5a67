import type { OpenAPIHono } from '@hono/zod-openapi';
import * as contract from '../contract/markers.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { known } from '../known-id.js';

/** Places and stretches of a sound with what was noted there. */
export function markerRoutes(app: OpenAPIHono<AppEnv>, { markers }: AppDeps): void {
  app.openapi(contract.listMarkers, async (c) =>
    c.json({ items: await markers.list(c.get('actor'), known(c.req.valid('param').id)) }, 200),
  );

  app.openapi(contract.addMarker, async (c) => {
    const [marker] = await markers.add(c.get('actor'), known(c.req.valid('param').id), [c.req.valid('json')]);
    return c.json(marker!, 201);
  });

  app.openapi(contract.changeMarker, async (c) => {
    const { id, markerId } = c.req.valid('param');
    return c.json(await markers.change(c.get('actor'), known(id), markerId, c.req.valid('json')), 200);
  });

  app.openapi(contract.deleteMarker, async (c) => {
    const { id, markerId } = c.req.valid('param');
    await markers.delete(c.get('actor'), known(id), markerId);
    return c.body(null, 204);
  });
}
