import { OpenAPIHono } from '@hono/zod-openapi';
import type { AppDeps, AppEnv } from './deps.js';
import { HttpMetrics } from './metrics.js';
import { methodCheck } from './middleware/method-check.js';
import { useMiddleware } from './middleware/index.js';
import { problemHandler, unknownPath, validationHook } from './problem.js';
import { accessRoutes } from './routes/access.js';
import { folderTagsRoutes } from './routes/folder-tags.js';
import { accountRoutes } from './routes/accounts.js';
import { audioRoutes } from './routes/audio.js';
import { backupRoutes } from './routes/backups.js';
import { auditRoutes } from './routes/audit.js';
import { binRoutes } from './routes/bin.js';
import { collectionRoutes } from './routes/collections.js';
import { exportRoutes } from './routes/export.js';
import { catalogueRoutes } from './routes/catalogue.js';
import { filesRoutes } from './routes/files.js';
import { folderRoutes } from './routes/folders.js';
import { linkRoutes } from './routes/links.js';
import { maintenanceRoutes } from './routes/maintenance.js';
import { markerRoutes } from './routes/markers.js';
import { oidcRoutes } from './routes/oidc.js';
import { modelRoutes } from './routes/models.js';
import { personalRoutes } from './routes/personal.js';
import { remoteRoutes } from './routes/remote.js';
import { searchRoutes } from './routes/search.js';
import { systemRoutes } from './routes/system.js';
import { tagsRoutes } from './routes/tags.js';
import { usageRoutes } from './routes/usage.js';
import { serveDocs } from './docs/index.js';
import { workRoutes } from './routes/work.js';
import { servePages } from './static.js';

/**
 * The whole HTTP side: the API under `/api/v1`, health, metrics and docs at the root, and the pages where they are built.
 * Needs no socket: `app.request('/health')` answers.
 */
export function createApp(deps: AppDeps): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: validationHook });
  const metrics = new HttpMetrics(deps);
  app.onError(problemHandler(deps.logger, deps.meaningOf));
  app.notFound(unknownPath);
  useMiddleware(app, deps, metrics);

  accountRoutes(app, deps);
  oidcRoutes(app, deps);
  auditRoutes(app, deps);
  audioRoutes(app, deps);
  workRoutes(app, deps);
  accessRoutes(app, deps);
  folderTagsRoutes(app, deps);
  remoteRoutes(app, deps);
  filesRoutes(app, deps, metrics);
  backupRoutes(app, deps);
  binRoutes(app, deps);
  collectionRoutes(app, deps);
  linkRoutes(app, deps);
  markerRoutes(app, deps);
  personalRoutes(app, deps);
  searchRoutes(app, deps, metrics);
  exportRoutes(app, deps);
  folderRoutes(app, deps);
  modelRoutes(app, deps);
  tagsRoutes(app, deps);
  catalogueRoutes(app, deps);
  usageRoutes(app, deps);
  maintenanceRoutes(app, deps);
  systemRoutes(app, deps, metrics);
  serveDocs(app);
  methodCheck(app);
  if (deps.config.staticDir !== null) servePages(app, deps.config.staticDir);
  return app;
}
