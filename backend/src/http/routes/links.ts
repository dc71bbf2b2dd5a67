import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { DomainError } from '../../domain/errors.js';
import type { CoverSize } from '../../domain/library/covers.ports.js';
import { because } from '../../domain/reasons.js';
import * as contract from '../contract/links.js';
import { linkPassOf, setLinkPass } from '../cookies.js';
import { networkOf } from '../address.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { serveSound } from '../media/serve.js';

/** Links by which guests listen: made and revoked by those who may, opened by whoever has one. */
export function linkRoutes(app: OpenAPIHono<AppEnv>, { links }: AppDeps): void {
  app.openapi(contract.listLinks, async (c) => c.json({ items: await links.list(c.get('actor')) }, 200));

  app.openapi(contract.addLink, async (c) => {
    const { soundId, collectionId, ...rest } = c.req.valid('json');
    const subject =
      collectionId === undefined
        ? { kind: 'sound' as const, subjectId: soundId ?? '' }
        : { kind: 'collection' as const, subjectId: collectionId };
    const { link, token } = await links.add(c.get('actor'), { ...subject, ...rest });
    return c.json({ ...link, path: `/shared#${token}` }, 201);
  });

  app.openapi(contract.revokeLink, async (c) => {
    await links.revoke(c.get('actor'), c.req.valid('param').id);
    return c.body(null, 204);
  });

  app.openapi(contract.openShared, async (c) => {
    const { token, password } = c.req.valid('json');
    const { link, sounds, pass, lastsS } = await links.open(token, password, networkOf(c.get('client')));
    setLinkPass(c, link.id, pass, lastsS);
    const { id, kind, name, part, download, expiresAt } = link;
    return c.json({ id, kind, name, part, download, expiresAt, sounds }, 200);
  });

  /** The sound of the path, or the moment of it that is shared. A link may be revoked at any moment: nothing is kept unasked. */
  const serve = async (
    c: Context<AppEnv>,
    visit: Visit,
    soundId: string,
    kind: 'stream' | 'download',
    decoded = false,
  ) => {
    const { file, mark, filename } = await links.file(visit, soundId, { decoded, network: networkOf(c.get('client')) });
    return serveSound(c, file, kind === 'stream' ? 'inline' : 'attachment', {
      cache: 'private, no-cache',
      mark,
      filename,
    });
  };

  app.openapi(contract.streamShared, async (c) => {
    const { id, soundId } = c.req.valid('param');
    const visit = await links.visit(id, linkPassOf(c));
    return serve(c, visit, soundId, 'stream', c.req.valid('query').as === 'wav');
  });

  app.openapi(contract.downloadShared, async (c) => {
    const { id, soundId } = c.req.valid('param');
    const visit = await links.visit(id, linkPassOf(c));
    if (!visit.link.download) throw new DomainError('forbidden', because('link_no_download'));
    return serve(c, visit, soundId, 'download');
  });

  app.openapi(contract.sharedCover, async (c) => {
    const { id, soundId } = c.req.valid('param');
    const size = Number(c.req.valid('query').size) as CoverSize;
    const cover = await links.cover(await links.visit(id, linkPassOf(c)), soundId, size);
    const headers = { etag: `"${cover.id}-${size}"`, 'cache-control': 'private, no-cache' };
    if (c.req.header('if-none-match') === headers.etag) return c.body(null, 304, headers);
    return c.body(new Uint8Array(cover.picture), 200, { ...headers, 'content-type': 'image/jpeg' });
  });
}

type Visit = Awaited<ReturnType<AppDeps['links']['visit']>>;
