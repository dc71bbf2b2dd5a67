import type { Hono } from 'hono';
import type { AppEnv } from '../deps.js';
import { problem } from '../problem.js';

/** Answers 405 with `Allow` where a path is known but not with this method. Call it after all routes are there. */
export function methodCheck(app: Hono<AppEnv>): void {
  const methodsByPath = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === 'ALL' || path.includes('*')) continue;
    const methods = methodsByPath.get(path) ?? new Set();
    methodsByPath.set(path, methods.add(method));
    if (method === 'GET') methods.add('HEAD');
  }
  // Registered last, so it is reached only where the method has no handler of its own.
  for (const [path, methods] of methodsByPath) {
    const allow = [...methods].sort().join(', ');
    app.all(path, (c) =>
      problem(c, {
        code: 'method_not_allowed',
        detail: `${c.req.method} is not possible here, only ${allow}.`,
        headers: { allow },
      }),
    );
  }
}
