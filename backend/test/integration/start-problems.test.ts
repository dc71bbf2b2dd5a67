import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/adapters/sql/index.js';

const MODELS = fileURLToPath(new URL('../../../models', import.meta.url));
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

let folder: string;
let dataDir: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'traum-start-'));
  dataDir = path.join(folder, 'data');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs an entry point until it ends. */
function start(
  entry: string,
  env: NodeJS.ProcessEnv = {},
  uid?: number,
  endAfterMs = 25_000,
): Promise<{ code: number | null; lines: string[] }> {
  const main = fileURLToPath(new URL(`../../dist/main/${entry}.js`, import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: dataDir,
      MODELS_DIR: MODELS,
      // Nobody is there; a start that fails for another reason does not get that far.
      REDIS_URL: 'redis://127.0.0.1:1',
      ...env,
    },
    ...(uid === undefined ? {} : { uid, gid: uid }),
    timeout: endAfterMs,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, lines: output.trimEnd().split('\n') }));
  });
}

async function expectOneLine(told: Promise<{ code: number | null; lines: string[] }>, words: RegExp): Promise<void> {
  const { code, lines } = await told;
  expect(lines).toEqual([expect.stringMatching(words)]);
  expect(code).toBe(1);
}

async function usedDataDirectory(): Promise<void> {
  await mkdir(dataDir);
  openDatabase(path.join(dataDir, 'traum.db')).close();
}

describe.each(['serve', 'api', 'worker'])('%s says in one line why it does not start', (entry) => {
  it('when the data directory cannot be made', () =>
    expectOneLine(start(entry, { DATA_DIR: '/proc/x' }), /\/proc\/x cannot be used.+Set DATA_DIR/));

  it('when a file lies where the data directory should be', async () => {
    await writeFile(dataDir, 'text');
    await expectOneLine(start(entry), /cannot be used as the data directory\. Set DATA_DIR/);
  });

  it('when the database is something else, cut off, or damaged inside', async () => {
    await usedDataDirectory();
    const file = path.join(dataDir, 'traum.db');
    const whole = await readFile(file);
    for (const bytes of [
      Buffer.alloc(50_000, 'not a database'),
      whole.subarray(0, 20_000),
      Buffer.concat([whole.subarray(0, 8192), Buffer.alloc(whole.length - 8192, 0xa5)]),
    ]) {
      await writeFile(file, bytes);
      await expectOneLine(start(entry), /traum\.db in .+ is damaged\. .+restore a backup/);
    }
  });

  it('when there are no models', async () => {
    await expectOneLine(
      start(entry, { MODELS_DIR: path.join(folder, 'nowhere') }),
      /There is no model .+MODELS_DIR.+Set MODELS_DIR/,
    );
    await mkdir(path.join(folder, 'empty'));
    await expectOneLine(
      start(entry, { MODELS_DIR: path.join(folder, 'empty') }),
      /There is no model .+MODELS_DIR.+Set MODELS_DIR/,
    );
  });

  // Root may write anywhere, and only root can become another user.
  it.runIf(isRoot && process.platform === 'linux')('when the data belong to another user', async () => {
    await usedDataDirectory();
    await chmod(folder, 0o755);
    await chmod(dataDir, 0o755);
    await chmod(path.join(dataDir, 'traum.db'), 0o644);
    await expectOneLine(start(entry, {}, NOBODY), /may not write to .+chown -R.+EACCES/);
    await chmod(dataDir, 0o777);
    await expectOneLine(start(entry, {}, NOBODY), /may not write to .+chown -R.+EACCES: traum\.db/);
  });
});

describe.each(['serve', 'api'])('%s looks at what settings point to before it says anything', (entry) => {
  it.each([
    [{ HOST: 'nosuch.invalid', AUTH: 'required' }, /^HOST=nosuch\.invalid is not an address of this machine.+Use 127/],
    [{ HOST: '192.0.2.1', AUTH: 'required' }, /^HOST=192\.0\.2\.1 is not an address of this machine.+Use 127/],
    [{ STATIC_DIR: '/nowhere' }, /^STATIC_DIR=\/nowhere holds no pages.+npm run build/],
  ])('%j', (settings, words) => expectOneLine(start(entry, settings), words));
});

it('tells in words, once, of a Redis and of a folder that are away, and nothing after that it is ready', async () => {
  const { lines } = await start('serve', { IMPORT_DIRS: '/nowhere', AUTH: 'off' }, undefined, 8_000);
  expect(lines.filter((line) => !line.startsWith('{'))).toEqual([
    expect.stringMatching(/^IMPORT_DIRS names \/nowhere, which is not there now/),
    expect.stringMatching(/^Redis at 127\.0\.0\.1:1 does not answer\. Searching works; sounds .+ wait .+Start it/),
    expect.stringMatching(/^Traum-Engine is ready: http/),
  ]);
  expect(lines.join('\n')).not.toMatch(/"stack":"[^"]|worker is ready/);
});

it.runIf(isRoot && process.platform === 'linux')(
  'names the folder of the queue when only that is read-only',
  async () => {
    await mkdir(path.join(dataDir, 'redis', 'appendonlydir'), { recursive: true });
    await chmod(folder, 0o755);
    await chmod(dataDir, 0o777);
    await chmod(path.join(dataDir, 'redis'), 0o755);
    await expectOneLine(start('serve', { REDIS_URL: '' }, NOBODY), /may not write to .+EACCES: redis/);
  },
);

it('says that another program holds the database', async () => {
  await usedDataDirectory();
  const other = new BetterSqlite3(path.join(dataDir, 'traum.db'));
  other.pragma('locking_mode = EXCLUSIVE');
  other.exec('BEGIN EXCLUSIVE');
  try {
    await expectOneLine(start('api'), /Another program holds the database.+start again/);
  } finally {
    other.close();
  }
});
