import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppProcess, until } from './app-process.js';
import { tone } from './ingest-fixtures.js';

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string };
}
interface Span {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code: number };
  attributes: Attribute[];
}
interface Sent {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: Omit<Span, 'service'>[] }[];
  }[];
}

/** What receives traces in the place of Tempo or Jaeger: OTLP over HTTP. */
class Receiver {
  readonly spans: Span[] = [];
  readonly requests: { url: string; type: string; key: string; body: Buffer }[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const type = request.headers['content-type'] ?? '';
        this.requests.push({ url: request.url ?? '', type, key: String(request.headers['x-key']), body });
        if (type.includes('json')) this.take(JSON.parse(body.toString()) as Sent);
        response.writeHead(200, { 'content-type': type }).end(type.includes('json') ? '{}' : '');
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private take({ resourceSpans }: Sent): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = textOf(resource.attributes, 'service.name') ?? '';
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) this.spans.push({ ...span, service });
    }
  }
}

const textOf = (attributes: Attribute[], name: string): string | undefined => {
  const { stringValue, intValue } = attributes.find(({ key }) => key === name)?.value ?? {};
  return stringValue ?? (intValue === undefined ? undefined : String(intValue));
};
const traceOf = (digit: string): { id: string; header: string } => ({
  id: digit.repeat(32),
  header: `00-${digit.repeat(32)}-${digit.repeat(16)}-01`,
});
const tellOf = (app: AppProcess, told: unknown): Promise<Response> =>
  fetch(`${app.url}/api/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(told),
  });
const SOON = { OTEL_BSP_SCHEDULE_DELAY: '200' };

describe('traces', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'traum-traces-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  describe('where something receives them', () => {
    const receiver = new Receiver();
    let app: AppProcess;
    beforeAll(async () => {
      const endpoint = await receiver.listen();
      app = await AppProcess.spawn(path.join(folder, 'data'), {
        ...SOON,
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-key=secret',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=trial',
      }).ready();
    }, 90_000);
    afterAll(async () => {
      await app.stop();
      receiver.close();
    });

    const of = (id: string, name: string): Span[] =>
      receiver.spans.filter((span) => span.traceId === id && span.name === name);
    const only = async (id: string, name: string): Promise<Span> => {
      await until(60_000, `a span "${name}" of ${id}`, () => of(id, name).length > 0);
      return of(id, name)[0]!;
    };

    const tell = (told: unknown): Promise<Response> => tellOf(app, told);

    it(
      'go from whoever uploads through the API and the queue to each stage of the worker',
      { timeout: 120_000 },
      async () => {
        const { id, header } = traceOf('a');
        const form = new FormData();
        const file = await tone(path.join(folder, 'tone.wav'), 12);
        form.append('files', new Blob([await readFile(file)]), 'tone.wav');
        const { uploads } = await app.json<{ uploads: { jobId: string }[] }>('/audio/upload', {
          method: 'POST',
          body: form,
          headers: { traceparent: header },
        });
        const job = await only(id, 'job ingest');
        const request = await only(id, 'POST /api/v1/audio/upload');
        expect(request.parentSpanId).toBe('a'.repeat(16));
        expect(request.service).toBe('traum-engine-api');
        expect(request.kind).toBe(2);
        expect(textOf(request.attributes, 'http.response.status_code')).toBe('202');
        for (const name of ['receive file', 'probe', 'accept']) {
          expect((await only(id, name)).parentSpanId, name).toBe(request.spanId);
        }
        const handed = await only(id, 'hand to the queue');
        expect(handed.parentSpanId).toBe(request.spanId);

        expect(job.service).toBe('traum-engine-worker');
        expect(job.parentSpanId).toBe(handed.spanId);
        expect(textOf(job.attributes, 'traum.job.id')).toBe(uploads[0]!.jobId);
        expect(textOf(job.attributes, 'traum.outcome')).toBe('completed');
        for (const name of ['open model', 'read tags', 'decode', 'embed', 'analyse', 'save']) {
          expect((await only(id, name)).parentSpanId, name).toBe(job.spanId);
          expect(of(id, name), name).toHaveLength(1);
        }
        expect(textOf((await only(id, 'embed')).attributes, 'traum.model')).toBe('compact-clap');
      },
    );

    it('say of a search how long the words, the index and the rows took, and not what was searched for', async () => {
      const { id, header } = traceOf('b');
      const headers = { traceparent: header, tracestate: 'vendor=1' };
      await app.json('/search?q=secret%20noise&mode=hybrid', { headers });
      const search = await only(id, 'search');
      const request = await only(id, 'GET /api/v1/search');
      expect(search.parentSpanId).toBe(request.spanId);
      for (const name of ['text tower', 'words', 'index', 'rows']) {
        expect((await only(id, name)).parentSpanId, name).toBe(search.spanId);
      }
      const told = receiver.requests.map(({ body }) => body.toString()).join('');
      expect(told).not.toContain('secret noise');
      expect(told).not.toContain('secret%20noise');
    });

    it('begin anew where the caller names none, or nonsense', async () => {
      const request = async (headers: Record<string, string>, path: string): Promise<Span> => {
        await app.json(path, { headers });
        const name = `GET /api/v1${path}`;
        await until(20_000, name, () => receiver.spans.some((span) => span.name === name));
        return receiver.spans.find((span) => span.name === name)!;
      };
      const bare = await request({}, '/tags');
      expect(bare.parentSpanId ?? '').toBe('');
      const odd = await request({ traceparent: 'nonsense' }, '/collections');
      expect(odd.parentSpanId ?? '').toBe('');
      expect(odd.traceId).toMatch(/^[0-9a-f]{32}$/);
    });

    it('are named in the lines of the log, by the API and by the worker', async () => {
      const lines = app.output.split('\n').filter((line) => line.startsWith('{'));
      const said = lines.map(
        (line) => JSON.parse(line) as { name: string; msg: string; traceId?: string; spanId?: string },
      );
      const { id } = traceOf('a');
      const request = await only(id, 'POST /api/v1/audio/upload');
      const job = await only(id, 'job ingest');
      expect(said.find((line) => line.msg === 'request' && line.traceId === id)?.spanId).toBe(request.spanId);
      expect(said.find((line) => line.msg === 'job ended' && line.traceId === id)?.spanId).toBe(job.spanId);
    });

    it('take in what pages did, above what the server did for them, by the clock of the server', async () => {
      const { id } = traceOf('c');
      expect((await app.json<{ traces?: number }>('/auth/me')).traces).toBe(1);
      const page = { traceId: id, spanId: '1'.repeat(16) };
      const call = { traceId: id, spanId: '2'.repeat(16), parentId: page.spanId };
      await app.json('/tags?q=a', { headers: { traceparent: `00-${id}-${call.spanId}-01` } });
      // The clock of this browser is a day behind.
      const sentAtMs = Date.now() - 86_400_000;
      const told = await tell({
        sentAtMs,
        steps: [
          { ...page, name: 'open page', startMs: sentAtMs - 500, durationMs: 400.25, path: '/library' },
          { ...call, name: 'GET', startMs: sentAtMs - 480, durationMs: 30, path: '/api/v1/tags', status: 200 },
          { traceId: id, spanId: '3'.repeat(16), name: 'search', startMs: sentAtMs, durationMs: 1, failed: true },
        ],
      });
      expect(told.status).toBe(204);
      const opened = await only(id, 'open page');
      expect(opened).toMatchObject({ service: 'traum-engine-pages', spanId: page.spanId, kind: 1 });
      expect(opened.parentSpanId ?? '').toBe('');
      const startMs = Number(BigInt(opened.startTimeUnixNano) / 1_000_000n);
      expect(Math.abs(Date.now() - startMs)).toBeLessThan(120_000);
      const tookNs = BigInt(opened.endTimeUnixNano) - BigInt(opened.startTimeUnixNano);
      expect(Number(tookNs / 10_000n)).toBeCloseTo(40_025, -1);
      const asked = await only(id, 'GET');
      expect(asked).toMatchObject({ parentSpanId: page.spanId, kind: 3 });
      expect(textOf(asked.attributes, 'http.response.status_code')).toBe('200');
      expect((await only(id, 'GET /api/v1/tags')).parentSpanId).toBe(asked.spanId);
      expect((await only(id, 'search')).status.code).toBe(2);
      // What tells of traces is none itself.
      expect(receiver.spans.some(({ name }) => name.includes('/traces'))).toBe(false);
    });

    it('take in nothing else from pages: no words, no other names, no ids that are none', async () => {
      const good = { traceId: 'd'.repeat(32), spanId: 'd'.repeat(16), name: 'search', startMs: 1, durationMs: 1 };
      const bad = [
        { ...good, name: 'GET /secret' },
        { ...good, q: 'secret' },
        { ...good, path: '/?q=secret' },
        { ...good, traceId: '0'.repeat(32) },
        { ...good, spanId: 'x' },
        { ...good, durationMs: -1 },
      ];
      for (const step of bad) {
        const { status } = await tell({ sentAtMs: Date.now(), steps: [step] });
        expect(status, JSON.stringify(step)).toBe(422);
      }
      const many = await tell({ sentAtMs: Date.now(), steps: Array.from({ length: 101 }, () => good) });
      expect(many.status).toBe(422);
    });

    it('leave out what machines ask every few seconds, and send what the variables say', async () => {
      const before = receiver.spans.length;
      await fetch(`${app.url}/health/ready`);
      await fetch(`${app.url}/metrics`);
      await app.json('/auth/me').catch(() => undefined);
      await until(20_000, 'the next span', () => receiver.spans.length > before);
      expect(receiver.spans.some(({ name }) => /health|metrics/.test(name))).toBe(false);
      expect(receiver.requests.every(({ url, key }) => url === '/v1/traces' && key === 'secret')).toBe(true);
      expect(receiver.requests[0]!.body.toString()).toContain('deployment.environment');
    });
  });

  it(
    'are sent as protobuf unless something else is said, the last of them at the end',
    { timeout: 90_000 },
    async () => {
      const receiver = new Receiver();
      const app = await AppProcess.spawn(path.join(folder, 'protobuf'), {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${await receiver.listen()}/custom/traces`,
        // They would wait for much longer than this takes.
        OTEL_BSP_SCHEDULE_DELAY: '600000',
      }).ready();
      await app.json('/tags');
      expect((await app.stop()).code).toBe(0);
      receiver.close();
      const [{ url, type, body } = { url: '', type: '', body: Buffer.alloc(0) }] = receiver.requests;
      expect(url).toBe('/custom/traces');
      expect(type).toBe('application/x-protobuf');
      expect(body.includes('GET /api/v1/tags')).toBe(true);
    },
  );

  it('that nobody receives are complained of once, and nothing else is kept waiting', { timeout: 90_000 }, async () => {
    const app = await AppProcess.spawn(path.join(folder, 'nobody'), {
      ...SOON,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    }).ready();
    const complaints = (): number => app.output.split('traces cannot be sent').length - 1;
    await app.json('/tags');
    await until(30_000, 'a complaint', () => complaints() > 0);
    for (let at = 0; at < 5; at++) {
      await app.json('/tags');
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    expect(complaints()).toBe(1);
    const began = Date.now();
    expect((await app.stop()).code).toBe(0);
    expect(Date.now() - began).toBeLessThan(15_000);
  });

  it(
    'are not wanted of pages where none are sent, and no more of them than the sampler keeps',
    { timeout: 90_000 },
    async () => {
      const share = async (name: string, env: Record<string, string>): Promise<[number | undefined, number]> => {
        const app = await AppProcess.spawn(path.join(folder, name), env).ready();
        const { traces } = await app.json<{ traces?: number }>('/auth/me');
        const step = { traceId: 'e'.repeat(32), spanId: 'e'.repeat(16), name: 'search', startMs: 1, durationMs: 1 };
        const { status } = await tellOf(app, { sentAtMs: 1, steps: [step] });
        await app.stop();
        return [traces, status];
      };
      expect(await share('off', {})).toEqual([undefined, 409]);
      const some = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
      expect(await share('some', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', ...some })).toEqual([0.25, 204]);
    },
  );

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'tempo:4317' }, 'OTEL_EXPORTER_OTLP_ENDPOINT must look like'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://tempo:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf or http/json',
    ],
  ])('that cannot be sent as is said end the start with the remedy: %j', async (env, told) => {
    const app = AppProcess.spawn(path.join(folder, 'odd'), env);
    expect((await app.exited).code).toBe(1);
    expect(app.output).toContain(told);
  });
});
