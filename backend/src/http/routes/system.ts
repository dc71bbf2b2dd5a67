import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import * as contract from '../contract/system.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { inspect } from '../inspect.js';
import type { HttpMetrics } from '../metrics.js';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';
import { openApiDocument } from '../openapi.js';
import { API_VERSION } from '../version.js';

const PATIENCE_MS = 5_000;
/** A difference that the way here explains; more is a clock that is wrong. */
const SAME_TIME_MS = 1_000;

/** Health, readiness, figures, metrics and the description of the API. */
export function systemRoutes(
  app: OpenAPIHono<AppEnv>,
  { analytics, checks, tracing }: AppDeps,
  metrics: HttpMetrics,
): void {
  app.openapi(contract.stats, async (c) => {
    const stats = await analytics.stats(c.get('actor'));
    const { state, progress, segments, sounds, memoryBytes } = stats.index;
    const { id, name, dimension, sampleRateHz, windowS, provider } = stats.model;
    const shown = {
      index: { state, progress, segments, sounds, memoryBytes },
      model: { id, name, dimension, sampleRateHz, windowS, provider },
    };
    return c.json({ version: API_VERSION, ...stats, ...shown }, 200);
  });

  const health = (c: Context<AppEnv>) =>
    c.json({ status: 'ok' as const, version: API_VERSION, uptimeS: analytics.uptimeS() }, 200);
  app.openapi(contract.health, health);
  app.get('/api/v1/health', health);

  const readiness = async (c: Context<AppEnv>) => {
    const parts = await Promise.all(checks.map((part) => inspect(part, PATIENCE_MS)));
    return parts.every(({ ok }) => ok)
      ? c.json({ status: 'ready' as const, parts }, 200)
      : c.json({ status: 'unready' as const, parts }, 503);
  };
  app.openapi(contract.readiness, readiness);
  app.get('/api/v1/health/ready', readiness);

  app.openapi(contract.metrics, async (c) => {
    const { contentType, body } = await metrics.text();
    return c.text(body, 200, { 'content-type': contentType });
  });

  app.openapi(contract.tellTraces, (c) => {
    if (!tracing) throw new DomainError('conflict', because('traces_off'));
    const { sentAtMs, steps } = c.req.valid('json');
    const aheadMs = Date.now() - sentAtMs;
    const shiftMs = Math.abs(aheadMs) > SAME_TIME_MS ? aheadMs : 0;
    tracing.tell(
      steps.map(({ startMs, parentId, failed, path, status, firstPaintMs, ...step }) => ({
        ...step,
        startMs: Math.max(0, startMs + shiftMs),
        parentId: parentId ?? null,
        failed: failed ?? false,
        call: status !== undefined || /^[A-Z]+$/.test(step.name),
        facts: {
          ...(path !== undefined && { 'url.path': path }),
          ...(status !== undefined && { 'http.response.status_code': status }),
          ...(firstPaintMs !== undefined && { 'traum.first_paint_ms': firstPaintMs }),
        },
      })),
    );
    return c.body(null, 204);
  });

  let description: string | undefined;
  const openapi = (c: Context<AppEnv>): Response =>
    c.body((description ??= JSON.stringify(openApiDocument())), 200, { 'content-type': 'application/json' });
  app.get(contract.openapi.path, openapi);
  app.get('/api/v1/openapi.json', openapi);
}
