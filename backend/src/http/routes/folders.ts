import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { FolderState } from '../../domain/folders/folders.service.js';
import * as contract from '../contract/folders.js';
import type { AppDeps, AppEnv } from '../deps.js';
import type { folderSchema } from '../schemas/folders.js';
import { toError } from '../present-reasons.js';

/** Folders of the server: add, change, scan, and what became of their files. */
export function folderRoutes(app: OpenAPIHono<AppEnv>, { folders }: AppDeps): void {
  app.openapi(contract.listFolders, async (c) =>
    c.json({ items: (await folders.list(c.get('actor'))).map(toFolder), allowed: [...folders.roots] }, 200),
  );

  app.openapi(contract.addFolder, async (c) =>
    c.json(toFolder(await folders.add(c.get('actor'), c.req.valid('json'))), 201),
  );

  app.openapi(contract.browse, async (c) =>
    c.json({ items: await folders.subfolders(c.get('actor'), c.req.valid('query').path) }, 200),
  );

  app.openapi(contract.changeFolder, async (c) => {
    const { watch, recursive, inPlace } = c.req.valid('json');
    const change = {
      ...(watch === undefined ? {} : { watch }),
      ...(recursive === undefined ? {} : { recursive }),
      ...(inPlace === undefined ? {} : { inPlace }),
    };
    return c.json(toFolder(await folders.change(c.get('actor'), c.req.valid('param').id, change)), 200);
  });

  app.openapi(contract.removeFolder, async (c) => {
    await folders.remove(c.get('actor'), c.req.valid('param').id);
    return c.body(null, 204);
  });

  app.openapi(contract.scanFolder, async (c) =>
    c.json(toFolder(await folders.scan(c.get('actor'), c.req.valid('param').id)), 202),
  );

  app.openapi(contract.cancelScan, async (c) =>
    c.json(toFolder(await folders.cancelScan(c.get('actor'), c.req.valid('param').id)), 200),
  );

  app.openapi(contract.folderFiles, async (c) => {
    const { id } = c.req.valid('param');
    const { outcome, limit, cursor } = c.req.valid('query');
    const found = await folders.files(c.get('actor'), id, {
      outcome: outcome ?? null,
      after: cursor ?? null,
      limit: limit + 1,
    });
    const items = found.slice(0, limit).map(({ path, sizeBytes, outcome, reason, soundId }) => {
      const { error, reasons } = toError(reason);
      return { path, sizeBytes, outcome, reason: error, reasons, soundId };
    });
    const { counts } = await folders.get(c.get('actor'), id);
    const total = outcome ? counts[outcome] : counts.imported + counts.duplicate + counts.rejected;
    return c.json({ items, nextCursor: found.length > limit ? (items.at(-1)?.path ?? null) : null, total }, 200);
  });
}

const toFolder = (folder: FolderState): z.infer<typeof folderSchema> => ({
  id: folder.id,
  path: folder.path,
  watch: folder.watch,
  recursive: folder.recursive,
  inPlace: folder.inPlace,
  unpluggedSince: folder.unpluggedSince,
  missing: folder.missing,
  watching: folder.watching,
  createdAt: folder.createdAt,
  scannedAt: folder.scannedAt,
  ...toError(folder.error),
  counts: folder.counts,
  scan: folder.scan && { ...folder.scan },
});
