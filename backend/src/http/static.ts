import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Context, Hono } from 'hono';
import type { AppEnv } from './deps.js';
import { contentSecurityPolicy } from './middleware/security.js';

const YEAR_S = 31_536_000;
/** Paths that never belong to a page. */
const NOT_PAGES = /^\/(?:api|health|metrics|docs|openapi\.json)(?:\/|$)/;

/** Whether a path is of one of the files that the pages are made of, such as `/theme.js`: nothing in them is secret. */
export const isFileOfPages = (wanted: string): boolean =>
  !NOT_PAGES.test(wanted) && /\.\w+$/.test(wanted) && !wanted.endsWith('.html');

/**
 * Serves the built pages: files as they are, and `index.html` for every path that the pages' own router knows.
 * Call it after all routes are there.
 * @param directory of SvelteKit's static adapter
 */
export function servePages(app: Hono<AppEnv>, directory: string): void {
  const page = pageReader(path.join(directory, 'index.html'));
  const assets = serveStatic<AppEnv>({ root: directory, precompressed: true });
  app.get('*', async (c, next) => {
    const { path: wanted } = c.req;
    if (NOT_PAGES.test(wanted)) return next();
    if (isFileOfPages(wanted)) {
      const immutable = wanted.startsWith('/_app/immutable/');
      c.header('cache-control', immutable ? `public, max-age=${YEAR_S}, immutable` : 'no-cache');
      return assets(c, next);
    }
    const found = await page();
    return found ? servePage(c, found) : next();
  });
}

interface Page {
  html: string;
  etag: string;
  policy: string;
}

function servePage(c: Context<AppEnv>, { html, etag, policy }: Page): Response {
  c.header('content-security-policy', policy);
  c.header('cache-control', 'no-cache');
  c.header('etag', etag);
  return c.req.header('if-none-match') === etag ? c.body(null, 304) : c.html(html);
}

/** Reads the page, again when it is built anew. Its inline scripts are allowed by their hashes, others are not. */
function pageReader(file: string): () => Promise<Page | null> {
  let cached: (Page & { mtimeMs: number }) | undefined;
  return async () => {
    const found = await stat(file).catch(() => null);
    if (!found) return null;
    if (cached?.mtimeMs === found.mtimeMs) return cached;
    const html = await readFile(file, 'utf8');
    const scripts = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)];
    const hashes = scripts.map(([, script = '']) => `'sha256-${sha256(script, 'base64')}'`);
    cached = {
      html,
      etag: `"${sha256(html, 'hex').slice(0, 32)}"`,
      policy: contentSecurityPolicy(hashes),
      mtimeMs: found.mtimeMs,
    };
    return cached;
  };
}

const sha256 = (text: string, encoding: 'base64' | 'hex'): string => createHash('sha256').update(text).digest(encoding);
