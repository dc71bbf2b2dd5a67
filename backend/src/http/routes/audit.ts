import type { OpenAPIHono } from '@hono/zod-openapi';
import type { z } from '@hono/zod-openapi';
import type { DeedFilter, KeptDeed } from '../../domain/audit/audit.types.js';
import * as contract from '../contract/audit.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { deedsCsv, deedsJson } from '../export/deeds.js';
import { contentDisposition } from '../media/disposition.js';
import { toWeb } from '../media/serve.js';
import type { auditExportQuery } from '../schemas/audit.js';

/** Who did what. */
export function auditRoutes(app: OpenAPIHono<AppEnv>, { audit }: AppDeps): void {
  app.openapi(contract.listAudit, async (c) => {
    const { limit, cursor, ...filters } = c.req.valid('query');
    const below = cursor === undefined ? null : Number(cursor);
    const { items, next } = await audit.list(c.get('actor'), filterOf(filters), { limit, below });
    return c.json({ items, nextCursor: next === null ? null : String(next) }, 200);
  });

  app.openapi(contract.exportAudit, async (c) => {
    const { format, ...filters } = c.req.valid('query');
    const parts = audit.all(c.get('actor'), filterOf(filters));
    // Before the answer begins: a right that is missing, or a database that cannot be read, is told as such.
    const first = await parts.next();
    const pages = async function* (): AsyncGenerator<KeptDeed[]> {
      if (!first.done) yield first.value;
      yield* parts;
    };
    return c.body(toWeb(format === 'csv' ? deedsCsv(pages()) : deedsJson(pages())), 200, {
      'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
      'content-disposition': contentDisposition('attachment', `traum-audit.${format}`),
      'cache-control': 'no-store',
    });
  });
}

const filterOf = ({ user, allowed, ...rest }: Omit<z.infer<typeof auditExportQuery>, 'format'>): DeedFilter => ({
  ...rest,
  userId: user,
  allowed: allowed === undefined ? undefined : allowed === 'true',
});
