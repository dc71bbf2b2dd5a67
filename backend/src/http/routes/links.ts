import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ShareLink } from '../../domain/links/links.types.js';
import { DomainError } from '../../domain/errors.js';
import { soundNameOf } from '../../domain/library/names.js';
import { because } from '../../domain/reasons.js';
import * as contract from '../contract/links.js';
import { linkPassOf, setLinkPass } from '../cookies.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { serveSound } from '../media/serve.js';
import { networkOf } from '../middleware/password.js';

/** Links by which guests listen: made and revoked by those who may, opened by whoever has one. */
export function linkRoutes(app: OpenAPIHono<AppEnv>, { links, library }: AppDeps): void {
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
    const { link, pass, lastsS } = await links.open(token, password, networkOf(c.get('client')));
    const sounds = await links.sounds(link);
    setLinkPass(c, link.id, pass, lastsS);
    const { id, kind, name, part, download, expiresAt } = link;
    const heard = sounds.map((sound) => ({
      id: sound.id,
      name: soundNameOf(sound),
      artist: sound.artist,
      durationS: sound.durationS,
    }));
    return c.json({ id, kind, name, part, download, expiresAt, sounds: heard }, 200);
  });

  /** The sound of the path, or the moment of it that is shared. */
  const fileOf = async (c: Context<AppEnv>, of: { id: string; soundId: string }, mustBe: (link: ShareLink) => void) => {
    const { link, visitor } = await links.visit(of.id, linkPassOf(c));
    mustBe(link);
    await links.mustShare(link, visitor, of.soundId);
    return { visitor, part: link.part };
  };

  app.openapi(contract.streamShared, async (c) => {
    const { id, soundId } = c.req.valid('param');
    const { visitor, part } = await fileOf(c, { id, soundId }, () => undefined);
    const decoded = part !== null || c.req.valid('query').as === 'wav';
    const file = decoded ? library.wav(visitor, soundId, part ?? undefined) : library.file(visitor, soundId);
    return serveSound(c, await file, 'inline');
  });

  app.openapi(contract.downloadShared, async (c) => {
    const { id, soundId } = c.req.valid('param');
    const { visitor, part } = await fileOf(c, { id, soundId }, ({ download }) => {
      if (!download) throw new DomainError('forbidden', because('link_no_download'));
    });
    const file = part ? library.wav(visitor, soundId, part) : library.file(visitor, soundId);
    return serveSound(c, await file, 'attachment');
  });
}
