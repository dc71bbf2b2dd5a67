import type { OpenAPIHono } from '@hono/zod-openapi';
import { albumIdOf, albumKeyOf } from '../../domain/library/albums.js';
import type { CoverSize } from '../../domain/library/covers.ports.js';
import * as contract from '../contract/catalogue.js';
import type { AppDeps, AppEnv } from '../deps.js';

/** Nothing that has an id ever becomes another picture. */
const FOR_GOOD = 'private, max-age=31536000, immutable';

/** The library by artist and album, and their covers. */
export function catalogueRoutes(app: OpenAPIHono<AppEnv>, { catalogue, covers }: AppDeps): void {
  app.openapi(contract.listArtists, async (c) => {
    const { q: text, ...rest } = c.req.valid('query');
    return c.json(await catalogue.artists(c.get('actor'), { ...rest, text }), 200);
  });

  app.openapi(contract.listAlbums, async (c) => {
    const { q: text, id, ...rest } = c.req.valid('query');
    const key = id === undefined ? undefined : albumKeyOf(id);
    const { items, total } = await catalogue.albums(c.get('actor'), { ...rest, text, key });
    return c.json({ items: items.map(({ key: of, ...album }) => ({ id: albumIdOf(of), ...album })), total }, 200);
  });

  app.openapi(contract.getCover, async (c) => {
    const { id } = c.req.valid('param');
    const size = Number(c.req.valid('query').size) as CoverSize;
    // Looked up first: whoever may not see it is not told that their copy is right.
    const picture = await covers.get(c.get('actor'), id, size);
    const headers = { etag: `"${id}-${size}"`, 'cache-control': FOR_GOOD };
    if (c.req.header('if-none-match') === headers.etag) return c.body(null, 304, headers);
    return c.body(new Uint8Array(picture), 200, { ...headers, 'content-type': 'image/jpeg' });
  });
}
