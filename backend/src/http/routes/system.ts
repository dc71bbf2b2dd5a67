import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { DomainError, statedBy } from '../../domain/errors.js';
import * as contract from '../contract/system.js';
import type { AppDeps, AppEnv, ReadinessCheck } from '../deps.js';
import type { HttpMetrics } from '../metrics.js';
import { buildOpenApiDocument } from '../openapi.js';
import { API_VERSION } from '../version.js';
import { because, type Stated } from '../../domain/reasons.js';
import { toError } from '../present-reasons.js';

const CHECK_TIMEOUT_MS = 5_000;

/** Health, readiness, figures, metrics and the description of the API. */
export function systemRoutes(app: OpenAPIHono<AppEnv>, { analytics, checks }: AppDeps, metrics: HttpMetrics): void {
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
    const parts = await Promise.all(checks.map(inspect));
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

  const description = JSON.stringify(buildOpenApiDocument());
  const openapi = (c: Context<AppEnv>): Response => c.body(description, 200, { 'content-type': 'application/json' });
  app.get(contract.openapi.path, openapi);
  app.get('/api/v1/openapi.json', openapi);
}

async function inspect(part: ReadinessCheck) {
  const startedAt = performance.now();
  let failed: Stated | null = null;
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DomainError('not_ready', because('no_answer_in_time'))), CHECK_TIMEOUT_MS);
    });
    await Promise.race([part.check(), late]);
  } catch (error) {
    // Only messages that were written for people leave the server.
    failed = statedBy(error, because('check_failed'));
  } finally {
    clearTimeout(timer);
  }
  const ms = Math.round(performance.now() - startedAt);
  const { error: detail, reasons } = toError(failed);
  return { name: part.name, ok: failed === null, ms, detail, reasons };
}
