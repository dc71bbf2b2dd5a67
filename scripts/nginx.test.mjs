import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sound } from './drill/sounds.mjs';
import { freePort } from './lib/ports.mjs';
import { layOutNginx, nginxProgram } from './lib/nginx.mjs';
import { inRoot } from './lib/paths.mjs';
import { collected, which } from './lib/run.mjs';

const missing = [
  nginxProgram() ? '' : 'nginx is not installed',
  which('redis-server') ? '' : 'redis-server is not installed',
  fs.existsSync(inRoot('backend/dist/main/api.js')) && fs.existsSync(inRoot('frontend/build'))
    ? ''
    : 'nothing is built',
].filter(Boolean);

// The configuration as it is shipped, natively, in front of two APIs, two workers and one Redis.
describe('nginx in front of several', { skip: missing.join(', ') || false, timeout: 300_000 }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'traum-nginx-test-'));
  /** @type {import('node:child_process').ChildProcess[]} */
  const children = [];
  /** @type {import('node:child_process').ChildProcess[]} */
  let apis = [];
  let base = '';

  const begin = (program, args, env = {}) => {
    const log = fs.openSync(path.join(folder, 'log'), 'a');
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
    fs.closeSync(log);
    children.push(child);
    return child;
  };
  const until = async (what, look) => {
    for (const end = Date.now() + 120_000; ; await pause(100)) {
      const found = await look().catch(() => null);
      if (found) return found;
      assert.ok(
        Date.now() < end,
        `${what}: waited in vain\n${fs.readFileSync(path.join(folder, 'log'), 'utf8').slice(-3000)}`,
      );
    }
  };
  const ask = (route, init) =>
    fetch(`${base}${route}`, { ...init, signal: init?.signal ?? AbortSignal.timeout(60_000) });
  const json = async (route, init) => {
    const answer = await ask(route, init);
    const text = await answer.text();
    assert.ok(answer.ok, `${route}: ${answer.status} ${text.slice(0, 300)}`);
    return JSON.parse(text);
  };
  const api = (port, env) =>
    begin(process.execPath, [inRoot('backend/dist/main/api.js')], { ...env, PORT: String(port) });
  let environment = {};
  let ports = [];

  before(async () => {
    const conf = path.join(folder, 'nginx');
    fs.mkdirSync(conf);
    ports = [await freePort(), await freePort()];
    const front = await freePort();
    base = `http://127.0.0.1:${front}`;
    const socket = path.join(folder, 'redis.sock');
    begin('redis-server', [
      '--port',
      '0',
      '--unixsocket',
      socket,
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      'yes',
    ]);
    await until('Redis', async () => fs.existsSync(socket));
    environment = {
      HOST: '127.0.0.1',
      DATA_DIR: path.join(folder, 'data'),
      MODELS_DIR: inRoot('models'),
      REDIS_URL: `unix://${socket}`,
      TRUSTED_PROXIES: '1',
      AUTH: '',
      LOG_LEVEL: 'warn',
    };
    // One after the other: the first makes the tables.
    for (const port of ports) {
      apis.push(api(port, environment));
      await until('API', () => fetch(`http://127.0.0.1:${port}/health/ready`).then(({ ok }) => ok));
    }
    for (let n = 0; n < 2; n++) begin(process.execPath, [inRoot('backend/dist/main/worker.js')], environment);
    // As deploy/install.sh writes it.
    const servers = ports.map((port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=5s;`).join('\n');
    const upstream = `upstream traum_api {\nzone traum_api 64k;\n${servers}\n}\nmap "" $api {\ndefault http://traum_api;\n}\n`;
    const main = layOutNginx(conf, { port: front, upstream, pages: inRoot('frontend/build') });
    const tried = await collected(nginxProgram() ?? '', ['-t', '-q', '-p', conf, '-c', main]);
    assert.equal(tried.code, 0, tried.output);
    begin(nginxProgram() ?? '', ['-p', conf, '-c', main, '-g', 'daemon off;']);
    await until('nginx', () => ask('/health/ready').then(({ ok }) => ok));
  });

  after(async () => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('pages come from nginx, figures do not', async () => {
    const page = await ask('/');
    assert.match(await page.text(), /<html/);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'self'/);
    assert.equal((await ask('/metrics')).status, 404);
  });

  test('what is uploaded through one API is told by both, and found through both', async () => {
    const streams = await Promise.all(
      ports.map(async (port) => {
        const controller = new AbortController();
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/events`, { signal: controller.signal });
        return { controller, reader: /** @type {any} */ (answer.body).getReader() };
      }),
    );
    const followed = await ask('/api/v1/events', { signal: AbortSignal.timeout(120_000) });
    assert.match(followed.headers.get('content-type') ?? '', /text\/event-stream/);
    streams.push({ controller: new AbortController(), reader: /** @type {any} */ (followed.body).getReader() });
    for (let number = 0; number < 6; number++) {
      const { name, bytes } = sound(number, 7);
      const form = new FormData();
      form.append('files', new Blob([bytes]), name);
      const { uploads } = await json('/api/v1/audio/upload', { method: 'POST', body: form });
      assert.notEqual(uploads[0].status, 'rejected', JSON.stringify(uploads));
    }
    for (const { reader, controller } of streams) {
      let told = '';
      const decoder = new TextDecoder();
      while (!told.includes('"completed"')) {
        const { done, value } = await reader.read();
        assert.ok(!done, `the stream of events ended:\n${told}`);
        told += decoder.decode(value, { stream: true });
      }
      await reader.cancel();
      controller.abort();
    }
    await until(
      'all are ready',
      async () => (await json('/api/v1/jobs?state=queued,active&limit=5')).items.length === 0,
    );
    for (const port of ports) {
      await until('found', async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/search?q=drill-7&mode=keyword`);
        return /** @type {any} */ (await answer.json()).results.length === 6;
      });
    }
  });

  test('one API is killed and comes back while people search: no request fails', async () => {
    const failures = [];
    let asked = 0;
    let over = false;
    const person = async (n) => {
      while (!over) {
        asked++;
        const route = n % 2 ? `/api/v1/search?q=a+quiet+tone+${asked}&mode=hybrid` : '/api/v1/audio/files?limit=5';
        const answer = await ask(route).catch((error) => ({
          ok: false,
          status: String(error.cause ?? error),
          text: () => '',
        }));
        const text = await answer.text();
        if (!answer.ok) failures.push(`${route}: ${answer.status} ${String(text).slice(0, 200)}`);
        await pause(10);
      }
    };
    const people = [0, 1, 2, 3].map(person);
    await pause(500);
    for (const at of [0, 1]) {
      const [victim] = apis.splice(at, 1);
      victim?.kill('SIGKILL');
      await pause(2000);
      apis.splice(at, 0, api(ports[at], environment));
      await until('API', () => fetch(`http://127.0.0.1:${ports[at]}/health/ready`).then(({ ok }) => ok));
      // As long as nginx leaves alone what did not answer.
      await pause(6000);
    }
    over = true;
    await Promise.all(people);
    assert.deepEqual(failures, []);
    assert.ok(asked > 100, `only ${asked} requests were made`);
  });

  test('where no API answers, it is said so in the way of the API', async () => {
    for (const child of apis) child.kill('SIGKILL');
    await pause(300);
    const answer = await ask('/api/v1/audio/files');
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '5');
    assert.equal(/** @type {any} */ (await answer.json()).code, 'not_ready');
  });
});

// In front of a server that counts what it got rid of.
describe('nginx', { skip: nginxProgram() ? false : 'nginx is not installed', timeout: 60_000 }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'traum-nginx-test-'));
  const MB = 1024 * 1024;
  let sent = 0;
  /** @type {import('node:child_process').ChildProcess} */
  let program;
  const server = http.createServer(async (request, response) => {
    let received = 0;
    for await (const chunk of request) received += chunk.length;
    if (request.method === 'POST') return void response.end(String(received));
    const piece = Buffer.alloc(MB);
    const pieces = function* () {
      for (let n = 0; n < 96; n++, sent += MB) yield piece;
    };
    Readable.from(pieces()).pipe(response);
  });
  let port = 0;

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: behind } = /** @type {import('node:net').AddressInfo} */ (server.address());
    port = await freePort();
    const upstream = `map "" $api {\n  default http://127.0.0.1:${behind};\n}\n`;
    // Started as root, nginx works as somebody else.
    fs.chmodSync(folder, 0o755);
    const main = layOutNginx(folder, { port, upstream });
    program = spawn(nginxProgram() ?? '', ['-p', folder, '-c', main, '-g', 'daemon off;'], { stdio: 'ignore' });
    const asked = () => fetch(`http://127.0.0.1:${port}/nginx-health`).catch(() => null);
    while (!(await asked())?.ok) await pause(50);
  });

  after(async () => {
    program.kill('SIGTERM');
    await once(program, 'exit');
    server.close();
    server.closeAllConnections();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  for (const route of ['system/backup?audio=true', 'shared/1/sounds/2/download']) {
    test(`keeps nothing of a slow download: ${route}`, async () => {
      sent = 0;
      const client = net.connect(port, '127.0.0.1');
      client.pause();
      client.write(`GET /api/v1/${route} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await pause(1500);
      client.destroy();
      assert.ok(sent > 0 && sent < 48 * MB, `${sent / MB} MB were taken from the API while nobody read`);
    });
  }

  test('lets through what a worker elsewhere hands in of a long recording', async () => {
    const init = { method: 'POST', body: Buffer.alloc(20 * MB) };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/remote/jobs/1/result`, init);
    assert.equal(await answer.text(), String(20 * MB));
  });
});
