import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import * as contract from '../contract/system.js';
import type { AppEnv } from '../deps.js';
import { docsPage } from './page.js';
import { openApiDocument } from '../openapi.js';

/**
 * Browsable docs. Written by ourselves rather than taken from swagger-ui (12 MB, reports installs to its maker), scalar or
 * rapidoc (over 100 MB of dependencies): one static page that works offline and needs no exception in the content policy.
 */
export function serveDocs(app: OpenAPIHono<AppEnv>): void {
  let page: ReturnType<typeof docsPage> | undefined;
  const docs = async (c: Context<AppEnv>) => c.html(await (page ??= docsPage(openApiDocument())), 200);
  app.openapi(contract.docs, docs);
  app.get('/api/v1/docs', docs);
}
