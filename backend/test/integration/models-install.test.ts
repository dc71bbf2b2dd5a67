import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskModelStaging, FolderModelSource, HubModelSource } from '../../src/adapters/hub/index.js';
import { DomainError } from '../../src/domain/errors.js';
import { InstallService, type InstallOptions } from '../../src/domain/models/install.service.js';
import type { ModelStaging } from '../../src/domain/models/models.ports.js';
import type { InstallProgress, ModelEntry } from '../../src/domain/models/models.types.js';
import { breakOff, sha256, TestHub } from '../support/hub.js';
import { silentLog } from './ingest-fixtures.js';
import { told } from '../../src/domain/reasons.js';

const audio = randomBytes(300_000);
const text = randomBytes(200_000);
const tokenizer = Buffer.from(JSON.stringify({ words: ['rain'] }));

const entry: ModelEntry = {
  id: 'toy',
  name: 'Toy',
  family: 'Toy',
  precision: 'int8',
  license: 'MIT',
  source: 'someone/toy',
  description: '',
  goodAt: '',
  sizeBytes: 500_000,
  bundled: false,
  installed: false,
  problem: null,
  download: {
    repository: 'someone/toy',
    revision: 'main',
    files: [
      { path: 'onnx/audio.onnx', sha256: sha256(audio), sizeBytes: audio.length },
      { path: 'onnx/text.onnx', sha256: null, sizeBytes: null },
      { path: 'tokenizer.json', sha256: null, sizeBytes: null },
    ],
  },
};

let folder: string;
let hub: TestHub;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'traum-install-'));
  hub = await new TestHub(
    new Map([
      ['onnx/audio.onnx', audio],
      ['onnx/text.onnx', text],
      ['tokenizer.json', tokenizer],
    ]),
  ).start();
});
afterEach(async () => {
  await hub.stop();
  rmSync(folder, { recursive: true, force: true });
});

const place = (...parts: string[]): string => path.join(folder, 'models', 'toy', ...parts);
const staging = (): DiskModelStaging => new DiskModelStaging({ directory: path.join(folder, 'models') });

function service(given: { staging?: ModelStaging; damaged?: boolean } = {}): InstallService {
  return new InstallService({
    catalog: {
      list: () => Promise.resolve([entry]),
      get: (id) => Promise.resolve(id === 'toy' ? { ...entry, installed: existsSync(place('manifest.json')) } : null),
      manifestFor: (id, files) => JSON.stringify({ id, files }),
      verify: () => Promise.resolve([{ path: 'onnx/audio.onnx', verdict: given.damaged ? 'damaged' : 'ok' }]),
    },
    staging: given.staging ?? staging(),
    logger: silentLog,
    retry: { times: 3, firstMs: 5 },
  });
}

const source = (endpoint = hub.url, stallMs = 5_000): HubModelSource => new HubModelSource({ endpoint, stallMs });
const install = (options: Partial<InstallOptions> = {}, given: Parameters<typeof service>[0] = {}): Promise<boolean> =>
  service(given).install('toy', { source: source(), ...options });

async function failureOf(promise: Promise<unknown>): Promise<DomainError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DomainError)) throw new Error(`expected a DomainError, got ${String(error)}`);
  expect(error.message).not.toContain(folder);
  return error;
}

function expectInstalled(): void {
  expect(readFileSync(place('onnx', 'audio.onnx')).equals(audio)).toBe(true);
  expect(readFileSync(place('onnx', 'text.onnx')).equals(text)).toBe(true);
  expect(readFileSync(place('tokenizer.json')).equals(tokenizer)).toBe(true);
  const manifest = JSON.parse(readFileSync(place('manifest.json'), 'utf8')) as { files: { sha256: string }[] };
  expect(manifest.files.map((file) => file.sha256)).toEqual([audio, text, tokenizer].map(sha256));
  expect(readdirSync(path.join(folder, 'models', '.partial'))).toEqual([]);
}

const rangesFor = (file: string): (string | undefined)[] =>
  hub.requests.filter(({ url }) => url.endsWith(file)).map(({ range }) => range);

describe('installing from a hub', () => {
  it('brings every file, pins the hashes and tells its progress', async () => {
    const seen: InstallProgress[] = [];
    expect(await install({ onProgress: (progress) => seen.push(progress) })).toBe(true);
    expectInstalled();
    expect(hub.requests.map(({ url }) => url)).toEqual([
      '/someone/toy/resolve/main/onnx/audio.onnx',
      '/someone/toy/resolve/main/onnx/text.onnx',
      '/someone/toy/resolve/main/tokenizer.json',
    ]);
    const last = seen.at(-1);
    expect(last).toMatchObject({ stage: 'verifying', receivedBytes: last?.totalBytes });
    expect(last?.totalBytes).toBe(audio.length + text.length + tokenizer.length);
  });

  it('leaves a whole model alone and brings a damaged one again', async () => {
    await install();
    const before = hub.requests.length;
    expect(await install()).toBe(false);
    expect(hub.requests).toHaveLength(before);
    expect(await install({ anew: true })).toBe(true);
    writeFileSync(place('onnx', 'audio.onnx'), 'damaged');
    expect(await install({}, { damaged: true })).toBe(true);
    expectInstalled();
  });

  it('goes on where the connection broke off', async () => {
    let broken = 0;
    hub.misbehave = (request, response, file) => {
      if (file !== audio || broken++ >= 2) return false;
      breakOff(request, response, file);
      return true;
    };
    await install();
    expectInstalled();
    expect(rangesFor('audio.onnx')).toEqual([undefined, 'bytes=150000-', 'bytes=225000-']);
  });

  it('goes on in the next run, also for files whose hash nobody knows', async () => {
    hub.misbehave = (request, response, file) => {
      if (file !== text) return false;
      if (request.headers.range) response.destroy();
      else breakOff(request, response, file);
      return true;
    };
    const error = await failureOf(install());
    expect(error.code).toBe('download_failed');
    expect(error.message).toMatch(/install again to go on/);
    expect(existsSync(place())).toBe(false);

    hub.requests.length = 0;
    hub.misbehave = () => false;
    await install();
    expectInstalled();
    expect(rangesFor('audio.onnx')).toEqual([]);
    expect(rangesFor('text.onnx')).toEqual(['bytes=100000-']);
  });

  it('begins anew when the file has changed in between', async () => {
    hub.misbehave = (request, response, file) => {
      if (file !== text) return false;
      if (request.headers.range) response.destroy();
      else breakOff(request, response, Buffer.from(text).fill(7));
      return true;
    };
    await failureOf(install());
    hub.misbehave = () => false;
    await install();
    expectInstalled();
  });

  it('begins anew with a server that knows no ranges', async () => {
    let broken = false;
    hub.misbehave = (request, response, file) => {
      if (file !== audio) return false;
      if (!broken) breakOff(request, response, file);
      else response.writeHead(200, { 'content-length': file.length }).end(file);
      broken = true;
      return true;
    };
    await install();
    expectInstalled();
    expect(rangesFor('audio.onnx')).toEqual([undefined, 'bytes=150000-']);
  });

  it('gives up a transfer that stands still and goes on', async () => {
    let stalled = false;
    hub.misbehave = (_request, response, file) => {
      if (file !== audio || stalled) return false;
      stalled = true;
      response.writeHead(200, { etag: `"${sha256(file)}"`, 'content-length': file.length });
      response.write(file.subarray(0, 1000));
      return true;
    };
    await install({ source: source(hub.url, 150) });
    expectInstalled();
    expect(rangesFor('audio.onnx')).toEqual([undefined, 'bytes=1000-']);
  });

  it('tries again while the server is busy', async () => {
    let refusals = 0;
    hub.misbehave = (_request, response) => {
      if (refusals++ >= 2) return false;
      response.writeHead(503).end('busy');
      return true;
    };
    await install();
    expectInstalled();
  });

  it('throws away what an earlier run left damaged', async () => {
    mkdirSync(path.join(folder, 'models', '.partial', 'toy', 'onnx'), { recursive: true });
    writeFileSync(path.join(folder, 'models', '.partial', 'toy', 'onnx', 'audio.onnx'), Buffer.alloc(1000, 1));
    await install();
    expectInstalled();
  });

  const refusals: [string, TestHub['misbehave'], RegExp][] = [
    ['a wrong hash', (_q, r, file) => void r.writeHead(200).end(Buffer.alloc(file.length, 1)), /SHA-256 is wrong/],
    ['another size', (_q, r) => void r.writeHead(200, { 'content-length': 5 }).end('short'), /another version/],
    ['a missing file', (_q, r) => void r.writeHead(404).end(), /does not have audio\.onnx \(404\)/],
    ['a locked file', (_q, r) => void r.writeHead(401).end(), /does not give audio\.onnx to everybody.*--from/],
    ['a web page', (_q, r) => void r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), /web page/],
    ['a web page in disguise', (_q, r) => void r.writeHead(200).end('\n<!DOCTYPE html><title>Login'), /web page/],
    ['a circle', (q, r) => void r.writeHead(302, { location: q.url ?? '' }).end(), /in circles/],
  ];
  it.each(refusals)('refuses %s and installs nothing', async (_name, misbehave, message) => {
    hub.misbehave = (...given) => {
      void misbehave(...given);
      return true;
    };
    const error = await failureOf(install());
    expect(error.code).toBe('download_failed');
    expect(error.message).toMatch(message);
    expect(existsSync(place())).toBe(false);
  });

  it('says so when nothing answers', async () => {
    await hub.stop();
    const error = await failureOf(install());
    expect(error.message).toMatch(/127\.0\.0\.1.*connection refused.*HF_ENDPOINT/);
  });

  it('sends the password of the endpoint to that host only', async () => {
    const elsewhere = await new TestHub(hub.files).start();
    hub.misbehave = (request, response) => {
      response.writeHead(302, { location: `${elsewhere.url}${request.url}` }).end();
      return true;
    };
    await install({ source: source(hub.url.replace('//', '//me:secret@')) });
    await elsewhere.stop();
    expectInstalled();
    expect(hub.requests[0]?.authorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
    expect(elsewhere.requests.map(({ authorization }) => authorization)).toEqual([undefined, undefined, undefined]);
  });

  it('stops at a wish and keeps what has arrived', async () => {
    const controller = new AbortController();
    hub.misbehave = (_request, response, file) => {
      if (file !== text) return false;
      response.writeHead(200, { etag: '"x"', 'content-length': file.length });
      response.write(file.subarray(0, 1000), () => setTimeout(() => controller.abort(), 30));
      return true;
    };
    const error = await failureOf(install({ signal: controller.signal }));
    expect(error.code).toBe('cancelled');
    expect(existsSync(place())).toBe(false);
    hub.requests.length = 0;
    hub.misbehave = () => false;
    await install();
    expect(rangesFor('audio.onnx')).toEqual([]);
  });

  it('lets one process at a time install a model', async () => {
    const area = await staging().open('toy');
    expect((await failureOf(install())).code).toBe('conflict');
    await area.close();
    await install();
    expectInstalled();
  });
});

describe('a full disk', () => {
  it('is noticed before anything is downloaded', async () => {
    const real = staging();
    const full: ModelStaging = {
      open: (id) => real.open(id),
      remove: (id) => real.remove(id),
      freeBytes: () => Promise.resolve(10_000_000),
    };
    const error = await failureOf(install({}, { staging: full }));
    expect(error.code).toBe('storage_full');
    expect(error.message).toMatch(/only 10 MB are free/);
    expect(hub.requests).toEqual([]);
  });

  it('in the middle installs nothing', async () => {
    const real = staging();
    const full: ModelStaging = {
      freeBytes: () => real.freeBytes(),
      remove: (id) => real.remove(id),
      open: async (id) => {
        const area = await real.open(id);
        const file = area.file.bind(area);
        area.file = async (name) => {
          const staged = await file(name);
          staged.write = () => Promise.reject(new DomainError('storage_full', 'The disk is full.'));
          return staged;
        };
        return area;
      },
    };
    expect((await failureOf(install({}, { staging: full }))).code).toBe('storage_full');
    expect(existsSync(place())).toBe(false);
    await install();
    expectInstalled();
  });
});

describe('installing from a folder', () => {
  const bring = (...files: [name: string, bytes: Buffer][]): FolderModelSource => {
    const directory = path.join(folder, 'brought');
    for (const [name, bytes] of files) {
      mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      writeFileSync(path.join(directory, name), bytes);
    }
    return new FolderModelSource({ directory });
  };

  it('takes files laid out as published or flat', async () => {
    await install({ source: bring(['onnx/audio.onnx', audio], ['text.onnx', text], ['tokenizer.json', tokenizer]) });
    expectInstalled();
    expect(hub.requests).toEqual([]);
  });

  it('verifies them all the same', async () => {
    const wrong = bring(['audio.onnx', Buffer.alloc(audio.length)], ['text.onnx', text], ['tokenizer.json', tokenizer]);
    expect((await failureOf(install({ source: wrong }))).message).toMatch(/SHA-256 is wrong/);
    expect(existsSync(place())).toBe(false);
  });

  it('names what is missing', async () => {
    const error = await failureOf(install({ source: bring(['audio.onnx', audio]) }));
    expect(error.message).toMatch(/lacks text\.onnx/);
  });
});

it('where nothing answers, it says so within five seconds, tells of the next attempt, and can be cancelled', async () => {
  hub.misbehave = () => true;
  const controller = new AbortController();
  const began = performance.now();
  const seen: InstallProgress[] = [];
  const failed = failureOf(
    install({
      source: source(hub.url, 30_000),
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        controller.abort();
      },
    }),
  );
  expect((await failed).code).toBe('cancelled');
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(seen[0]?.retry).toMatchObject({ failures: 1, most: 4 });
  expect(told(seen[0]?.retry?.reason ?? '').text).toMatch(
    /could not be downloaded from 127\.0\.0\.1:\d+: it does not answer/,
  );
}, 90_000);

it('is told of attempts only until bytes come again', async () => {
  let refusals = 2;
  hub.misbehave = (_request, response) => {
    if (refusals-- <= 0) return false;
    response.writeHead(503).end();
    return true;
  };
  const seen: InstallProgress[] = [];
  await install({ onProgress: (progress) => seen.push(progress) });
  expect(seen.map(({ retry }) => retry?.failures ?? null).slice(0, 3)).toEqual([1, 2, null]);
  expect(seen.at(-1)).toMatchObject({ stage: 'verifying', retry: null });
});
