import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openDatabase,
  SqlJobRepository,
  SqlSearchLog,
  SqlSegmentSource,
  SqlSoundRepository,
  storageOver,
  type Database,
} from '../../src/adapters/sql/index.js';
import { migrations } from '../../src/adapters/sql/sqlite/migrations/index.js';
import type { DomainError } from '../../src/domain/errors.js';
import { sqlite } from './engines.js';
import { newSound, temporaryFolder } from './fixtures.js';
import { repositorySuites } from './repositories.suite.js';

describe('SQLite', () => repositorySuites(sqlite));

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let db: Database;

beforeEach(() => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'library', 'traum.db');
  db = openDatabase(file);
});

afterEach(() => {
  db.close();
  folder.remove();
});

describe('the database', () => {
  it('keeps its content when opened again', async () => {
    const outcome = await new SqlJobRepository(storageOver(db)).accept(newSound('a.wav'));
    const id = outcome.kind === 'accepted' ? outcome.job.soundId : '';
    db.close();
    db = openDatabase(file);
    expect((await new SqlSoundRepository(storageOver(db)).get(id))?.filename).toBe('a.wav');
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('page_size', { simple: true })).toBe(8192);
  });

  it('refuses a database from a newer version, with a remedy and without a path', () => {
    db.pragma('user_version = 999');
    let message = '';
    try {
      openDatabase(file).close();
    } catch (error) {
      expect((error as DomainError).code).toBe('conflict');
      message = (error as Error).message;
    }
    expect(message).toMatch(/newer version.*Update/);
    expect(message).not.toContain(folder.path);
  });

  it('upgrades a database that stopped half-way', async () => {
    const other = path.join(folder.path, 'old.db');
    const old = new BetterSqlite3(other);
    old.exec(migrations[0]!.sql);
    old.pragma('user_version = 1');
    old.close();
    const upgraded = openDatabase(other);
    const outcome = await new SqlJobRepository(storageOver(upgraded)).accept(newSound('a.wav'));
    expect(outcome.kind).toBe('accepted');
    expect(await new SqlSegmentSource(storageOver(upgraded)).latestSeq()).toBe(0);
    upgraded.close();
  });

  it('can be created by several processes at the same time', async () => {
    const other = path.join(folder.path, 'race', 'traum.db');
    const compiled = path.resolve(import.meta.dirname, '../../dist/adapters/sql/index.js');
    const script = `import(${JSON.stringify(pathToFileURL(compiled).href)}).then((m) => m.openDatabase(${JSON.stringify(other)}).close())`;
    const run = promisify(execFile);
    await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, ['-e', script])));
    const opened = openDatabase(other);
    expect((await new SqlSoundRepository(storageOver(opened)).counts()).total).toBe(0);
    opened.close();
  });

  it('gives the first account what deleted ones left behind', () => {
    const older = new BetterSqlite3(':memory:');
    for (const { name, sql } of migrations) {
      if (name === '0044-orphans') {
        older.exec(`INSERT INTO users (id, name, name_folded, role, password_hash, off, created_at) VALUES
          ('local', 'Ada', 'ada', 'admin', 'x', 0, ''), ('bob', 'Bob', 'bob', 'editor', 'x', 0, '');
          INSERT INTO collections (id, name, name_folded, owner_id, visibility, created_at, updated_at) VALUES
          ('a', 'a', 'a', 'bob', 'private', '', ''), ('b', 'b', 'b', 'gone', 'private', '', '')`);
        for (const owner of ['local', 'bob', 'gone']) {
          older.exec(`INSERT INTO sounds (id, sha256, filename, extension, size_bytes, title_folded, created_at, updated_at,
            owner_id, visibility) VALUES ('${owner}', '${owner}', 'a.wav', 'wav', 1, 'a', '', '', '${owner}', 'private')`);
        }
      }
      older.exec(sql);
    }
    expect(older.prepare('SELECT id, owner_id AS owner FROM sounds ORDER BY id').all()).toEqual([
      { id: 'bob', owner: 'bob' },
      { id: 'gone', owner: 'local' },
      { id: 'local', owner: 'local' },
    ]);
    expect(older.prepare('SELECT owner_id FROM collections ORDER BY id').pluck().all()).toEqual(['bob', 'local']);
    older.close();
  });

  it('reads the bits of samples from the names of codecs, and leaves those to be asked for that do not tell', () => {
    const older = new BetterSqlite3(':memory:');
    const codecs = ['pcm_s16le', 'pcm_s24be', 'pcm_f32le', 'pcm_u8', 'pcm_mulaw', 'flac', 'mp3'];
    for (const { name, sql } of migrations) {
      if (name === '0048-bits') {
        for (const codec of codecs)
          older.exec(`INSERT INTO sounds (id, sha256, filename, extension, size_bytes, title_folded, created_at, updated_at,
            codec) VALUES ('${codec}', '${codec}', 'a', 'a', 1, 'a', '', '', '${codec}')`);
      }
      older.exec(sql);
    }
    const bits = older.prepare('SELECT bits_per_sample FROM sounds ORDER BY sound_key').pluck().all();
    expect(bits).toEqual([16, 24, 32, 8, null, null, null]);
    older.close();
  });

  it('says of tempo and key of older libraries where they come from', () => {
    const older = new BetterSqlite3(':memory:');
    for (const { name, sql } of migrations) {
      if (name === '0006-analysis') {
        older.exec(`INSERT INTO sounds (id, sha256, filename, extension, size_bytes, title_folded, created_at, updated_at,
          bpm, key, edited) VALUES ('a', 'a', 'a.wav', 'wav', 1, 'a', '', '', 120, 'Am', '["bpm"]')`);
      }
      older.exec(sql);
    }
    expect(older.prepare('SELECT bpm_source, key_source, analysis_version FROM sounds').get()).toEqual({
      bpm_source: 'user',
      key_source: 'tag',
      analysis_version: null,
    });
    older.close();
  });
});

describe('the search log', () => {
  it('does not wait for another process that writes, and is written when that is done', async () => {
    const log = new SqlSearchLog(storageOver(db));
    const record = (query: string): Promise<void> =>
      log.record({ query, mode: 'hybrid', resultCount: 1, tookMs: 5, topScore: 0.3 });
    const other = openDatabase(file);
    other.exec('BEGIN IMMEDIATE');
    const began = Date.now();
    for (const query of ['rain', 'dog']) await record(query);
    expect(await log.recent(10)).toEqual([]);
    expect(Date.now() - began).toBeLessThan(2000);
    other.exec('COMMIT');
    const count = other.prepare<[], number>('SELECT count(*) FROM search_log').pluck();
    await expect.poll(() => count.get(), { timeout: 10_000 }).toBe(2);
    other.close();
    expect((await log.recent(10)).map((entry) => entry.query)).toEqual(['dog', 'rain']);
  });
});
