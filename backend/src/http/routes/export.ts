import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { parse } from '../../domain/search/query-language.js';
import { withTyped } from '../../domain/search/typed-query.js';
import * as contract from '../contract/search.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { toArchive } from '../export/archive.js';
import { toCsv } from '../export/csv.js';
import { toPlaylist } from '../export/playlist.js';
import type { ExportRow } from '../export/rows.js';
import { contentDisposition } from '../media/disposition.js';
import { toWeb } from '../media/serve.js';
import { toSound } from '../present.js';
import type { exportRequestSchema } from '../schemas/search.js';

/** Results or a selection as a file to keep. */
export function exportRoutes(app: OpenAPIHono<AppEnv>, deps: AppDeps): void {
  app.openapi(contract.exportSearch, async (c) => {
    const request = c.req.valid('json');
    const rows = await rowsFor(request, deps);
    switch (request.format) {
      case 'csv':
        return save(c, toCsv(rows), 'csv', 'text/csv; charset=utf-8');
      case 'json':
        return save(c, toJson(rows), 'json', 'application/json');
      case 'm3u8': {
        const { host, protocol } = new URL(c.req.url);
        // A proxy that ends TLS says so; players need the address that works from outside.
        const scheme = c.req.header('x-forwarded-proto') === 'https' ? 'https:' : protocol;
        const locate = ({ id }: { id: string }): string => `${scheme}//${host}/api/v1/audio/files/${id}/stream`;
        const sounds = rows.map(({ sound }) => sound);
        return save(c, toPlaylist(sounds, locate), 'm3u8', 'application/vnd.apple.mpegurl');
      }
      case 'zip':
        return save(c, toWeb(toArchive(rows, deps.library)), 'zip', 'application/zip');
    }
  });
}

async function rowsFor(
  { soundIds, query }: z.output<typeof exportRequestSchema>,
  { library, search }: AppDeps,
): Promise<ExportRow[]> {
  if (!query) return [...new Set(soundIds)].map((id) => ({ sound: library.get(id) }));
  const { q, filters, ...wish } = query;
  const given = { ...wish, filters: filters ?? {}, clips: [], offset: 0 };
  const { results } = await search.search(q === undefined ? given : withTyped(given, q, parse(q)));
  return results.map(({ sound, ...hit }) => ({ sound, hit }));
}

function toJson(rows: readonly ExportRow[]): string {
  return JSON.stringify(
    { items: rows.map(({ sound, hit }) => ({ ...toSound(sound), ...(hit ? { match: hit } : {}) })) },
    null,
    2,
  );
}

const save = (c: Context<AppEnv>, body: string | ReadableStream, ending: string, type: string): Response =>
  c.body(body, 200, {
    'content-type': type,
    'content-disposition': contentDisposition(
      'attachment',
      `sounds-${new Date().toISOString().slice(0, 10)}.${ending}`,
    ),
  });
