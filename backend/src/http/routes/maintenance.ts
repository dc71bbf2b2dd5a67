import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MaintenanceTask } from '../../domain/maintenance/maintenance.types.js';
import { SAMPLE_EVERY_S } from '../../domain/telemetry/telemetry.service.js';
import * as contract from '../contract/maintenance.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { backupArchive, libraryCsv, libraryJson } from '../export/whole.js';
import { contentDisposition } from '../media/disposition.js';
import { toWeb } from '../media/serve.js';
import { toError } from '../present-reasons.js';

/** Storage, tasks of upkeep, backup, settings and live figures. */
export function maintenanceRoutes(app: OpenAPIHono<AppEnv>, deps: AppDeps): void {
  const { maintenance, telemetry, library, bin, serverSettings } = deps;

  app.openapi(contract.storage, async (c) => c.json(await maintenance.storage(c.get('actor')), 200));
  app.openapi(contract.settings, (c) => c.json(serverSettings, 200));

  app.openapi(contract.telemetry, (c) => {
    const { minutes, after } = c.req.valid('query');
    return c.json({ everyS: SAMPLE_EVERY_S, samples: telemetry.recent(c.get('actor'), minutes, after) }, 200);
  });

  app.openapi(contract.listTasks, async (c) =>
    c.json({ items: (await maintenance.tasks(c.get('actor'))).map(toTask) }, 200),
  );

  app.openapi(contract.startTask, async (c) => {
    const { kind, hash } = c.req.valid('json');
    return c.json(toTask(await maintenance.start(c.get('actor'), kind, { hash })), 202);
  });

  app.openapi(contract.cancelTask, async (c) => {
    await maintenance.cancel(c.get('actor'), c.req.valid('param').id);
    return c.body(null, 204);
  });

  app.openapi(contract.downloadBackup, async (c) => {
    const backup = await maintenance.backup(c.get('actor'));
    const name = `traum-${backup.createdAt.slice(0, 16).replace(/[:T]/g, '-')}`;
    if (c.req.valid('query').audio === 'true') {
      return c.body(
        toWeb(backupArchive(c.get('actor'), backup, library, bin)),
        200,
        saved(`${name}.zip`, 'application/zip'),
      );
    }
    return c.body(toWeb(backup.read()), 200, {
      ...saved(`${name}.db`, 'application/vnd.sqlite3'),
      'content-length': String(backup.sizeBytes),
    });
  });

  app.openapi(contract.exportLibrary, (c) => {
    const { format } = c.req.valid('query');
    const name = `library-${new Date().toISOString().slice(0, 10)}.${format}`;
    return format === 'csv'
      ? c.body(toWeb(libraryCsv(c.get('actor'), library)), 200, saved(name, 'text/csv; charset=utf-8'))
      : c.body(toWeb(libraryJson(c.get('actor'), library)), 200, saved(name, 'application/json'));
  });
}

const saved = (name: string, type: string): Record<string, string> => ({
  'content-type': type,
  'content-disposition': contentDisposition('attachment', name),
});

const toTask = ({ error, ...task }: MaintenanceTask) => ({ ...task, ...toError(error) });
