import type { Readable } from 'node:stream';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { viewerOf } from '../../domain/accounts/viewer.js';
import type { Awaitable } from '../../domain/awaitable.js';
import { asStorageFull, DomainError } from '../../domain/errors.js';
import type { UploadOutcome } from '../../domain/ingest/ingest.types.js';
import * as contract from '../contract/audio.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { EventHub, type Client } from '../events.js';
import { readMultipart } from '../multipart.js';
import { toJob } from '../present.js';
import { HttpProblem, STATUS_OF } from '../problem.js';
import { because, state, told, type Reason } from '../../domain/reasons.js';

/** Uploads, processing and its progress. */
export function audioRoutes(app: OpenAPIHono<AppEnv>, deps: AppDeps): void {
  const { uploads, library, logger } = deps;

  app.openapi(contract.upload, async (c) => {
    const outcomes: UploadOutcome[] = [];
    const { signal } = c.req.raw;
    const actor = c.get('actor');
    const receive = async (filename: string, source: Readable, folder: string): Promise<void> => {
      try {
        // A request may go on for as long as files come. (A session outlives the token of its browser, which is why only keys are asked for.)
        if (actor.kind === 'key' && (await c.get('isOver')?.()))
          throw new DomainError('unauthorized', because('key_not_valid'));
        outcomes.push(await uploads.receive(actor, filename, source, { signal, folder }));
      } catch (error) {
        const cutOff = source.errored !== null || signal.aborted;
        if (!cutOff && !isRefusal(error)) logger.error({ requestId: c.get('requestId'), err: error }, 'upload failed');
        outcomes.push({ filename, status: 'rejected', ...reasonFor(error, cutOff) });
      }
    };
    try {
      await readMultipart(c, { fileField: 'files', maxFiles: Infinity, onFile: receive });
    } catch (error) {
      // What was accepted before the body broke off is in the library: the client must learn of it.
      if (!outcomes.some(({ status }) => status !== 'rejected')) throw error;
    }
    if (outcomes.length === 0) {
      throw new HttpProblem('invalid_input', because('request_without_file'));
    }
    if (outcomes.every(({ status }) => status === 'rejected')) throw allRejected(outcomes);
    return c.json({ uploads: outcomes.map(toUpload) }, 202);
  });

  app.openapi(contract.process, async (c) => c.json(await uploads.reprocess(c.get('actor'), c.req.valid('json')), 202));

  app.openapi(contract.jobStatus, async (c) =>
    c.json(toJob(await uploads.job(c.get('actor'), c.req.valid('param').jobId)), 200),
  );

  app.openapi(contract.jobStatuses, async (c) => {
    const { jobIds } = c.req.valid('json');
    const jobs = await uploads.jobs(c.get('actor'), jobIds);
    const found = new Set(jobs.map(({ id }) => id));
    return c.json({ jobs: jobs.map(toJob), missing: jobIds.filter((id) => !found.has(id)) }, 200);
  });

  app.openapi(contract.cancelJob, async (c) => {
    await library.cancelJob(c.get('actor'), c.req.valid('param').jobId);
    return c.body(null, 204);
  });

  const hub = new EventHub(deps);
  app.openapi(contract.jobEvents, async (c) => {
    const job = await uploads.job(c.get('actor'), c.req.valid('param').jobId);
    return eventStream(c, (client) => hub.followJob(job, { ...client, lastEventId: null }));
  });
  app.openapi(contract.allEvents, (c) => {
    const lastEventId = c.req.valid('header')['last-event-id'] ?? c.req.valid('query').lastEventId ?? null;
    return eventStream(c, (client) => hub.followAll({ ...client, lastEventId }));
  });
}

async function eventStream(
  c: Context<AppEnv>,
  follow: (client: Omit<Client, 'lastEventId'>) => Awaitable<ReadableStream>,
): Promise<Response> {
  const headers = {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'transfer-encoding': 'chunked',
    'x-accel-buffering': 'no',
  };
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  // Requests of tests have no socket.
  const { outgoing } = (c.env ?? {}) as Partial<HttpBindings>;
  const client = {
    address: c.get('client'),
    viewer: viewerOf(c.get('actor')),
    outgoing: outgoing ?? null,
    isOver: c.get('isOver'),
  };
  return c.body(await follow(client), 200, headers);
}

/** Of whoever sends it, not of what they send. */
const REFUSALS: readonly string[] = ['unauthorized', 'forbidden'];
const isRefusal = (error: unknown): boolean => error instanceof DomainError && REFUSALS.includes(error.code);

function reasonFor(error: unknown, cutOff: boolean): Pick<UploadOutcome, 'error' | 'code'> & { error: string } {
  const known = error instanceof DomainError ? error : asStorageFull(error);
  if (known) return { error: known.stated, code: known.code };
  if (cutOff) return { error: state(because('upload_broke_off')), code: 'cancelled' };
  return { error: state(because('upload_not_stored')), code: 'internal' };
}

function allRejected(outcomes: UploadOutcome[]): HttpProblem {
  const uploads = outcomes.map(toUpload);
  const [first] = uploads;
  const options = { extra: { uploads } };
  const code = first?.code ?? 'invalid_input';
  const alike = outcomes.every((outcome) => outcome.code === code);
  if (alike && first && STATUS_OF[code] >= 500) {
    return new HttpProblem(code, first.reasons ?? first.error ?? '', options);
  }
  if (alike && first && (code === 'quota_exceeded' || REFUSALS.includes(code))) {
    return new HttpProblem(code, first.reasons ?? first.error ?? '', options);
  }
  const detail =
    outcomes.length === 1
      ? `${first?.filename}: ${first?.error}`
      : `None of the ${outcomes.length} files could be taken.`;
  // Of a request with files that differ, none of their codes tells enough.
  return new HttpProblem(alike && STATUS_OF[code] === 422 ? code : 'invalid_input', detail, options);
}

function toUpload({ error, ...outcome }: UploadOutcome): UploadOutcome & { reasons?: Reason[] } {
  if (error === undefined) return outcome;
  const { text, reasons } = told(error);
  return { ...outcome, error: text, ...(reasons.length > 0 ? { reasons } : {}) };
}
