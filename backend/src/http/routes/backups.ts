import type { OpenAPIHono } from '@hono/zod-openapi';
import * as contract from '../contract/backups.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { toError } from '../present-reasons.js';
import { toWork } from '../present-work.js';

/** Backups of the whole library. */
export function backupRoutes(app: OpenAPIHono<AppEnv>, { backups }: AppDeps): void {
  app.openapi(contract.listBackups, async (c) => {
    const { problem, items, ...status } = await backups.status(c.get('actor'));
    const shown = items.map(({ placeId: _, missing, ...backup }) => ({ ...backup, missing: missing.length }));
    return c.json({ ...status, ...toError(problem), items: shown }, 200);
  });

  app.openapi(contract.startBackup, async (c) => c.json(toWork(await backups.begin(c.get('actor'))), 202));
}
