import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page, Request } from '@playwright/test';
import { RunningApp } from './support/app';
import { expect, results, test } from './support/test';

interface Span {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
}
interface Sent {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: Omit<Span, 'service'>[] }[];
  }[];
}

/** What receives traces in the place of Tempo or Jaeger: OTLP over HTTP, as JSON. */
async function receiver() {
  const spans: Span[] = [];
  let all = '';
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      all += body;
      for (const { resource, scopeSpans } of (JSON.parse(body) as Sent).resourceSpans) {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) spans.push({ ...span, service });
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    text: () => all,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const requestsOf = (page: Page): Request[] => {
  const requests: Request[] = [];
  page.on('request', (request) => requests.push(request));
  return requests;
};

test('traces go from the browser through the API and the queue to each stage', async ({ page, audio }) => {
  const { url, spans, text, close } = await receiver();
  const app = await RunningApp.start({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '200',
  });
  /** The names of the steps from the top of its trace down to one, once they are all there. */
  const wayTo = (name: string, service: string): string[] => {
    const ways = spans
      .filter((span) => span.name === name && span.service === service)
      .map((span) => {
        const way = [span];
        for (let above: Span | undefined = span; above;) {
          const wanted: Span = above;
          above = spans.find(
            ({ traceId, spanId }) =>
              traceId === wanted.traceId && wanted.parentSpanId !== '' && spanId === wanted.parentSpanId,
          );
          if (above) way.unshift(above);
        }
        return way.map((one) => `${one.service.replace('traum-engine-', '')}: ${one.name}`);
      });
    return ways.sort((one, other) => other.length - one.length)[0] ?? [];
  };
  try {
    const requests = requestsOf(page);
    await page.goto(`${app.url}/library`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    // The first visit learns that traces are wanted.
    await page.waitForFunction(() => localStorage.getItem('traum.traces') === '1');
    await page.goto(`${app.url}/upload`);
    await expect
      .poll(() => wayTo('GET /api/v1/auth/me', 'traum-engine-api'))
      .toEqual(['pages: page load', 'pages: GET', 'api: GET /api/v1/auth/me']);

    await page.locator('input[type="file"][multiple]').setInputFiles(audio.noise);
    await expect
      .poll(() => wayTo('decode', 'traum-engine-worker'), { timeout: 200_000 })
      .toEqual([
        'pages: upload',
        'api: POST /api/v1/audio/upload',
        'api: hand to the queue',
        'worker: job ingest',
        'worker: decode',
      ]);

    await page.goto(`${app.url}/library`);
    await page.goto(app.url);
    await page.waitForTimeout(2500);
    await page.getByRole('combobox', { name: 'Describe a sound' }).fill('secretive noise');
    await page.keyboard.press('Enter');
    await expect(results(page).first()).toBeVisible();
    await expect
      .poll(() => wayTo('text tower', 'traum-engine-api'))
      .toEqual(['pages: search', 'pages: GET', 'api: GET /api/v1/search', 'api: search', 'api: text tower']);

    // Words of searches and names of files stay here, and nothing goes anywhere else.
    expect(text()).not.toContain('secretive');
    expect(text()).not.toContain('noise');
    const told = requests.filter((request) => request.url().endsWith('/api/v1/traces'));
    expect(told.length).toBeGreaterThan(0);
    expect(told.map((request) => request.postData() ?? '').join('')).not.toContain('secretive');
    const elsewhere = requests.filter(
      (request) => /^https?:/.test(request.url()) && !request.url().startsWith(app.url),
    );
    expect(elsewhere.map((request) => request.url())).toEqual([]);
  } finally {
    await app.stop();
    close();
  }
});

test('where nobody wants traces, none are made: no request, no header, no code', async ({ page, request, seeded }) => {
  expect(seeded.size).toBeGreaterThan(0);
  const requests = requestsOf(page);
  await page.goto('/');
  await page.waitForFunction(() => localStorage.getItem('traum.traces') === '0');
  await page.goto('/?q=noise');
  await expect(results(page).first()).toBeVisible();
  await page.waitForTimeout(6000);
  expect(requests.filter((request) => request.url().endsWith('/traces'))).toEqual([]);
  expect(requests.filter((request) => 'traceparent' in request.headers())).toEqual([]);
  const scripts = requests.filter((one) => one.resourceType() === 'script').map((one) => one.url());
  expect(scripts.length).toBeGreaterThan(0);
  const codes = await Promise.all(scripts.map(async (url) => (await request.get(url)).text()));
  expect(codes.some((code) => code.includes('page load'))).toBe(false);
});
