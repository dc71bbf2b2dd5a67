import type { OpenAPIHono } from '@hono/zod-openapi';
import { DomainError } from '../../domain/errors.js';
import * as contract from '../contract/bin.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { known } from '../known-id.js';
import { toSound } from '../present.js';
import { because } from '../../domain/reasons.js';

/** What was deleted: list, have back, delete for good. */
export function binRoutes(app: OpenAPIHono<AppEnv>, { bin, collectionBin }: AppDeps): void {
  app.openapi(contract.listBin, async (c) => {
    const page = await bin.list(c.get('actor'), c.req.valid('query'));
    const items = page.items.map(({ sound, deletedAt }) => ({
      ...toSound(sound),
      deletedAt,
      goesAt: bin.goesAt(deletedAt),
      erasable: bin.mayErase(c.get('actor'), sound),
    }));
    return c.json({ ...page, items, days: bin.keptDays }, 200);
  });

  app.openapi(contract.restoreFromBin, async (c) => {
    const { soundIds, all } = c.req.valid('json');
    const back = await bin.restore(c.get('actor'), all === true ? undefined : soundIds);
    const lists = all === true ? await collectionBin.restoreAll(c.get('actor')) : { restored: [], nameTaken: [] };
    return c.json({ ...back, collections: lists.restored, nameTaken: lists.nameTaken }, 200);
  });

  app.openapi(contract.emptyBin, async (c) => {
    const emptied = await bin.empty(c.get('actor'));
    return c.json({ ...emptied, collections: await collectionBin.empty(c.get('actor')) }, 200);
  });

  app.openapi(contract.deleteFromBin, async (c) => {
    const id = known(c.req.valid('param').id);
    const { deleted } = await bin.empty(c.get('actor'), [id]);
    if (deleted === 0) throw new DomainError('not_found', because('id_not_in_bin', { id }));
    return c.body(null, 204);
  });

  app.openapi(contract.listBinnedCollections, async (c) => {
    const page = await collectionBin.list(c.get('actor'), c.req.valid('query'));
    const items = page.items.map((one) => ({
      ...one,
      goesAt: collectionBin.goesAt(one.deletedAt),
      erasable: collectionBin.mayErase(c.get('actor'), one),
    }));
    return c.json({ ...page, items }, 200);
  });

  app.openapi(contract.restoreCollection, async (c) =>
    c.json(await collectionBin.restore(c.get('actor'), c.req.valid('param').id), 200),
  );
}
