import { createHash, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskBackups } from '../../src/adapters/disk/disk-backups.js';
import { Replacement } from '../../src/adapters/disk/replacement.js';
import {
  openDatabase,
  SqlJobRepository,
  SqlSessionRepository,
  SqlUserRepository,
  SqliteUpkeep,
  storageOver,
  type Database,
} from '../../src/adapters/sql/index.js';
import { ThreadVault, Vault } from '../../src/adapters/vault/index.js';
import { buildBackupTools, completeRestore } from '../../src/composition/backups.js';
import { loadConfig, type Config } from '../../src/config.js';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { BackupsService } from '../../src/domain/backups/backups.service.js';
import { DomainError } from '../../src/domain/errors.js';
import { testJobs } from '../support/jobs.js';

const SECRET = 'correct horse battery staple';
const KEEP = { days: 7, weeks: 4, months: 6 };
const quiet = () => ({ signal: new AbortController().signal, report: () => undefined });
const never = () => undefined;
const logger = { debug: never, info: never, warn: never, error: never };

let root: string;
let dataDir: string;
let place: string;
let db: Database;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'traum-backups-'));
  [dataDir, place] = [path.join(root, 'data'), path.join(root, 'vault')];
  db = openDatabase(path.join(dataDir, 'traum.db'));
});

afterEach(async () => {
  db.close();
  await rm(root, { recursive: true, force: true });
});

const configOf = (directory = dataDir, env: NodeJS.ProcessEnv = {}): Config =>
  loadConfig({ DATA_DIR: directory, BACKUP_DIR: place, ...env });
const tools = (env: NodeJS.ProcessEnv = {}, directory = dataDir) => buildBackupTools(configOf(directory, env), place);
const backUp = async (env: NodeJS.ProcessEnv = {}, verify = false) =>
  (await tools(env)).backup({ keep: KEEP, verify }, quiet());

const fileOf = (sha256: string, directory = dataDir): string =>
  path.join(directory, 'audio', sha256.slice(0, 2), sha256);

/** A sound with a file of its own. */
async function add(content: Buffer | string): Promise<string> {
  const bytes = Buffer.from(content);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await mkdir(path.dirname(fileOf(sha256)), { recursive: true });
  await writeFile(fileOf(sha256), bytes);
  const facts = { durationS: 1, sampleRateHz: 8000, channels: 1, codec: 'pcm', bitRateKbps: 1, bitsPerSample: null };
  await new SqlJobRepository(storageOver(db)).accept({
    id: crypto.randomUUID(),
    filename: 'a.wav',
    sha256,
    sizeBytes: bytes.length,
    ...facts,
  });
  return sha256;
}

/** Every file below, with its content. */
async function contentOf(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const content = new Map<string, string>();
  for (const file of files.toSorted())
    content.set(path.relative(directory, file), (await readFile(file)).toString('hex'));
  return content;
}
const objects = async (): Promise<string[]> =>
  [...(await contentOf(path.join(place, 'objects'))).keys()].map((name) => path.join(place, 'objects', name));

describe.each([
  ['plain', {}],
  ['encrypted', { BACKUP_KEY: SECRET }],
])('a backup (%s)', (_, env) => {
  it('is restored onto an empty machine as it was', async () => {
    const hashes = [await add('one'), await add(randomBytes(3_000_000)), await add('')];
    const sql = storageOver(db);
    const users = new SqlUserRepository(sql);
    const at = new Date().toISOString();
    await users.add({ id: 'ann', name: 'Ann', role: 'admin', passwordHash: 'x' });
    await new SqlSessionRepository(sql).add(
      { id: 's', userId: 'ann', address: '', agent: '', createdAt: at, seenAt: at, expiresAt: '2999-01-01T00:00:00Z' },
      'hash',
    );
    const made = await backUp(env);
    expect(made).toMatchObject({ sounds: 3, missing: [] });
    // Deleted since: the backup has it.
    await rm(fileOf(hashes[0]!));

    const empty = path.join(root, 'empty', 'machine');
    const { backup, aside, hasAccounts } = await (await tools(env, empty)).restore(made.id, quiet());
    expect(backup.id).toBe(made.id);
    expect(hasAccounts).toBe(true);
    expect(aside).toBeNull();
    expect(await readFile(fileOf(hashes[0]!, empty), 'utf8')).toBe('one');
    expect((await stat(fileOf(hashes[1]!, empty))).size).toBe(3_000_000);
    const restored = openDatabase(path.join(empty, 'traum.db'));
    expect(restored.prepare('SELECT count(*) FROM sounds').pluck().get()).toBe(3);
    expect(restored.prepare('SELECT count(*) FROM jobs').pluck().get()).toBe(3);
    // A token that was used up since would be good again.
    expect(restored.prepare('SELECT count(*) FROM users').pluck().get()).toBe(1);
    expect(restored.prepare('SELECT count(*) FROM sessions').pluck().get()).toBe(0);
    restored.close();
    expect((await readdir(empty)).toSorted()).toEqual(['audio', 'instance.lock', 'traum.db']);
  });

  it('copies nothing again that lies there already', async () => {
    await add(randomBytes(2_000_000));
    const first = await backUp(env);
    await add(randomBytes(100_000));
    const second = await backUp(env);
    expect(first.addedBytes).toBeGreaterThan(2_000_000);
    // The new sound and the pages of the database that changed.
    expect(second.addedBytes).toBeGreaterThan(100_000);
    expect(second.addedBytes).toBeLessThan(1_500_000);
  });

  it('is not restored when anything in it was changed, and the library stays as it is', async () => {
    await add(randomBytes(50_000));
    const made = await backUp(env);
    const before = await contentOf(path.join(dataDir, 'audio'));
    for (const file of await objects()) {
      const good = await readFile(file);
      const bad = Buffer.from(good);
      bad[Math.floor(bad.length / 2)]! ^= 1;
      await writeFile(file, bad);
      await expect((await tools(env)).restore(made.id, quiet()), file).rejects.toThrow('damaged or missing');
      await expect((await tools(env)).check(made.id, quiet())).rejects.toThrow('damaged or missing');
      await writeFile(file, good.subarray(0, -1));
      await expect((await tools(env)).restore(made.id, quiet()), file).rejects.toThrow('damaged or missing');
      await writeFile(file, good);
    }
    expect(await contentOf(path.join(dataDir, 'audio'))).toEqual(before);
    expect(await readdir(dataDir)).not.toContain('restore');
    expect((await (await tools(env)).check(made.id, quiet())).sounds).toBe(1);
  });

  it('mends with --verify what was damaged where it lies', async () => {
    await add(randomBytes(50_000));
    await backUp(env);
    for (const file of await objects()) {
      const bytes = await readFile(file);
      bytes[bytes.length >> 1]! ^= 1;
      await writeFile(file, bytes);
    }
    const again = await backUp(env, true);
    expect((await (await tools(env)).check(again.id, quiet())).id).toBe(again.id);
  });
});

describe('a backup that somebody made anew, so that its hashes fit', () => {
  const objectOf = (sha256: string): string => path.join(place, 'objects', sha256.slice(0, 2), sha256);
  const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  type Entry = { sha256: string; sizeBytes: number };
  type Contents = { database: Entry[]; files: Entry[] };

  /** @param change of the list of what is in it, or something else in its place */
  async function forge(change: (contents: Contents) => unknown, ofSnapshot: object = {}): Promise<string> {
    const [name] = await readdir(path.join(place, 'snapshots'));
    const file = path.join(place, 'snapshots', name!);
    const snapshot = JSON.parse((await readFile(file, 'utf8')).split('\n')[0]!) as { contents: Entry };
    const contents = JSON.parse(await readFile(objectOf(snapshot.contents.sha256), 'utf8')) as Contents;
    const list = Buffer.from(JSON.stringify(change(contents) ?? contents));
    const known = { sha256: hashOf(list), sizeBytes: list.length };
    await mkdir(path.dirname(objectOf(known.sha256)), { recursive: true });
    await writeFile(objectOf(known.sha256), list);
    const body = Buffer.from(JSON.stringify({ ...snapshot, contents: known, ...ofSnapshot }));
    await writeFile(file, `${body.toString()}\n${hashOf(body)}\n`);
    return name!;
  }

  it.each<[string, (contents: Contents) => unknown, object?]>([
    ['lacks a sound of its database', ({ files }) => void files.pop()],
    ['leads out of the library', ({ files }) => void (files[0]!.sha256 = '../../../../outside')],
    ['is a list of something else', () => ({ database: null, files: [{}] })],
    ['is no list', () => 'nothing'],
    ['says not when it was made', () => undefined, { createdAt: 'x' }],
    ['has another database in it', ({ database }) => void (database[0] = database.pop()!)],
  ])('is refused when it %s, with nothing replaced', async (_, change, ofSnapshot) => {
    for (const content of ['one', 'two']) await add(content);
    await backUp();
    const id = await forge(change, ofSnapshot);
    const target = path.join(root, 'other');
    openDatabase(path.join(target, 'traum.db')).close();
    const before = await readFile(path.join(target, 'traum.db'), 'hex');
    await expect((await tools({}, target)).restore(id, quiet())).rejects.toThrow(DomainError);
    expect(await readFile(path.join(target, 'traum.db'), 'hex')).toBe(before);
    expect((await readdir(target)).filter((name) => /restore|outside/.test(name))).toEqual([]);
  });

  it('is read no further where a pipe lies in the place of a file', async () => {
    const hash = await add('one');
    const { id } = await backUp();
    await rm(objectOf(hash));
    execFileSync('mkfifo', [objectOf(hash)]);
    await expect((await tools()).check(id, quiet())).rejects.toThrow('damaged');
    await rm(path.join(place, 'vault.json'));
    execFileSync('mkfifo', [path.join(place, 'vault.json')]);
    await expect((await tools()).list()).rejects.toThrow('damaged');
  });
});

describe('a place for backups', () => {
  it('tells nothing without the key, and says which key is lacking', async () => {
    const hash = await add('a secret recording');
    await backUp({ BACKUP_KEY: SECRET });
    const lies = await contentOf(place);
    for (const [name, hex] of lies) {
      expect(name).not.toContain(hash);
      expect(hex).not.toContain(Buffer.from('a secret recording').toString('hex'));
      expect(hex).not.toContain(Buffer.from('SQLite format').toString('hex'));
    }
    await expect((await tools()).list()).rejects.toThrow('BACKUP_KEY_FILE');
    await expect((await tools({ BACKUP_KEY: 'another passphrase' })).list()).rejects.toThrow('not the key');
    const keyFile = path.join(root, 'key');
    await writeFile(keyFile, `${SECRET}\n`);
    expect(await (await tools({ BACKUP_KEY_FILE: keyFile })).list()).toHaveLength(1);
  });

  it('refuses a key for what is not encrypted, a folder with other things in it, and a key file that is none', async () => {
    await add('x');
    await backUp();
    await expect(backUp({ BACKUP_KEY: SECRET })).rejects.toThrow('not encrypted');
    await rm(place, { recursive: true });
    await mkdir(place);
    await writeFile(path.join(place, 'letters.txt'), 'mine');
    await expect(backUp()).rejects.toThrow('Other files lie');
    expect((await readdir(place)).toSorted()).toEqual(['letters.txt', 'tmp']);
    await expect(tools({ BACKUP_KEY_FILE: path.join(root, 'nowhere') })).rejects.toThrow('cannot be read');
  });

  it('refuses at once what is no folder and can be none', async () => {
    await add('x');
    const file = path.join(root, 'letters.txt');
    await writeFile(file, 'mine');
    for (const odd of [file, path.join(file, 'below'), '/dev/null', '/proc/backups', '/proc']) {
      const made = await buildBackupTools(configOf(), odd);
      await expect(made.backup({ keep: KEEP, verify: false }, quiet())).rejects.toThrow(
        /none can be made|not be written/,
      );
    }
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  it('lets nobody put one encrypted file in the place of another', async () => {
    await add(randomBytes(1000));
    await add(randomBytes(1000));
    const made = await backUp({ BACKUP_KEY: SECRET });
    const sameSize = (
      await Promise.all((await objects()).map(async (file) => ({ file, size: (await stat(file)).size })))
    )
      .filter(({ size }) => size === 1032)
      .map(({ file }) => file);
    expect(sameSize).toHaveLength(2);
    await cp(sameSize[0]!, sameSize[1]!);
    await expect((await tools({ BACKUP_KEY: SECRET })).check(made.id, quiet())).rejects.toThrow('damaged');
  });

  it('is whole after a crash at any moment, and takes the next backup', async () => {
    await add(randomBytes(50_000));
    const good = await backUp();
    await add(randomBytes(50_000));
    // As a crash leaves it: contents without their backup, a file half written, a lock of a process that is gone.
    await mkdir(path.join(place, 'objects', 'ab'), { recursive: true });
    await writeFile(path.join(place, 'objects', 'ab', 'ab'.repeat(32)), 'of a backup that never was');
    await mkdir(path.join(place, 'tmp'), { recursive: true });
    await writeFile(path.join(place, 'tmp', 'half.part'), 'half');
    await writeFile(path.join(place, 'snapshots', '20260101T000000Z-00000000'), '{"torn');
    await writeFile(path.join(place, 'lock'), `${os.hostname()} 4194303`);
    expect((await (await tools()).list()).map(({ id }) => id)).toEqual([good.id]);
    const next = await backUp();
    expect(next.sounds).toBe(2);
    expect(await readdir(path.join(place, 'tmp'))).toEqual([]);
    for (const { id } of await (await tools()).list()) await (await tools()).check(id, quiet());
  });

  it('takes away what no backup needs, and nothing else', async () => {
    const vault = new Vault({
      directory: place,
      secret: null,
      programVersion: '1',
      audioDir: path.join(dataDir, 'audio'),
    });
    const database = path.join(root, 'copy.db');
    const write = async (files: string[], day: number) => {
      await writeFile(database, `database of day ${day}`);
      const known = await Promise.all(
        files.map(async (sha256) => ({ sha256, sizeBytes: (await stat(fileOf(sha256))).size })),
      );
      const createdAt = `2026-01-0${day}T00:00:00.000Z`;
      return vault.write(
        { database, files: known, createdAt, verify: false, databaseVersion: 1, model: null, inPlace: 0 },
        quiet(),
      );
    };
    const [a, b, c] = [await add(randomBytes(1000)), await add(randomBytes(2000)), await add(randomBytes(4000))];
    const first = await write([a, b], 1);
    const second = await write([b, c], 2);
    const third = await write([c], 3);
    const freed = await vault.remove([first.id]);
    expect(freed).toBeGreaterThan(1000);
    expect(freed).toBeLessThan(2000);
    await vault.read(second.id, null, quiet());
    await vault.remove([second.id]);
    await vault.read(third.id, null, quiet());
    expect((await readdir(path.join(place, 'objects'), { recursive: true })).some((name) => name.endsWith(b))).toBe(
      false,
    );
    expect(await vault.list()).toHaveLength(1);
  });

  it('names files that the library itself lacks, and goes on with the rest', async () => {
    const [lost, changed, good] = [await add('lost'), await add('changed'), await add('good')];
    await rm(fileOf(lost));
    await writeFile(fileOf(changed), 'CHANGED');
    const made = await backUp();
    expect(made.missing).toEqual([lost, changed].toSorted());
    const empty = path.join(root, 'empty');
    await (await tools({}, empty)).restore(made.id, quiet());
    expect(await readFile(fileOf(good, empty), 'utf8')).toBe('good');
  });

  it('says that its disk is full, and keeps the earlier backups', async (context) => {
    const small = path.join(root, 'small');
    await mkdir(small);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', small], { stdio: 'ignore' });
    } catch {
      context.skip('no file system may be mounted here');
    }
    try {
      await symlink(small, place);
      await add(randomBytes(100_000));
      const good = await backUp();
      await add(randomBytes(5_000_000));
      await expect(backUp()).rejects.toMatchObject({
        code: 'storage_full',
        message: expect.stringContaining('BACKUP_KEEP') as string,
      });
      expect((await (await tools()).list()).map(({ id }) => id)).toEqual([good.id]);
      await (await tools()).check(good.id, quiet());
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

describe('restoring', () => {
  it('puts what was there aside, and is completed after a crash half-way', async () => {
    await add('old');
    const made = await backUp();
    const later = await add('since then');
    db.close();
    // Every moment at which the exchange can be killed: after each of its renames.
    for (let killedAfter = 0; killedAfter < 6; killedAfter++) {
      const target = path.join(root, `machine-${killedAfter}`);
      await cp(dataDir, target, { recursive: true });
      await writeFile(path.join(target, 'traum.db-wal'), '');
      await mkdir(path.join(target, 'index'));
      const replacement = new Replacement(target);
      await replacement.begin();
      const vault = new Vault({ directory: place, secret: null, programVersion: '1', audioDir: '' });
      await vault.read(made.id, replacement, quiet());
      await writeFile(path.join(replacement.directory, 'verified.json'), '{"aside":"before-restore-1"}');
      const former = path.join(target, 'before-restore-1');
      await mkdir(former);
      const steps: [from: string, to: string][] = [
        [path.join(target, 'traum.db-wal'), path.join(former, 'traum.db-wal')],
        [path.join(target, 'index'), path.join(former, 'index')],
        [path.join(target, 'audio'), path.join(former, 'audio')],
        [path.join(replacement.directory, 'audio'), path.join(target, 'audio')],
        [path.join(target, 'traum.db'), path.join(former, 'traum.db')],
        [path.join(replacement.directory, 'traum.db'), path.join(target, 'traum.db')],
      ];
      for (const [from, to] of steps.slice(0, killedAfter + 1)) await rename(from, to);

      expect(await replacement.isUnfinished()).toBe(true);
      expect(await completeRestore(configOf(target))).toEqual({ aside: 'before-restore-1' });
      expect(await completeRestore(configOf(target))).toBeUndefined();
      const restored = openDatabase(path.join(target, 'traum.db'));
      expect(restored.prepare('SELECT count(*) FROM sounds').pluck().get()).toBe(1);
      restored.close();
      expect(await stat(fileOf(later, target)).catch(() => null)).toBeNull();
      expect((await stat(path.join(former, 'audio', later.slice(0, 2), later))).size).toBe(10);
      expect(await readdir(former)).toContain('traum.db');
    }
  });

  it('is refused while a program uses the library, and for a backup of a newer program', async () => {
    await add('x');
    const made = await backUp();
    const soon = new Date(Date.now() + 10_000).toISOString();
    db.prepare("INSERT INTO leases (name, holder, held_until) VALUES ('jobs', 'somebody', ?)").run(soon);
    await expect((await tools()).restore(made.id, quiet())).rejects.toThrow('Stop it first');
    db.prepare('DELETE FROM leases').run();
    db.pragma('user_version = 999');
    const newer = await backUp();
    await expect((await tools({}, path.join(root, 'empty'))).restore(newer.id, quiet())).rejects.toThrow(
      'newer version',
    );
  });
});

describe('the server', () => {
  const open = (settings: { everyMs: number; directory?: string | null }) => {
    const { directory = place, everyMs } = settings;
    const work = testJobs();
    const service = new BackupsService({
      place: directory
        ? new ThreadVault({ directory, secret: null, programVersion: '1', audioDir: path.join(dataDir, 'audio') })
        : null,
      database: new SqliteUpkeep(db, path.join(dataDir, 'traum.db')),
      scratch: new DiskBackups({ directory: path.join(dataDir, 'backup') }),
      settings: { everyMs, keep: KEEP },
      work,
      logger,
    });
    return { service, work, close: () => work.close() };
  };
  const last = async (work: ReturnType<typeof testJobs>) => (await work.latest(['full-backup']))[0];

  it('makes one when it is asked to, once at a time, and tells its age', async () => {
    await add(randomBytes(1000));
    const { service, work, close } = open({ everyMs: 0 });
    expect(await service.status(LOCAL)).toMatchObject({ configured: true, ageS: null, overdue: true });
    const both = await Promise.allSettled([service.begin(LOCAL), service.begin(LOCAL)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect.poll(async () => (await last(work))?.state, { timeout: 20_000 }).toBe('completed');
    const { items, ageS, overdue } = await service.status(LOCAL);
    expect(items).toMatchObject([{ sounds: 1 }]);
    expect(ageS).toBeLessThan(20);
    expect(overdue).toBe(false);
    await close();
  });

  it('makes one by itself when the last is too old, and warns when none can be made', async () => {
    await add('x');
    const { service, work, close } = open({ everyMs: 3_600_000 });
    service.start();
    await expect.poll(async () => (await last(work))?.state, { timeout: 20_000 }).toBe('completed');
    await service.stop();
    // The disk is not mounted: an empty folder lies in its place.
    await rm(place, { recursive: true });
    await mkdir(place);
    service.start();
    await expect.poll(async () => (await last(work))?.state, { timeout: 20_000 }).toBe('failed');
    expect((await last(work))?.error).toContain('backup_place_changed');
    expect((await service.status(LOCAL)).overdue).toBe(true);
    expect(await readdir(place)).toEqual([]);
    await service.stop();
    await close();
  });

  it('says what to set where no place is set, and asks only those who run it', async () => {
    const { service, close } = open({ everyMs: 0, directory: null });
    expect(await service.status(LOCAL)).toMatchObject({ configured: false, overdue: false });
    await expect(service.begin(LOCAL)).rejects.toThrow('BACKUP_DIR');
    const reader = { ...LOCAL, rights: new Set(['read', 'edit'] as const) };
    await expect(service.status(reader)).rejects.toBeInstanceOf(DomainError);
    await expect(service.begin(reader)).rejects.toBeInstanceOf(DomainError);
    await close();
  });

  it('stops when it is cancelled, and leaves the place free for the next', async () => {
    for (let i = 0; i < 40; i++) await add(randomBytes(200_000));
    const { service, work, close } = open({ everyMs: 0 });
    const { id } = await service.begin(LOCAL);
    await work.askToStop(id);
    await expect.poll(async () => (await last(work))?.state, { timeout: 20_000 }).toBe('cancelled');
    expect((await backUp()).sounds).toBe(40);
    await close();
  });
});
