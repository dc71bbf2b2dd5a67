import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Sound } from '../../domain/library/library.types.js';
import type { MarkerFormat } from '../../domain/markers/marker-files.js';
import * as contract from '../contract/markers.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { cutOut } from '../export/cuts.js';
import { known } from '../known-id.js';
import { contentDisposition } from '../media/disposition.js';
import { toWeb } from '../media/serve.js';

/** How a file of each format ends, and what it is. */
const FILES: Readonly<Record<MarkerFormat, readonly [ending: string, type: string]>> = {
  csv: ['markers.csv', 'text/csv; charset=utf-8'],
  audacity: ['labels.txt', 'text/plain; charset=utf-8'],
  reaper: ['regions.csv', 'text/csv; charset=utf-8'],
  vtt: ['chapters.vtt', 'text/vtt; charset=utf-8'],
};

/** Places and stretches of a sound with what was noted there. */
export function markerRoutes(app: OpenAPIHono<AppEnv>, { markers, library, flac }: AppDeps): void {
  app.openapi(contract.listMarkers, async (c) =>
    c.json({ items: await markers.list(c.get('actor'), known(c.req.valid('param').id)) }, 200),
  );

  app.openapi(contract.addMarker, async (c) => {
    const [marker] = await markers.add(c.get('actor'), known(c.req.valid('param').id), [c.req.valid('json')]);
    return c.json(marker!, 201);
  });

  app.openapi(contract.exportMarkers, async (c) => {
    const [actor, id] = [c.get('actor'), known(c.req.valid('param').id)];
    const { format } = c.req.valid('query');
    const headers = ({ filename }: Sound, ending: string, type: string) => ({
      'content-type': type,
      'content-disposition': contentDisposition('attachment', `${filename} ${ending}`),
    });
    if (format === 'wav' || format === 'flac') {
      const { sound, stretches } = await markers.stretches(actor, id);
      // Whether it can be decoded at all is told before anything is sent.
      await library.wav(actor, id);
      const archive = cutOut(actor, sound, stretches, { library, ...(format === 'flac' ? { flac } : {}) });
      return c.body(toWeb(archive), 200, headers(sound, 'markers.zip', 'application/zip'));
    }
    const { sound, text } = await markers.write(actor, id, format);
    return c.body(text, 200, headers(sound, ...FILES[format]));
  });

  app.openapi(contract.importMarkers, async (c) => {
    const { text } = c.req.valid('json');
    return c.json(await markers.read(c.get('actor'), known(c.req.valid('param').id), text), 201);
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
