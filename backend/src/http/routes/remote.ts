import { Readable } from 'node:stream';
import type { OpenAPIHono } from '@hono/zod-openapi';
import * as contract from '../contract/remote.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { toProcessed } from '../schemas/remote.js';

/** Work for machines that reach only this server. */
export function remoteRoutes(app: OpenAPIHono<AppEnv>, { remote }: AppDeps): void {
  app.openapi(contract.remoteWanted, async (c) => c.json(await remote.wanted(c.get('actor')), 200));

  app.openapi(contract.remoteTake, async (c) => {
    const taken = await remote.take(c.get('actor'), c.req.valid('json'));
    if (!taken) return c.json({ job: null }, 200);
    const { jobId, token, attempt, lastAttempt, job, sound, trace } = taken;
    const { id, sha256, filename, sizeBytes, ...rest } = sound;
    const { durationS, sampleRateHz, channels, codec, bitRateKbps, bitsPerSample, hearing } = rest;
    const facts = { durationS, sampleRateHz, channels, codec, bitRateKbps, bitsPerSample };
    return c.json(
      {
        job: {
          ...{ jobId, token, attempt, lastAttempt, starts: job.attempts },
          ...{ generation: job.generation, createdAt: job.createdAt },
          sound: { id, sha256, filename, sizeBytes, ...facts, hearing },
          ...(trace && { trace }),
        },
      },
      200,
    );
  });

  app.openapi(contract.remoteAudio, async (c) => {
    const held = { jobId: c.req.valid('param').id, ...c.req.valid('query') };
    const bytes = await remote.audio(c.get('actor'), held);
    return c.body(Readable.toWeb(bytes) as ReadableStream, 200, { 'content-type': 'application/octet-stream' });
  });

  app.openapi(contract.remoteReport, async (c) => {
    const { token, stage, progress } = c.req.valid('json');
    const held = { jobId: c.req.valid('param').id, token };
    return c.json({ wanted: await remote.report(c.get('actor'), held, stage, progress) }, 200);
  });

  app.openapi(contract.remoteResult, async (c) => {
    const result = c.req.valid('json');
    const held = { jobId: c.req.valid('param').id, token: result.token };
    return c.json({ saved: await remote.complete(c.get('actor'), held, toProcessed(result)) }, 200);
  });

  app.openapi(contract.remoteEnd, async (c) => {
    const { token, outcome, error } = c.req.valid('json');
    await remote.end(c.get('actor'), { jobId: c.req.valid('param').id, token }, outcome, error);
    return c.body(null, 204);
  });
}
