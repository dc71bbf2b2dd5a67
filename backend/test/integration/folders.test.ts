import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOCAL, type Actor } from '../../src/domain/accounts/actor.js';
import { DiskFolders, DiskWatch } from '../../src/adapters/folders/index.js';
import {
  openDatabase,
  SqlFolderRepository,
  SqlPlacedFiles,
  type Database,
  storageOver,
} from '../../src/adapters/sql/index.js';
import type { UploadService } from '../../src/domain/ingest/upload.service.js';
import { FoldersService } from '../../src/domain/folders/folders.service.js';
import { createApp } from '../../src/http/app.js';
import { FakeWorld } from '../support/fakes.js';
import { temporaryFolder } from '../contract/fixtures.js';
import { testJobs } from '../support/jobs.js';

const PATIENCE = { timeout: 20_000, interval: 20 };

let place: ReturnType<typeof temporaryFolder>;
let root: string;
let world: FakeWorld;
let db: Database;
let service: FoldersService;

function newService(roots = [root], given: Partial<Pick<UploadService, 'receive'>> = {}): FoldersService {
  const { uploads } = world.deps();
  return new FoldersService({
    work: testJobs(db),
    disk: new DiskFolders({ roots }),
    folders: new SqlFolderRepository(storageOver(db)),
    placed: new SqlPlacedFiles(storageOver(db)),
    store: world.store(),
    uploads: {
      receive: (...args) => uploads.receive(...args),
      admit: (...args) => uploads.admit(...args),
      reprocess: (...args) => uploads.reprocess(...args),
      ...given,
    },
    createWatch: () => new DiskWatch(),
    events: world.events,
    settleMs: 150,
    quietMs: 50,
    logger: world.deps().logger,
  });
}

beforeEach(async () => {
  place = temporaryFolder();
  root = path.join(place.path, 'allowed');
  await mkdir(root);
  world = new FakeWorld();
  db = openDatabase(path.join(place.path, 'traum.db'));
  service = newService();
});

afterEach(async () => {
  await service.stop();
  db.close();
  place.remove();
});

/** A file that has rested since yesterday. */
async function put(name: string, content = `sound ${name}`): Promise<string> {
  const file = path.join(root, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  const yesterday = new Date(Date.now() - 86_400_000);
  await utimes(file, yesterday, yesterday);
  return file;
}

const names = (): string[] => [...world.sounds.values()].map(({ filename }) => filename).sort();
const idle = (id: string): Promise<void> =>
  vi.waitFor(async () => expect((await service.get(LOCAL, id)).scan).toBeNull(), PATIENCE);
const add = async (options: Partial<{ path: string; watch: boolean; recursive: boolean }> = {}): Promise<string> => {
  const { id } = await service.add(LOCAL, { path: root, watch: false, recursive: true, inPlace: false, ...options });
  return id;
};

describe('a scan', () => {
  it('imports audio with its folders, counts what became of it, and leaves the rest out', async () => {
    await put('a.wav');
    await put('drums/kick.flac');
    await put('drums/same.flac', 'sound a.wav');
    await put('drums/notes.txt');
    await put('drums/fake.mp3', 'txt not a sound');
    await put('.trash/old.wav');
    const id = await add();
    await idle(id);
    expect(names()).toEqual(['a.wav', 'kick.flac']);
    expect(await service.get(LOCAL, id)).toMatchObject({
      counts: { imported: 2, duplicate: 1, rejected: 1 },
      error: null,
    });
    expect(await service.files(LOCAL, id, { outcome: 'rejected', after: null, limit: 10 })).toMatchObject([
      { path: 'drums/fake.mp3', reason: 'This is text, not audio.' },
    ]);
    expect(world.queued).toHaveLength(2);
  });

  it('stays at the top where it is told so', async () => {
    await put('a.wav');
    await put('drums/kick.flac');
    await idle(await add({ recursive: false }));
    expect(names()).toEqual(['a.wav']);
  });

  it('takes only what is new or changed the next time, and never brings back what was deleted from the library', async () => {
    const changed = await put('changed.wav');
    await put('deleted.wav');
    const id = await add();
    await idle(id);
    for (const [key, sound] of world.sounds) if (sound.filename === 'deleted.wav') world.sounds.delete(key);
    await writeFile(changed, 'another take');
    await put('new.wav');
    await service.scan(LOCAL, id);
    await idle(id);
    expect(names()).toEqual(['changed.wav', 'changed.wav', 'new.wav']);
  });

  it('gives a sound the bytes of its file when only the tags in it changed', async () => {
    const changed = await put('changed.wav', 'sound');
    const shared = await put('copy.wav', 'sound twice');
    await put('twice.wav', 'sound twice');
    const id = await add();
    await idle(id);
    const [before, ...others] = [...world.sounds.values()];
    expect(others).toHaveLength(1);
    await writeFile(changed, 'sound with a title');
    await writeFile(shared, 'sound twice, changed');
    await service.scan(LOCAL, id);
    await idle(id);
    const after = [...world.sounds.values()].filter(({ filename }) => filename === 'changed.wav');
    expect(after.map((sound) => sound.id)).toEqual([before!.id]);
    expect(after[0]!.sha256).not.toBe(before!.sha256);
    expect(world.queued).toContain(`ingest-${before!.id}-2`);
    const kept = [...world.bytes.keys()].filter((name) => !name.startsWith('temporary'));
    expect(kept.sort()).toEqual([...world.sounds.values()].map(({ sha256 }) => sha256).sort());
    // Another file is the old sound still: this one becomes a new sound.
    expect(names()).toEqual(['changed.wav', 'copy.wav', 'copy.wav']);
  });

  it('leaves sounds in the library when their files are deleted or moved', async () => {
    const file = await put('a.wav');
    await put('b.wav');
    const id = await add();
    await idle(id);
    await rename(file, path.join(root, 'renamed.wav'));
    await rm(path.join(root, 'b.wav'));
    await service.scan(LOCAL, id);
    await idle(id);
    expect(names()).toEqual(['a.wav', 'b.wav']);
    expect((await service.get(LOCAL, id)).counts).toEqual({ imported: 0, duplicate: 1, rejected: 0 });
  });

  it('tries rejected files again only when asked', async () => {
    await put('late.wav', 'txt');
    const id = await add({ watch: true });
    await idle(id);
    await service.stop();
    service = newService([root], {
      receive: async (_actor, filename) => ({ filename, status: 'queued', soundId: 's', jobId: 'j' }),
    });
    await service.start();
    await idle(id);
    expect((await service.get(LOCAL, id)).counts.rejected).toBe(1);
    await service.scan(LOCAL, id);
    await idle(id);
    expect((await service.get(LOCAL, id)).counts).toEqual({ imported: 1, duplicate: 0, rejected: 0 });
  });

  it('waits until a file is no longer written to', async () => {
    const file = path.join(root, 'recording.wav');
    await writeFile(file, 'first half');
    const id = await add();
    await new Promise((resolve) => setTimeout(resolve, 80));
    await writeFile(file, 'first half, second half');
    await idle(id);
    expect(
      [...world.bytes.entries()].filter(([key]) => !key.startsWith('temporary')).map(([, bytes]) => String(bytes)),
    ).toEqual(['first half, second half']);
  });

  it('goes on after the program ended in the middle', async () => {
    for (let i = 0; i < 5; i++) await put(`${i}.wav`);
    const { uploads } = world.deps();
    let received = 0;
    let interrupt: () => void = () => undefined;
    const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
    const slow = {
      receive: async (actor: Actor, name: string, source: Parameters<typeof uploads.receive>[2]) => {
        received += 1;
        if (received === 3) interrupt();
        return uploads.receive(actor, name, source);
      },
    };
    service = newService([root], slow);
    const id = await add();
    await interrupted;
    await service.stop();
    expect(names().length).toBeLessThan(5);
    received = 0;
    service = newService([root], slow);
    expect((await service.get(LOCAL, id)).pending).toBe(true);
    await service.start();
    await idle(id);
    expect(names()).toHaveLength(5);
    expect(received).toBeLessThanOrEqual(3);
    expect((await service.get(LOCAL, id)).pending).toBe(false);
  });

  it('can be stopped, and keeps what it has', async () => {
    for (let i = 0; i < 20; i++) await put(`${i}.wav`);
    const id = await add();
    await vi.waitFor(() => expect(world.sounds.size).toBeGreaterThan(0), PATIENCE);
    await service.cancelScan(LOCAL, id);
    expect(await service.get(LOCAL, id)).toMatchObject({ scan: null, pending: false, error: null });
    const { imported } = (await service.get(LOCAL, id)).counts;
    expect(imported).toBe(world.sounds.size);
    await service.remove(LOCAL, id);
    expect(world.sounds.size).toBe(imported);
    await expect(service.get(LOCAL, id)).rejects.toThrow('no folder');
  });

  it('ends with the reason when the disk is full, and when the folder is gone', async () => {
    await put('sub/a.wav');
    world.diskIsFull = true;
    const id = await add({ path: path.join(root, 'sub') });
    await idle(id);
    expect((await service.get(LOCAL, id)).error).toBe('The disk is full.');
    await rm(path.join(root, 'sub'), { recursive: true });
    await service.scan(LOCAL, id);
    await idle(id);
    expect((await service.get(LOCAL, id)).error).toContain('folder_missing');
  });
});

describe('links', () => {
  it('are followed inside, end when they go in circles, and are refused when they lead out', async () => {
    await put('real/a.wav');
    const outside = path.join(place.path, 'outside');
    await mkdir(outside);
    await writeFile(path.join(outside, 'secret.wav'), 'secret');
    await symlink(root, path.join(root, 'real/loop'));
    await symlink(path.join(outside, 'secret.wav'), path.join(root, 'secret.wav'));
    await symlink(outside, path.join(root, 'outside'));
    await symlink(path.join(root, 'real/a.wav'), path.join(root, 'linked.wav'));
    await symlink(path.join(root, 'nowhere.wav'), path.join(root, 'broken.wav'));
    const id = await add();
    await idle(id);
    expect(world.sounds.size).toBe(1);
    const rejected = await service.files(LOCAL, id, { outcome: 'rejected', after: null, limit: 10 });
    expect(rejected.map(({ path }) => path)).toEqual(['outside', 'secret.wav']);
    expect(rejected[0]?.reason).toContain('link_leads_out');
    await expect(add({ path: path.join(root, 'outside') })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('watching', () => {
  it('takes new files, also in new folders, and files that are replaced', async () => {
    await put('old.wav');
    const id = await add({ watch: true });
    await idle(id);
    expect((await service.get(LOCAL, id)).watching).toBe('all');
    await writeFile(path.join(root, 'new.wav'), 'new');
    await mkdir(path.join(root, 'deep/deeper'), { recursive: true });
    await writeFile(path.join(root, 'deep/deeper/found.wav'), 'found');
    await vi.waitFor(() => expect(names()).toEqual(['found.wav', 'new.wav', 'old.wav']), PATIENCE);
    await rm(path.join(root, 'deep'), { recursive: true });
    await mkdir(path.join(root, 'deep'));
    await writeFile(path.join(root, 'deep/again.wav'), 'again');
    await vi.waitFor(() => expect(names()).toContain('again.wav'), PATIENCE);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await writeFile(path.join(root, 'deep/later.wav'), 'later');
    await vi.waitFor(() => expect(names()).toContain('later.wav'), PATIENCE);
  });

  it('stops when it is turned off', async () => {
    const id = await add({ watch: true });
    await idle(id);
    await service.change(LOCAL, id, { watch: false });
    await writeFile(path.join(root, 'new.wav'), 'new');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(names()).toEqual([]);
    expect(await service.get(LOCAL, id)).toMatchObject({ watch: false, watching: 'off' });
  });
});

describe('over HTTP', () => {
  const call = async (method: string, url: string, body?: unknown, folders: FoldersService = service) => {
    const response = await createApp(world.deps({ folders })).request(`/api/v1/folders${url}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, answer: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  };

  it('adds, lists, changes, scans and removes', async () => {
    await put('sub/a.wav');
    await put('sub/b.mp3', 'txt');
    const { status, answer } = await call('POST', '', { path: `${root}/./sub/` });
    expect([status, answer['path'], answer['watch'], answer['recursive']]).toEqual([
      201,
      path.join(root, 'sub'),
      false,
      true,
    ]);
    const id = String(answer['id']);
    await idle(id);
    expect((await call('GET', '')).answer).toMatchObject({
      allowed: [root],
      items: [{ counts: { imported: 1, duplicate: 0, rejected: 1 }, scan: null }],
    });
    expect((await call('GET', `/${id}/files?limit=1`)).answer).toMatchObject({
      items: [{ path: 'a.wav', outcome: 'imported' }],
      nextCursor: 'a.wav',
      total: 2,
    });
    expect((await call('GET', `/${id}/files?cursor=a.wav`)).answer).toMatchObject({
      items: [{ path: 'b.mp3' }],
      nextCursor: null,
    });
    expect((await call('PATCH', `/${id}`, { watch: true })).answer['watch']).toBe(true);
    expect((await call('POST', `/${id}/scan`)).status).toBe(202);
    expect((await call('DELETE', `/${id}/scan`)).status).toBe(200);
    expect((await call('POST', '', { path: path.join(root, 'sub') })).status).toBe(409);
    expect((await call('DELETE', `/${id}`)).status).toBe(204);
    expect((await call('DELETE', `/${id}`)).status).toBe(404);
  });

  it('shows folders to choose from', async () => {
    await put('b/x.wav');
    await put('a/x.wav');
    await put('.hidden/x.wav');
    const { answer } = await call('GET', `/browse?path=${encodeURIComponent(root)}`);
    expect(answer['items']).toEqual([
      { name: 'a', path: path.join(root, 'a') },
      { name: 'b', path: path.join(root, 'b') },
    ]);
  });

  it.each([
    ['/etc', 'IMPORT_DIRS'],
    ['allowed', 'whole path'],
    ['ROOT/../outside', 'IMPORT_DIRS'],
    ['ROOT/missing', 'no folder at this path'],
    ['ROOT/a.wav', 'leads to a file'],
    ['', 'empty'],
  ])('refuses %s and says why', async (given, reason) => {
    await put('a.wav');
    const { status, answer } = await call('POST', '', { path: given.replace('ROOT', root) });
    expect([status, answer['detail']]).toEqual([422, expect.stringContaining(reason)]);
    if (given !== '')
      expect((await call('GET', `/browse?path=${encodeURIComponent(given.replace('ROOT', root))}`)).status).toBe(422);
  });

  it('says how to turn it on while no folder is allowed', async () => {
    const off = newService([]);
    expect((await call('GET', '', undefined, off)).answer).toEqual({ items: [], allowed: [] });
    const { status, answer } = await call('POST', '', { path: root }, off);
    expect([status, answer['detail']]).toEqual([422, expect.stringContaining('IMPORT_DIRS')]);
  });

  it('knows no other folders', async () => {
    for (const [method, url] of [
      ['PATCH', '/x'],
      ['POST', '/x/scan'],
      ['DELETE', '/x/scan'],
      ['GET', '/x/files'],
    ] as const) {
      expect((await call(method, url, method === 'PATCH' ? { watch: true } : undefined)).status).toBe(404);
    }
  });
});

it('tells of many jobs at once', async () => {
  const job = world.newJob('one', 1);
  const response = await createApp(world.deps()).request('/api/v1/audio/status', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jobIds: [job.id, 'gone'] }),
  });
  expect(await response.json()).toMatchObject({ jobs: [{ jobId: job.id, state: 'queued' }], missing: ['gone'] });
});
