import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { notFound } from '../../domain/errors.js';
import type { Sound } from '../../domain/library/library.types.js';
import { versionOf } from '../../domain/library/meanwhile.js';
import { TILE_LENGTHS_S } from '../../domain/library/spectrogram.ports.js';
import * as contract from '../contract/files.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { serveFlac, serveSound } from '../media/serve.js';
import type { HttpMetrics } from '../metrics.js';
import { filtersOf, toAnswer, toJob, toSound, toTagged } from '../present.js';
import { known } from '../known-id.js';
import { MAX_BULK, type idsQuery } from '../schemas/sound.js';

/** The library: list, read, change, delete, play. */
export function filesRoutes(app: OpenAPIHono<AppEnv>, deps: AppDeps, metrics: HttpMetrics): void {
  const { library, bulk, bin, copies, search, uploads, spectrograms, flac, modelsOf } = deps;

  app.openapi(contract.listSounds, async (c) => {
    const { limit, cursor, offset, ...query } = c.req.valid('query');
    const page = await library.list(c.get('actor'), { ...listOf(query), limit, cursor, offset });
    return c.json({ ...page, items: page.items.map(toSound) }, 200);
  });

  // Before the routes with an id: these words are none.
  app.openapi(contract.listSoundIds, async (c) =>
    c.json(await library.ids(c.get('actor'), { ...listOf(c.req.valid('query')), limit: MAX_BULK }), 200),
  );

  app.openapi(contract.listPlaces, async (c) => {
    const { limit, ...query } = c.req.valid('query');
    return c.json(await library.places(c.get('actor'), { ...listOf(query), limit }), 200);
  });

  app.openapi(contract.deleteSounds, async (c) => {
    const { ids, permanent } = c.req.valid('json');
    return c.json(await bin.delete(c.get('actor'), ids, { permanent }), 200);
  });

  app.openapi(contract.tagSounds, async (c) => {
    const { ids, ...change } = c.req.valid('json');
    return c.json(toTagged(await bulk.changeTags(c.get('actor'), ids, change)), 200);
  });

  app.openapi(contract.editSounds, async (c) => {
    const { ids, patch, before } = c.req.valid('json');
    const { done, notFound, undo } = await bulk.changeFields(c.get('actor'), ids, patch, before);
    const back = undo.map(({ before: was, ...rest }) => ({ ...rest, before: { ...was, edited: [...was.edited] } }));
    return c.json(
      { changed: done.length, undo: back, failed: notFound.map((id) => ({ id, code: 'not_found' as const })) },
      200,
    );
  });

  app.openapi(contract.getSound, async (c) => {
    const sound = await library.get(c.get('actor'), known(c.req.valid('param').id));
    c.header('etag', etagOf(sound));
    return c.json(toSound(sound), 200);
  });

  app.openapi(contract.updateSound, async (c) => {
    const { tags, was, ...patch } = c.req.valid('json');
    const own = tags === undefined ? {} : { tags: [...new Set(tags)] };
    const versions = versionsIn(c.req.valid('header')['if-match']);
    const id = known(c.req.valid('param').id);
    const sound = await library.update(c.get('actor'), id, { ...patch, ...own }, { was, versions });
    c.header('etag', etagOf(sound));
    return c.json(toSound(sound), 200);
  });

  app.openapi(contract.deleteSound, async (c) => {
    const id = known(c.req.valid('param').id);
    const { deleted } = await bin.delete(c.get('actor'), [id], {
      permanent: c.req.valid('query').permanent === 'true',
    });
    if (deleted.length === 0) throw notFound('sound', id);
    return c.body(null, 204);
  });

  app.openapi(contract.streamSound, async (c) => {
    const id = known(c.req.valid('param').id);
    const { as } = c.req.valid('query');
    const actor = c.get('actor');
    const file = await (as === 'original' ? library.file(actor, id) : library.wav(actor, id, { drawn: as === 'mono' }));
    return serveSound(c, file, 'inline');
  });

  app.openapi(contract.downloadSound, async (c) =>
    serveSound(c, await library.file(c.get('actor'), known(c.req.valid('param').id)), 'attachment'),
  );

  app.openapi(contract.regionOfSound, async (c) => {
    const { format, ...stretch } = c.req.valid('query');
    const region = await library.wav(c.get('actor'), known(c.req.valid('param').id), { stretch });
    return format === 'flac' ? serveFlac(c, region, flac) : serveSound(c, region, 'attachment');
  });

  app.openapi(contract.waveform, async (c) => {
    const waveform = await library.waveform(
      c.get('actor'),
      known(c.req.valid('param').id),
      c.req.valid('query').points,
    );
    c.header('cache-control', 'private, max-age=3600');
    return c.json(waveform, 200);
  });

  app.openapi(contract.spectrogram, async (c) => {
    const { png, sha256 } = await spectrograms.picture(
      c.get('actor'),
      known(c.req.valid('param').id),
      c.req.raw.signal,
    );
    return servePng(c, png, `"${sha256}-spectrogram"`);
  });

  app.openapi(contract.spectrogramTile, async (c) => {
    const { id, level, index } = c.req.valid('param');
    const { png, sha256 } = await spectrograms.tile(c.get('actor'), known(id), { level, index }, c.req.raw.signal);
    return servePng(c, png, `"${sha256}-${TILE_LENGTHS_S[level]}s-${index}"`);
  });

  app.openapi(contract.jobHistory, async (c) => {
    const id = known(c.req.valid('param').id);
    return c.json({ items: (await uploads.historyOf(c.get('actor'), id)).map(toJob), models: await modelsOf(id) }, 200);
  });

  app.openapi(contract.soundCopies, async (c) => {
    const { bestId, items } = await copies.copiesOf(c.get('actor'), known(c.req.valid('param').id));
    return c.json({ bestId, items: items.map(toSound) }, 200);
  });

  app.openapi(contract.duplicates, async (c) => {
    const { limit, offset } = c.req.valid('query');
    const page = await copies.duplicates(c.get('actor'), limit, offset);
    const groups = page.groups.map(({ sounds, freeableBytes }) => ({
      bestId: sounds[0]?.id ?? '',
      freeableBytes,
      sounds: sounds.map(toSound),
    }));
    return c.json({ ...page, groups }, 200);
  });

  app.openapi(contract.similarSounds, async (c) => {
    const { limit, copies: shown, ...aspects } = c.req.valid('query');
    const options = { limit, showCopies: shown === 'show', aspects };
    const answer = await search.similar(c.get('actor'), known(c.req.valid('param').id), options);
    metrics.search('similar', answer.tookMs);
    return c.json(toAnswer(answer), 200);
  });

  app.openapi(contract.moments, async (c) => {
    const { id } = c.req.valid('param');
    return c.json({ items: await search.moments(c.get('actor'), known(id), c.req.valid('query').q) }, 200);
  });
}

const etagOf = (sound: Sound): string => `"${versionOf(sound)}"`;

/** Versions that `If-Match` names; `*` is any, and weak tags are none (RFC 9110, 13.1.1). */
function versionsIn(ifMatch: string | undefined): string[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return ifMatch.split(',').flatMap((tag) => /^"(.*)"$/.exec(tag.trim())?.[1] ?? []);
}

function servePng(c: Context<AppEnv>, png: Buffer, etag: string) {
  const headers = { etag, 'cache-control': 'private, max-age=3600' };
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers);
  return c.body(new Uint8Array(png), 200, { ...headers, 'content-type': 'image/png' });
}

/** Which sounds, in which order. */
const listOf = ({ q, sort, order, ...filters }: z.output<typeof idsQuery>) => ({
  filters: filtersOf(filters),
  text: q === '' ? undefined : q,
  sort,
  order: order ?? (sort === 'added' ? ('desc' as const) : ('asc' as const)),
});
