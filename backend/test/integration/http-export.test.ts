import { randomUUID } from 'node:crypto';
import { createReadStream, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { inflateRawSync } from 'node:zlib';
import { getRequestListener } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/domain/errors.js';
import { LibraryService } from '../../src/domain/library/library.service.js';
import { because } from '../../src/domain/reasons.js';
import { createApp } from '../../src/http/app.js';
import { FakeWorld } from '../support/fakes.js';
import { forAll } from '../support/viewers.js';

const MB = 1024 * 1024;
const SOUNDS = 1000;
const SIZE = MB / 8;

let folder: string;
let world: FakeWorld;
let server: Server;
let url: string;
let ids: string[];
let reads: Readable[];
/** Contents that lie on a drive that was unplugged. */
let away: Set<string>;

/** A thousand sounds of 128 KB each, all with the bytes of one file on the disk. */
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'traum-export-'));
  const file = path.join(folder, 'audio.bin');
  await writeFile(file, Buffer.alloc(SIZE, 7));
  world = new FakeWorld();
  reads = [];
  away = new Set();
  ids = Array.from({ length: SOUNDS }, (_, i) => {
    const id = randomUUID();
    world.add(`${i}`, { id, filename: i % 2 ? 'rain.wav' : `sound ${i}.wav`, sizeBytes: SIZE, soundKey: i + 1 });
    return id;
  });
  const store = {
    ...world.store(),
    check: (sha256: string) =>
      away.has(sha256)
        ? Promise.reject(new DomainError('busy', because('place_unplugged'), { transient: true, retryAfterS: 30 }))
        : Promise.resolve(),
    read: () => {
      const stream = createReadStream(file);
      reads.push(stream);
      return Promise.resolve(stream);
    },
  };
  const { sounds, jobs, queue, pcm } = world.ports();
  const library = new LibraryService({
    sounds: forAll(sounds),
    jobs: forAll(jobs),
    store,
    queue,
    pcm,
    bin: world.bin(),
    events: world.events,
  });
  const app = createApp(world.deps({ library }));
  const listener = getRequestListener(app.fetch);
  server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}/api/v1/search/export`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const exported = (body: unknown, signal?: AbortSignal): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });

/** Files of the test that this process has open. */
const openFiles = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;

/** The first entry of this name in the archive, which must be deflated. */
function unpacked(zip: Buffer, name: string): string {
  const at = zip.indexOf(name);
  return inflateRawSync(zip.subarray(at + name.length + zip.readUInt16LE(at - 2))).toString();
}

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; !what() && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(what()).toBe(true);
}

describe('a big export', () => {
  it('of a thousand sounds streams, one file open at a time, in little memory', async () => {
    const response = await exported({ format: 'zip', soundIds: ids });
    let bytes = 0;
    const tail: Buffer[] = [];
    let tailBytes = 0;
    const before = process.memoryUsage().rss;
    let most = 0;
    let mostOpen = 0;
    for await (const chunk of Readable.fromWeb(response.body as never) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      tail.push(chunk);
      tailBytes += chunk.length;
      while (tailBytes > 2 * MB) tailBytes -= tail.shift()!.length;
      if (bytes % (8 * MB) < chunk.length) {
        most = Math.max(most, process.memoryUsage().rss);
        if (process.platform === 'linux') mostOpen = Math.max(mostOpen, openFiles());
      }
    }
    expect(bytes).toBeGreaterThan(SOUNDS * SIZE);
    expect(reads).toHaveLength(SOUNDS);
    expect(mostOpen).toBeLessThanOrEqual(2);
    // The whole archive is 128 MB.
    expect(most - before).toBeLessThan(100 * MB);
    const end = Buffer.concat(tail);
    const manifest = unpacked(end, 'manifest.csv');
    expect(end.toString()).toContain('audio/rain (500).wav');
    expect(manifest.split('\r\n')).toHaveLength(SOUNDS + 2);
    expect(manifest).toContain('file,id,filename,title');
    expect(manifest).toMatch(new RegExp(`\r\naudio/rain \\(2\\)\\.wav,${ids[3]},rain\\.wav`));
  }, 120_000);

  it('ends when whoever asked for it leaves', async () => {
    const abort = new AbortController();
    const response = await exported({ format: 'zip', soundIds: ids }, abort.signal);
    await response.body!.getReader().read();
    abort.abort();
    await until(() => reads.length > 0 && reads.every((stream) => stream.destroyed));
    const count = reads.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(reads.length).toBe(count);
    expect(count).toBeLessThan(SOUNDS);
    if (process.platform === 'linux') await until(() => openFiles() === 0);
  });

  it('of a search may be longer than a page, and is not a search of its own', async () => {
    const query = { text: [{ text: 'rain' }], limit: 5000 };
    const answer = (await (await exported({ format: 'json', query })).json()) as { items: unknown[] };
    expect(answer.items).toHaveLength(SOUNDS);
    expect(world.searched).toMatchObject([{ limit: 5000, recorded: false }]);
    expect((await exported({ format: 'json', query: { ...query, limit: 10_001 } })).status).toBe(422);
  });
});

describe('files that cannot be had', () => {
  it('are left out of the archive and listed in it, with the reason; the others are there', async () => {
    const [gone, there, goneToo] = [ids[0]!, ids[1]!, ids[2]!];
    for (const id of [gone, goneToo]) away.add(world.sounds.get(id)!.sha256);
    const response = await exported({ format: 'zip', soundIds: [gone, there, goneToo] });
    expect(response.status).toBe(200);
    const zip = Buffer.from(await response.arrayBuffer());
    expect(zip.toString()).toContain('audio/rain.wav');
    expect(zip.toString()).not.toContain('audio/sound 0.wav');
    const list = unpacked(zip, 'NOT INCLUDED.txt').split('\r\n');
    expect(list[0]).toContain('2 of 3 sounds');
    expect(list.slice(2, 4)).toEqual([
      expect.stringMatching(/^sound 0\.wav: .*not connected/),
      expect.stringMatching(/^sound 2\.wav: .*not connected/),
    ]);
    const manifest = unpacked(zip, 'manifest.csv');
    expect(manifest).toContain(`\r\n,${gone},sound 0.wav`);
    expect(manifest).toContain(`\r\naudio/rain.wav,${there},rain.wav`);
    expect(unpacked(zip, 'playlist.m3u8')).not.toContain('sound 0');
  });

  it('refuse the archive where they are all that was asked for', async () => {
    const asked = ids.slice(0, 3);
    for (const id of asked) away.add(world.sounds.get(id)!.sha256);
    const response = await exported({ format: 'zip', soundIds: asked });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('30');
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('not connected') as string });
    expect((await exported({ format: 'csv', soundIds: asked })).status).toBe(200);
  });
});

describe('names in an archive', () => {
  it('can be unpacked everywhere', async () => {
    const odd = ['NUL.wav', 'what?.wav', 'trailing. ', 'RAIN.wav', 'Füße.wav'].map(
      (filename) => world.add(filename, { id: randomUUID(), filename, soundKey: 5000 + filename.length }).id,
    );
    const bytes = Buffer.from(await (await exported({ format: 'zip', soundIds: [ids[1], ...odd] })).arrayBuffer());
    const text = bytes.toString();
    for (const name of ['_NUL.wav', 'what_.wav', 'trailing', 'rain.wav', 'RAIN (2).wav', 'Füße.wav']) {
      expect(text).toContain(`audio/${name}`);
    }
    expect(text).not.toContain('audio/NUL');
    expect(text).not.toContain('audio/trailing.');
  });
});
