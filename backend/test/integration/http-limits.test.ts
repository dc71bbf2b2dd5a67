import { once } from 'node:events';
import http, { type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate, setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.js';
import { createHttpServer } from '../../src/http/server.js';
import { FakeWorld } from '../support/fakes.js';

const world = new FakeWorld();
const limits = {
  maxHeaderBytes: 64 * 1024,
  headersMs: 500,
  keepAliveMs: 500,
  silenceMs: 10_000,
  maxConnections: 50,
  body: { bytes: 1000, withinMs: 500 },
};
/** What Node adds to the time that a connection is kept. */
const NODES_OWN_MS = 1000;
let server: Server;
let port: number;
beforeAll(async () => {
  server = createHttpServer(createApp(world.deps()).fetch, limits);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends bytes as they are and returns everything that comes back until the server closes. */
async function raw(...chunks: (string | Buffer)[]): Promise<{ status: number; type: string; body: string }> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  for (const chunk of chunks) socket.write(chunk);
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
    type: /^content-type: (\S+)/im.exec(head)?.[1]?.replace(/;$/, '') ?? '',
    body,
  };
}

/** Does nothing else for so long, as when the machine gives this process no time. */
function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

const post = (path: string, type: string | null, body: string | Buffer) =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: type === null ? {} : { 'content-type': type },
    body,
  });

describe('what the parser refuses', () => {
  it.each(['FOO', 'get', 'TRACE'])('names the method that nobody knows: %s', async (method) => {
    const answer = await raw(`${method} /health HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      400,
      expect.objectContaining({ detail: expect.stringMatching(`^${method} is not a method .+ GET or POST`) as string }),
    ]);
  });

  it('is told as a problem', async () => {
    const cases: [string, number][] = [
      [`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
      [`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(100_000)}\r\n\r\n`, 431],
      ['nonsense\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\nHost: 127.999.0.1\r\nConnection: close\r\n\r\n', 400],
    ];
    for (const [request, status] of cases) {
      const answer = await raw(request);
      expect([request.slice(0, 60), answer.status, answer.type]).toEqual([
        request.slice(0, 60),
        status,
        'application/problem+json',
      ]);
      expect(JSON.parse(answer.body)).toMatchObject({ status, requestId: expect.any(String) as unknown });
    }
  });

  it('is not the longest search that is allowed', async () => {
    const q = '雨'.repeat(5000);
    expect((await fetch(`http://127.0.0.1:${port}/api/v1/search?q=${encodeURIComponent(q)}`)).status).toBe(200);
  });
});

describe('a connection that is silent', () => {
  it('is ended, but not while the answer to what has come is worked on', async () => {
    const slow = createHttpServer(
      async (request) => {
        await request.text();
        await pause(1200);
        return new Response('done');
      },
      { ...limits, silenceMs: 300 },
    );
    slow.listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const { port: its } = slow.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${its}/`, { method: 'POST', body: 'all of it' });
    expect(await answer.text()).toBe('done');
    // Nothing was asked for here.
    const idle = net.connect(its, '127.0.0.1');
    idle.on('error', () => undefined).resume();
    await once(idle, 'close');
    slow.closeAllConnections();
    slow.close();
  });
});

/** The beginning of a form whose first field does not end. */
const FIELD = '--X\r\nContent-Disposition: form-data; name="query"\r\n\r\n';

describe('bodies', () => {
  it('that are too large for their route are refused before they are in memory', async () => {
    const megabytes = Buffer.alloc(3 * 1024 * 1024, 'a');
    const routes = [
      '/api/v1/search/export/form',
      '/api/v1/search/export',
      '/api/v1/audio/process',
      '/api/v1/collections',
      '/health',
    ];
    for (const path of routes) {
      for (const type of ['multipart/form-data; boundary=X', 'application/x-www-form-urlencoded', 'application/json']) {
        const { status } = await post(path, type, megabytes);
        expect([path, type, status]).toEqual([path, type, 413]);
      }
    }
    expect((await post('/api/v1/collections', 'application/json', Buffer.alloc(100_000, 'a'))).status).toBe(413);
    expect((await post('/api/v1/search/advanced', 'application/json', megabytes)).status).toBe(413);
  });

  it.each([
    ['/api/v1/search/export/form', 'application/x-www-form-urlencoded', 'request='],
    ['/api/v1/search/export/form', 'multipart/form-data; boundary=X', FIELD],
    ['/api/v1/search/export', 'application/json', '{"format":"'],
    ['/api/v1/search/advanced', 'application/json', '{"query":"'],
    ['/api/v1/search/clips', 'multipart/form-data; boundary=X', FIELD],
    ['/api/v1/search/advanced', 'multipart/form-data; boundary=X', FIELD],
    ['/api/v1/audio/upload', 'multipart/form-data; boundary=X', FIELD],
  ])('without a length are refused as soon as they are too large: %s, %s', async (path, type, beginning) => {
    const request = http.request({ port, host: '127.0.0.1', path, method: 'POST', headers: { 'content-type': type } });
    request.on('error', () => undefined);
    let sent = 0;
    const answered = new Promise<number>((resolve) => {
      request.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
    });
    request.write(beginning);
    // Much more than any route takes; whoever reads on to the end takes all of it.
    const megabyte = Buffer.alloc(1024 * 1024, 'a');
    const send = (): void => {
      while (sent < 300 && !request.destroyed) {
        sent++;
        if (!request.write(megabyte)) return void request.once('drain', send);
      }
      request.end();
    };
    send();
    expect(await answered).toBe(413);
    expect(sent).toBeLessThan(100);
    request.destroy();
  });

  it('of another kind than an upload takes are refused for that, whatever their size', async () => {
    for (const path of ['/api/v1/audio/upload', '/api/v1/search/clips']) {
      for (const type of ['audio/wav', 'application/json', 'application/x-www-form-urlencoded', null]) {
        const answer = await post(path, type, Buffer.alloc(2_000_000));
        expect([path, type, answer.status]).toEqual([path, type, 415]);
        expect(((await answer.json()) as { detail: string }).detail).toContain('multipart/form-data');
      }
    }
  });

  it.each(['/api/v1/audio/upload', '/api/v1/search/clips', '/api/v1/search/advanced', '/api/v1/collections'])(
    'that are compressed are refused for that: %s',
    async (path) => {
      for (const encoding of ['gzip', 'BR', 'deflate, gzip', 'zstd']) {
        const headers = { 'content-type': 'multipart/form-data; boundary=X', 'content-encoding': encoding };
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
          method: 'POST',
          headers,
          body: Buffer.alloc(100),
        });
        expect([encoding, answer.status]).toEqual([encoding, 415]);
        expect(((await answer.json()) as { detail: string }).detail).toContain('Content-Encoding');
      }
    },
  );

  it('may hold ten thousand ids', async () => {
    const soundIds = Array.from({ length: 10_000 }, () => crypto.randomUUID());
    const form = new URLSearchParams({ request: JSON.stringify({ format: 'csv', soundIds }) });
    expect(
      (await post('/api/v1/search/export/form', 'application/x-www-form-urlencoded', form.toString())).status,
    ).toBe(404);
    const rated = await fetch(`http://127.0.0.1:${port}/api/v1/ratings`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ soundIds, favourite: true }),
    });
    expect(rated.status).toBe(200);
  });

  it('that are no JSON are the fault of the client, with and without a type', async () => {
    for (const path of [
      '/api/v1/search/advanced',
      '/api/v1/search/export',
      '/api/v1/audio/process',
      '/api/v1/collections',
    ])
      for (const type of [null, 'application/json', 'text/plain', 'application/octet-stream'])
        for (const body of ['{oops', '', 'null', '[', '"', '\u0000', Buffer.from([0xff, 0xfe]), '['.repeat(50_000)]) {
          const { status } = await post(path, type, body);
          expect([path, type, String(body).slice(0, 5), status >= 400 && status < 500]).toEqual([
            path,
            type,
            String(body).slice(0, 5),
            true,
          ]);
        }
  });

  it('that stand still or trickle are given up, with a word', async () => {
    const head =
      'POST /api/v1/audio/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=X\r\nContent-Length: 9000000\r\n\r\n';
    const part = '--X\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n';
    const still = await raw(head, part);
    expect([still.status, JSON.parse(still.body)]).toEqual([408, expect.objectContaining({ code: 'timeout' })]);
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write(head + part);
    const drip = setInterval(() => socket.write('x'), 50);
    const answer = await text(socket);
    clearInterval(drip);
    expect(answer).toContain(' 408 ');
    expect(world.sounds.size).toBe(0);
    expect(
      (
        await raw(
          'POST /api/v1/collections HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{',
        )
      ).status,
    ).toBe(408);
  });

  it('that are slow but move arrive whole', async () => {
    const request = http.request({
      port,
      path: '/api/v1/audio/upload',
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=X' },
    });
    const answered = new Promise<http.IncomingMessage>((resolve, reject) =>
      request.once('response', resolve).once('error', reject),
    );
    request.write('--X\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n');
    for (let step = 0; step < 15; step++) {
      request.write(Buffer.alloc(1500));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    request.end('\r\n--X--\r\n');
    const answer = await answered;
    expect([answer.statusCode, await text(answer)]).toEqual([202, expect.stringContaining('queued')]);
  });
});

describe('connections', () => {
  it('that say nothing, or no whole head, are closed', async () => {
    expect((await raw()).status).toBe(408);
    expect((await raw('GET / HTTP/1.1\r\nHost: loc')).status).toBe(408);
  });

  it('are no more than there may be', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => raw()));
    // One above the limit is closed at once, without a word; the others are told that they were silent.
    expect(answers.filter(({ status }) => Number.isNaN(status)).length).toBeGreaterThanOrEqual(10);
  });

  describe('are not given up for what this process was late to read:', () => {
    it('a first request', async () => {
      server.once('connection', () => block(1.5 * limits.headersMs));
      const answer = await raw('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      expect(answer.status).toBe(200);
    });

    // Again where the machine itself stands still for so long that the connection is rightly closed.
    it('another one on a connection that was kept', { retry: 2 }, async () => {
      const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
      socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(socket, 'data');
      await setImmediate();
      socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      block(limits.keepAliveMs + NODES_OWN_MS + 200);
      expect(await text(socket)).toContain('HTTP/1.1 200 ');
    });
  });
});
