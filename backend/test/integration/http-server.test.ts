import { mkdtemp, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createAdaptorServer } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskAudioStore } from '../../src/adapters/disk/disk-audio-store.js';
import { DomainError } from '../../src/domain/errors.js';
import type { AudioProbe } from '../../src/domain/ingest/ingest.ports.js';
import { UploadService } from '../../src/domain/ingest/upload.service.js';
import { KeyedLock } from '../../src/domain/keyed-lock.js';
import { LibraryService } from '../../src/domain/library/library.service.js';
import { createApp } from '../../src/http/app.js';
import type { AppDeps } from '../../src/http/deps.js';
import { FakeWorld } from '../support/fakes.js';
import { forAll, openToAll } from '../support/viewers.js';

const MEGABYTE = 1024 * 1024;
const BOUNDARY = 'traum';

/** A real socket and a real disk around the app; the tables are fakes. */
let world: FakeWorld;
let directory: string;
let server: http.Server;
let port: number;
/** In place of the fake one. */
let probe: AudioProbe['probe'] | null;

beforeEach(async () => {
  world = new FakeWorld();
  probe = null;
  directory = await mkdtemp(path.join(os.tmpdir(), 'traum-server-'));
  const deps: AppDeps = world.deps();
  const store = new DiskAudioStore({ directory });
  const ports = world.ports();
  const parts = {
    ...ports,
    sounds: forAll(ports.sounds),
    jobs: forAll(ports.jobs),
    access: openToAll,
    probe: { probe: (...given: Parameters<AudioProbe['probe']>) => (probe ?? ports.probe.probe)(...given) },
    store,
    bin: world.bin(store),
    locks: new KeyedLock(),
    events: world.events,
  };
  const app = createApp({
    ...deps,
    library: new LibraryService(parts),
    uploads: new UploadService({ ...parts, origins: { add: () => true }, maxUploadBytes: 1e9 }),
  });
  server = createAdaptorServer({ fetch: app.fetch }) as http.Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

const part = (name: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\n\r\n`;
const END = `\r\n--${BOUNDARY}--\r\n`;

const post = (): http.ClientRequest =>
  http.request({
    port,
    path: '/api/v1/audio/upload',
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
  });

async function answerOf(request: http.ClientRequest): Promise<{ status: number; body: string }> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  return { status: response.statusCode ?? 0, body: Buffer.concat(await response.toArray()).toString() };
}

/** Files below the store's directory, without folders. */
const stored = async (): Promise<string[]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
};

const eventually = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe('a real server', () => {
  it('takes 200 MB through without holding them', async () => {
    const chunk = Buffer.alloc(MEGABYTE / 4, 7);
    let peak = 0;
    const before = process.memoryUsage().rss;
    const body = function* () {
      yield part('long.wav');
      for (let index = 0; index < 800; index++) {
        peak = Math.max(peak, process.memoryUsage().rss);
        yield chunk;
      }
      yield END;
    };
    const request = post();
    const answer = answerOf(request);
    await pipeline(body, request);
    const { status, body: text } = await answer;
    expect([status, text]).toEqual([202, expect.stringContaining('"queued"')]);
    expect([...world.sounds.values()][0]?.sizeBytes).toBe(200 * MEGABYTE);
    expect((peak - before) / MEGABYTE).toBeLessThan(80);
  });

  it('takes several hundred small files in one request', async () => {
    const request = post();
    const answer = answerOf(request);
    const names = Array.from({ length: 300 }, (_, index) => `${index}.wav`);
    request.end(`${names.map((name) => `${part(name)}content of ${name}`).join('\r\n')}${END}`);
    const { uploads } = JSON.parse((await answer).body) as { uploads: { filename: string; status: string }[] };
    expect(uploads.map(({ filename }) => filename)).toEqual(names);
    expect(await stored()).toHaveLength(300);
  });

  it('leaves nothing behind when the client goes in the middle of a file', async () => {
    const request = post();
    request.on('error', () => undefined);
    request.write(part('first.wav'));
    request.write('complete');
    request.write(`\r\n${part('second.wav')}`);
    request.write(Buffer.alloc(3 * MEGABYTE));
    await eventually(async () => world.sounds.size === 1 && (await stored()).length === 2);
    request.destroy();
    await eventually(async () => (await stored()).length === 1);
    expect([...world.sounds.values()].map(({ filename }) => filename)).toEqual(['first.wav']);
    expect(world.logged.filter(({ level }) => level === 'error')).toEqual([]);
    await eventually(async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok);
  });

  it('stops looking at a file whose client has gone, and keeps nothing of it', async () => {
    let looking = false;
    probe = (_, { signal } = {}) =>
      new Promise((_resolve, reject) => {
        looking = true;
        signal?.addEventListener('abort', () =>
          reject(new DomainError('cancelled', 'Reading the file was cancelled.')),
        );
      });
    const request = post();
    request.on('error', () => undefined);
    request.end(`${part('slow.wav')}complete${END}`);
    await eventually(() => looking);
    request.destroy();
    await eventually(async () => (await stored()).length === 0);
    expect(world.sounds.size).toBe(0);
    expect(world.logged.filter(({ level }) => level === 'error')).toEqual([]);
    probe = null;
    const again = post();
    const answer = answerOf(again);
    again.end(`${part('slow.wav')}complete${END}`);
    expect((await answer).status).toBe(202);
  });

  it('streams ranges from the disk and stops reading when the listener goes', async () => {
    const request = post();
    const answer = answerOf(request);
    request.write(part('tone.wav'));
    request.write(Buffer.from(Array.from({ length: 256 }, (_, index) => index)));
    request.write(Buffer.alloc(20 * MEGABYTE));
    request.end(END);
    const { uploads } = JSON.parse((await answer).body) as { uploads: { soundId: string }[] };
    const url = `http://127.0.0.1:${port}/api/v1/audio/files/${uploads[0]?.soundId}/stream`;
    const range = await fetch(url, { headers: { range: 'bytes=100-103' } });
    expect([range.status, [...new Uint8Array(await range.arrayBuffer())]]).toEqual([206, [100, 101, 102, 103]]);

    const control = new AbortController();
    const whole = await fetch(url, { signal: control.signal });
    await whole.body!.getReader().read();
    control.abort();
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe(String(256 + 20 * MEGABYTE));
  });

  it('forgets a follower of events who has gone', async () => {
    const control = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/events`, { signal: control.signal });
    await response.body!.getReader().read();
    expect(world.listeners).toBe(1);
    control.abort();
    await eventually(() => world.listeners === 0);
  });
});
