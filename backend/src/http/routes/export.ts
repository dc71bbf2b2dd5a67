import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Actor } from '../../domain/accounts/actor.js';
import { inTimeZone } from '../../domain/library/days.js';
import { withTyped } from '../../domain/search/query.reader.js';
import { exportCollection } from '../contract/collections.js';
import * as contract from '../contract/search.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { toArchive } from '../export/archive.js';
import { toCsv } from '../export/csv.js';
import { toPlaylist } from '../export/playlist.js';
import type { ExportRow } from '../export/rows.js';
import { parseJson } from '../json.js';
import { formOnly } from '../middleware/bodies.js';
import { contentDisposition } from '../media/disposition.js';
import { toWeb } from '../media/serve.js';
import { toSound } from '../present.js';
import { InvalidInput } from '../problem.js';
import { exportRequestSchema } from '../schemas/search.js';

/** Results, a selection or a collection as a file to keep. */
export function exportRoutes(app: OpenAPIHono<AppEnv>, deps: AppDeps): void {
  app.openapi(contract.exportSearch, async (c) => {
    const request = c.req.valid('json');
    return save(c, await rowsFor(c.get('actor'), request, deps), request.format, 'sounds', deps);
  });

  app.openapi(contract.exportSelection, async (c) => {
    const { format, soundIds } = c.req.valid('query');
    return save(c, await rowsFor(c.get('actor'), { format, soundIds }, deps), format, 'sounds', deps);
  });

  app.use(contract.exportForm.path, formOnly());
  app.openapi(contract.exportForm, async (c) => {
    const request = parseRequest(c.req.valid('form').request);
    return save(c, await rowsFor(c.get('actor'), request, deps), request.format, 'sounds', deps);
  });

  app.openapi(exportCollection, async (c) => {
    const collection = await deps.collections.get(c.get('actor'), c.req.valid('param').id);
    const rows = (await deps.collections.allSounds(c.get('actor'), collection.id)).map((sound) => ({ sound }));
    return save(c, rows, c.req.valid('query').format, collection.name, deps);
  });
}

type ExportRequest = z.output<typeof exportRequestSchema>;

/** @throws HttpProblem 400; InvalidInput */
function parseRequest(text: string): ExportRequest {
  const parsed = exportRequestSchema.safeParse(parseJson(text, 'The field "request"'));
  if (!parsed.success) throw new InvalidInput(parsed.error.issues);
  return parsed.data;
}

async function rowsFor(
  actor: Actor,
  { soundIds, query }: ExportRequest,
  { library, search }: AppDeps,
): Promise<ExportRow[]> {
  if (!query) return (await library.several(actor, [...new Set(soundIds)])).map((sound) => ({ sound }));
  const { q, filters, copies, tz, ...term } = query;
  const given = {
    ...term,
    showCopies: copies === 'show',
    filters: filters ?? {},
    clips: [],
    offset: 0,
    recorded: false,
  };
  const request = q === undefined ? given : withTyped(given, q, await search.read(actor, q, tz));
  const { results } = await search.search(actor, { ...request, filters: inTimeZone(request.filters, tz) });
  return results.map(({ sound, ...hit }) => ({ sound, hit }));
}

async function save(
  c: Context<AppEnv>,
  rows: ExportRow[],
  format: ExportRequest['format'],
  name: string,
  { library }: AppDeps,
): Promise<Response> {
  const answer = (body: string | ReadableStream, type: string): Response =>
    c.body(body, 200, {
      'content-type': type,
      'content-disposition': contentDisposition(
        'attachment',
        `${name}-${new Date().toISOString().slice(0, 10)}.${format}`,
      ),
    });
  switch (format) {
    case 'csv':
      return answer(toCsv(rows), 'text/csv; charset=utf-8');
    case 'json':
      return answer(toJson(rows), 'application/json');
    case 'm3u8':
      return answer(
        toPlaylist(
          rows.map(({ sound }) => sound),
          streamAddress(c),
        ),
        'application/vnd.apple.mpegurl',
      );
    case 'zip':
      return answer(toWeb(await toArchive(c.get('actor'), rows, library)), 'application/zip');
  }
}

/** Where a player finds a sound: the address that this request came to. */
function streamAddress(c: Context<AppEnv>): (sound: { id: string }) => string {
  const { host, protocol } = new URL(c.req.url);
  // A proxy that ends TLS says so; players need the address that works from outside.
  const scheme = c.req.header('x-forwarded-proto') === 'https' ? 'https:' : protocol;
  return ({ id }) => `${scheme}//${host}/api/v1/audio/files/${id}/stream`;
}

function toJson(rows: readonly ExportRow[]): string {
  return JSON.stringify(
    {
      items: rows.map(({ sound, hit }) => ({
        ...toSound(sound),
        ...(hit ? { match: { ...hit, reasons: hit.reasons.map(({ message }) => message) } } : {}),
      })),
    },
    null,
    2,
  );
}
