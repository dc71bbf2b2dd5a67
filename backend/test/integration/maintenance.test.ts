import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { DiskAudioStore } from '../../src/adapters/disk/disk-audio-store.js';
import { DiskBackups } from '../../src/adapters/disk/disk-backups.js';
import { DiskFileAudit } from '../../src/adapters/disk/file-audit.js';
import { DiskStorageMeter } from '../../src/adapters/disk/storage-meter.js';
import {
  openDatabase,
  SqlBinRepository,
  SqlJobRepository,
  SqlSoundRepository,
  SqliteUpkeep,
  type Database,
  storageOver,
} from '../../src/adapters/sql/index.js';
import { MaintenanceService } from '../../src/domain/maintenance/maintenance.service.js';
import type { CheckReport, MaintenanceTask, TaskKind } from '../../src/domain/maintenance/maintenance.types.js';
import { MemoryEvents } from '../support/memory-events.js';
import type { JobsService } from '../../src/domain/jobs/jobs.service.js';
import { testJobs } from '../support/jobs.js';

let dataDir: string;
let db: Database;
let service: MaintenanceService;
let store: DiskAudioStore;
let finishRebuild: () => void;
let work: JobsService;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'traum-upkeep-'));
  db = openDatabase(path.join(dataDir, 'traum.db'));
  work = testJobs();
  service = open();
});

afterEach(async () => {
  finishRebuild();
  await work.close();
  await service.close();
  db.close();
  await rm(dataDir, { recursive: true, force: true });
});

function open(): MaintenanceService {
  const directory = path.join(dataDir, 'audio');
  store = new DiskAudioStore({ directory });
  const rebuilt = new Promise<void>((resolve) => (finishRebuild = resolve));
  return new MaintenanceService({
    sounds: new SqlSoundRepository(storageOver(db)),
    bin: new SqlBinRepository(storageOver(db)),
    jobs: new SqlJobRepository(storageOver(db)),
    segments: { segmentCount: () => 0 },
    events: new MemoryEvents(),
    work,
    index: {
      rebuild: () => rebuilt,
      status: () => ({
        state: 'ready',
        progress: 1,
        segments: 7,
        sounds: 1,
        modelKey: 'toy@1',
        seq: 0,
        memoryBytes: 0,
      }),
    },
    database: new SqliteUpkeep(db, path.join(dataDir, 'traum.db')),
    files: new DiskFileAudit({ directory, store }),
    backups: new DiskBackups({ directory: path.join(dataDir, 'backup') }),
    meter: new DiskStorageMeter({
      dataDir,
      indexDir: path.join(dataDir, 'index'),
      modelsDir: path.join(dataDir, 'models'),
      cacheDir: path.join(dataDir, 'cache'),
    }),
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
}

/** A sound with a file of its own. */
async function add(name: string, content: string): Promise<{ id: string; file: string }> {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const file = store.pathOf(sha256);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  const id = crypto.randomUUID();
  const facts = { durationS: 1, sampleRateHz: 8000, channels: 1, codec: 'pcm', bitRateKbps: 1, bitsPerSample: null };
  await new SqlJobRepository(storageOver(db)).accept({
    id,
    filename: name,
    sha256,
    sizeBytes: content.length,
    ...facts,
  });
  return { id, file };
}

const taskOf = async (id: string): Promise<MaintenanceTask> =>
  (await service.tasks(LOCAL)).find((task) => task.id === id)!;

async function ended(kind: TaskKind, options = { hash: false }): Promise<MaintenanceTask> {
  const { id } = await service.start(LOCAL, kind, options);
  await expect.poll(async () => (await taskOf(id)).state, { timeout: 20_000 }).not.toBe('running');
  return taskOf(id);
}

describe('the integrity check', () => {
  it('finds a whole library whole', async () => {
    await add('a.wav', 'one');
    const { state, report } = await ended('check', { hash: true });
    expect(state).toBe('completed');
    expect(report).toEqual({
      kind: 'check',
      hashed: true,
      complaints: [],
      filesChecked: 1,
      faults: { missing: 0, wrong_size: 0, damaged: 0, unplugged: 0 },
      sounds: [],
      strays: { files: 0, bytes: 0 },
    });
  });

  it('names missing, cut-off and changed files, and counts files of no sound', async () => {
    const missing = await add('missing.wav', 'one');
    const cut = await add('cut.wav', 'two');
    const changed = await add('changed.wav', 'three');
    await rm(missing.file);
    await truncate(cut.file, 1);
    await writeFile(changed.file, 'THREE');
    const stray = store.pathOf('f'.repeat(64));
    await mkdir(path.dirname(stray), { recursive: true });
    await writeFile(stray, 'lost');
    await new Promise((resolve) => setTimeout(resolve, 20));

    const sizesOnly = (await ended('check')).report as CheckReport;
    expect(sizesOnly.faults).toEqual({ missing: 1, wrong_size: 1, damaged: 0, unplugged: 0 });
    const { faults, sounds, strays } = (await ended('check', { hash: true })).report as CheckReport;
    expect(faults).toEqual({ missing: 1, wrong_size: 1, damaged: 1, unplugged: 0 });
    expect(sounds).toContainEqual({ soundId: changed.id, filename: 'changed.wav', fault: 'damaged' });
    expect(strays).toEqual({ files: 1, bytes: 4 });
  });

  it('tells what is wrong with a damaged database', async () => {
    const insert = db.prepare(
      "INSERT INTO search_log (query, query_folded, mode, result_count, took_ms, created_at) VALUES (?, ?, 'hybrid', 0, 1, '2026')",
    );
    for (let i = 0; i < 3000; i++) insert.run(`query ${i}`, `query ${i}`.repeat(10));
    db.pragma('wal_checkpoint(TRUNCATE)');
    const file = path.join(dataDir, 'traum.db');
    const bytes = await readFile(file);
    bytes.fill(0x5a, bytes.length - 8 * 8192 + 100, bytes.length - 2 * 8192);
    await writeFile(file, bytes);
    const task = await ended('check');
    const complaints = (task.report as CheckReport | null)?.complaints ?? [];
    expect(task.state === 'failed' || complaints.length > 0).toBe(true);
  });
});

describe('a backup', () => {
  it('is a whole database of one moment, while others write', async () => {
    await add('a.wav', 'one');
    const writing = setInterval(
      () =>
        db
          .prepare(
            "INSERT INTO search_log (query, query_folded, mode, result_count, took_ms, created_at) VALUES ('x', 'x', 'hybrid', 0, 1, '2026')",
          )
          .run(),
      1,
    );
    const { state } = await ended('backup');
    clearInterval(writing);
    expect(state).toBe('completed');
    const backup = await service.backup(LOCAL);
    const copy = path.join(dataDir, 'copy.db');
    await writeFile(copy, Buffer.concat(await backup.read().toArray()));
    const restored = new BetterSqlite3(copy, { readonly: true });
    expect(restored.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(restored.prepare('SELECT filename FROM sounds').pluck().all()).toEqual(['a.wav']);
    restored.close();
    expect((await service.storage(LOCAL)).backup?.sizeBytes).toBe(backup.sizeBytes);
  });

  it('that nobody made cannot be downloaded', async () => {
    await expect(service.backup(LOCAL)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('that is cancelled leaves nothing behind, and the former one stays', async () => {
    await ended('backup');
    const before = await service.backup(LOCAL);
    const task = await service.start(LOCAL, 'backup');
    await service.cancel(LOCAL, task.id);
    expect((await taskOf(task.id)).state).toBe('cancelled');
    expect((await service.backup(LOCAL)).createdAt).toBe(before.createdAt);
  });
});

describe('compacting', () => {
  it('gives free pages back', async () => {
    db.exec('CREATE TABLE bulk (data BLOB)');
    const insert = db.prepare('INSERT INTO bulk VALUES (?)');
    db.transaction(() => {
      for (let i = 0; i < 1000; i++) insert.run(Buffer.alloc(8000, i));
    })();
    db.exec('DROP TABLE bulk');
    const { freeBytes } = (await service.storage(LOCAL)).database;
    expect(freeBytes).toBeGreaterThan(5e6);
    const { state, report } = await ended('compact');
    expect(state).toBe('completed');
    expect((await service.storage(LOCAL)).database.freeBytes).toBe(0);
    expect(report).toMatchObject({ kind: 'compact' });
    expect((await stat(path.join(dataDir, 'traum.db'))).size).toBeLessThan(3e6);
  });

  it('of a database that has to be written anew waits for the queue', async () => {
    db.close();
    const file = path.join(dataDir, 'traum.db');
    const old = new BetterSqlite3(file);
    old.pragma('journal_mode = DELETE');
    old.pragma('auto_vacuum = NONE');
    old.exec('VACUUM');
    old.close();
    db = openDatabase(file);
    await service.close();
    service = open();
    await add('waiting.wav', 'one');
    await expect(service.start(LOCAL, 'compact')).rejects.toMatchObject({ code: 'conflict' });
    db.prepare("UPDATE jobs SET state = 'completed'").run();
    expect((await ended('compact')).state).toBe('completed');
    expect(db.pragma('auto_vacuum', { simple: true })).toBe(2);
  });
});

describe('tasks', () => {
  it('run one at a time', async () => {
    const rebuild = await service.start(LOCAL, 'rebuild');
    await expect(service.start(LOCAL, 'check')).rejects.toMatchObject({ code: 'conflict' });
    await expect(service.cancel(LOCAL, rebuild.id)).rejects.toMatchObject({ code: 'conflict' });
    finishRebuild();
    await expect.poll(async () => (await taskOf(rebuild.id)).state).toBe('completed');
    expect((await taskOf(rebuild.id)).report).toEqual({ kind: 'rebuild', segments: 7 });
    await expect(service.cancel(LOCAL, rebuild.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(service.cancel(LOCAL, 'unknown')).rejects.toMatchObject({ code: 'not_found' });
  });
});
