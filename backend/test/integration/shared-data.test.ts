import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskBackups } from '../../src/adapters/disk/disk-backups.js';
import { asBusy } from '../../src/adapters/sql/index.js';
import { ModelVersions } from '../../src/clap/index.js';
import { sweepIndexes } from '../../src/composition/active-model.js';
import type { AppEnv } from '../../src/http/deps.js';
import { problemHandler } from '../../src/http/problem.js';

const MODELS = fileURLToPath(new URL('../../../models', import.meta.url));
const silent = { debug() {}, info() {}, warn() {}, error() {} };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'traum-shared-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** As if nobody had touched it for two hours. */
async function age(place: string): Promise<void> {
  const then = new Date(Date.now() - 2 * 60 * 60_000);
  await utimes(place, then, then);
}

describe('processes that share a data directory', () => {
  it('keep each other’s indexes, and remove those that nobody uses', async () => {
    for (const name of ['mine', 'another', 'old']) await mkdir(path.join(folder, name));
    await age(path.join(folder, 'mine'));
    await age(path.join(folder, 'old'));
    await sweepIndexes({ indexDir: folder }, ['mine', null]);
    expect((await readdir(folder)).sort()).toEqual(['another', 'mine']);
  });

  it('make backups at the same time, and remove what a crash has left', async () => {
    await writeFile(path.join(folder, 'crashed.part'), '');
    await age(path.join(folder, 'crashed.part'));
    const [one, other] = [new DiskBackups({ directory: folder }), new DiskBackups({ directory: folder })];
    const first = await one.begin();
    await writeFile(first.path, 'first');
    const second = await other.begin();
    await writeFile(second.path, 'second');
    await first.keep();
    await second.keep();
    expect(await readdir(folder)).toEqual(['traum.db']);
    expect(await one.current()).toMatchObject({ sizeBytes: 'second'.length });
  });

  it('copy the same model at the same time: one whole copy is left', async () => {
    const options = { modelsDir: MODELS, keptDir: folder, logger: silent };
    const model = await new ModelVersions(options).installed('compact-clap');
    const kept = await Promise.all(Array.from({ length: 4 }, () => new ModelVersions(options).keep(model)));
    expect(await readdir(folder)).toEqual([model.key]);
    for (const { dir } of kept) expect(dir).toBe(path.join(folder, model.key, 'compact-clap'));
    expect((await new ModelVersions(options).former({ id: 'compact-clap', key: model.key }))?.key).toBe(model.key);
  });

  it('leave a copy of a model alone that another is making', async () => {
    const versions = new ModelVersions({ modelsDir: MODELS, keptDir: folder, logger: silent });
    for (const name of ['.partial-a', '.partial-b', 'old']) await mkdir(path.join(folder, name));
    await age(path.join(folder, '.partial-b'));
    await versions.sweep(['new']);
    expect(await readdir(folder)).toEqual(['.partial-a']);
  });
});

it('answers 503 when a read meets a database that another program has for itself', async () => {
  const file = path.join(folder, 'traum.db');
  const other = new BetterSqlite3(file);
  other.exec('CREATE TABLE sounds (id TEXT); BEGIN EXCLUSIVE');
  const db = new BetterSqlite3(file, { timeout: 10 });
  const app = new Hono<AppEnv>();
  app.get('/', (c) => c.json(db.prepare('SELECT * FROM sounds').all()));
  app.onError(problemHandler(silent, asBusy));
  const answer = await app.request('/');
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(await answer.json()).toMatchObject({ code: 'busy' });
  other.exec('ROLLBACK');
  expect((await app.request('/')).status).toBe(200);
  other.close();
  db.close();
});
