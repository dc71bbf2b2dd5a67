import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../src/adapters/redis/private-redis.js';
import { redisCommand } from '../../src/adapters/redis/redis-command.js';
import { processesOf, runScript, silentLog, temporaryFolder, until } from './ingest-fixtures.js';

// Real processes on a machine that may be busy: far more than they need.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const started: PrivateRedis[] = [];

async function start(directory = folder.path): Promise<PrivateRedis> {
  const redis = await startPrivateRedis({ directory, logger: silentLog });
  started.push(redis);
  return redis;
}

async function withClient<T>(redis: PrivateRedis, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redis.socketPath);
  client.on('error', () => undefined);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  for (const redis of started.splice(0)) await redis.stop();
  await folder.remove();
});

describe('the private Redis', () => {
  it('answers on a socket for its owner only, and on no port', async () => {
    const redis = await start();
    expect(await redisCommand(redis.socketPath, 'PING', 1000)).toBe('+PONG');
    expect((await stat(redis.socketPath)).mode & 0o077).toBe(0);
    expect(await withClient(redis, (client) => client.config('GET', 'port'))).toEqual(['port', '0']);
    expect(await withClient(redis, (client) => client.config('GET', 'appendonly'))).toEqual(['appendonly', 'yes']);
  });

  it('keeps its data over a stop', async () => {
    const first = await start();
    await withClient(first, (client) => client.set('kept', 'yes'));
    await first.stop();
    expect(alive(first.pid)).toBe(false);
    const second = await start();
    expect(await withClient(second, (client) => client.get('kept'))).toBe('yes');
  });

  it('comes back on the same socket with its data after kill -9', async () => {
    const redis = await start();
    await withClient(redis, async (client) => {
      await client.set('kept', 'yes');
      const before = redis.pid;
      process.kill(before, 'SIGKILL');
      await until(() => redis.pid !== before, 'a new server runs');
      await until(async () => (await client.get('kept')) === 'yes', 'the client is connected again');
    });
  });

  it('gives up and says so when it cannot be brought back', async () => {
    const redis = await start();
    const gone = new Promise<void>((resolve) => redis.onExit(resolve));
    const { PATH } = process.env;
    process.env['PATH'] = '/nonexistent';
    try {
      process.kill(redis.pid, 'SIGKILL');
      await gone;
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('stops an orphan of an earlier run and takes its data over', async () => {
    const socketPath = path.join(folder.path, 'redis.sock');
    const args = ['--port', '0', '--unixsocket', socketPath, '--dir', folder.path, '--appendonly', 'yes', '--save', ''];
    const orphan = spawn('redis-server', args, { stdio: 'ignore', detached: true });
    await until(
      async () => (await redisCommand(socketPath, 'PING', 500).catch(() => '')) === '+PONG',
      'the orphan answers',
    );
    await redisCommand(socketPath, 'SET kept yes', 1000);
    const redis = await start();
    await until(() => !alive(orphan.pid as number), 'the orphan is gone');
    expect(await withClient(redis, (client) => client.get('kept'))).toBe('yes');
  });

  it('is not stopped by a socket file that nobody serves', async () => {
    const socketPath = path.join(folder.path, 'redis.sock');
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    await new Promise((resolve) => server.close(resolve));
    await writeFile(socketPath, '');
    expect(await redisCommand((await start()).socketPath, 'PING', 1000)).toBe('+PONG');
  });

  it('uses a short socket path where the data directory is deep', async () => {
    const deep = path.join(folder.path, 'a directory with spaces and ümlauts '.repeat(3), 'x'.repeat(60));
    await mkdir(deep, { recursive: true });
    const first = await start(deep);
    expect(Buffer.byteLength(first.socketPath)).toBeLessThanOrEqual(100);
    await withClient(first, (client) => client.set('kept', 'yes'));
    await first.stop();
    const second = await start(deep);
    expect(second.socketPath).toBe(first.socketPath);
    expect(await withClient(second, (client) => client.get('kept'))).toBe('yes');
    expect(await readdir(deep)).toContain('appendonlydir');
    await second.stop();
    await expect(stat(path.dirname(second.socketPath))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('repairs a log that was cut off', async () => {
    const first = await start();
    await withClient(first, (client) => client.mset({ one: '1', two: '2' }));
    await first.stop();
    await appendToLog('*3\r\n$3\r\nSET\r\n$5\r\nthr');
    const second = await start();
    expect(await withClient(second, (client) => client.mget('one', 'two'))).toEqual(['1', '2']);
  });

  it('sets a damaged log aside and starts empty', async () => {
    const first = await start();
    await withClient(first, (client) => client.set('lost', 'yes'));
    await first.stop();
    await appendToLog('this is no log\r\n*1\r\n$4\r\nPING\r\n');
    const second = await start();
    expect(await withClient(second, (client) => client.get('lost'))).toBeNull();
    expect(await readdir(path.join(folder.path, 'damaged'))).toContain('appendonlydir');
  });

  describe('on a full disk', () => {
    let small: string;
    let mounted = false;
    const fill = (): void => {
      const chunk = Buffer.alloc(4096, 1);
      try {
        for (;;) appendFileSync(path.join(small, 'ballast'), chunk);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    };
    beforeEach(async (context) => {
      small = path.join(folder.path, 'small');
      await mkdir(small);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small], { stdio: 'ignore' });
      } catch {
        context.skip('no file system may be mounted here');
      }
      mounted = true;
    });
    afterEach(() => {
      if (mounted) execFileSync('umount', ['-l', small]);
      mounted = false;
    });

    it('starts although it has something to write, with what it had, and writes once there is space', async () => {
      const directory = path.join(small, 'redis');
      const first = await start(directory);
      await withClient(first, async (client) => {
        await client.set('kept', 'yes');
        // These go while nothing runs, and that they are gone is what the next one writes at its start.
        for (let number = 0; number < 200; number++) await client.set(`short-lived-${number}`, 'x', 'PX', 3000);
      });
      await first.stop();
      started.length = 0;
      fill();
      await new Promise((resolve) => setTimeout(resolve, 3500));
      const second = await start(directory);
      expect(await redisCommand(second.socketPath, 'PING', 1000)).toMatch(/^-MISCONF/);
      expect(await withClient(second, (client) => client.get('kept'))).toBe('yes');
      await rm(path.join(small, 'ballast'));
      await until(
        async () =>
          withClient(second, (client) =>
            client
              .set('new', 'yes')
              .then((answer) => answer === 'OK')
              .catch(() => false),
          ),
        'it writes again',
      );
      await expect(stat(path.join(directory, 'damaged'))).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('says that the disk is full where it cannot start without space, and sets nothing aside', async () => {
      const directory = path.join(small, 'redis');
      await mkdir(directory);
      fill();
      await expect(start(directory)).rejects.toMatchObject({
        code: 'storage_full',
        message: expect.stringContaining('disk of DATA_DIR is full') as unknown,
      });
      await expect(stat(path.join(directory, 'damaged'))).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });

  it('ends when its owner is killed with -9', async () => {
    const owner = runScript(
      `const { startPrivateRedis } = await import(argument(0));
       const log = { debug() {}, info() {}, warn() {}, error() {} };
       const redis = await startPrivateRedis({ directory: argument(1), logger: log });
       console.log(redis.pid);`,
      [new URL('../../src/adapters/redis/private-redis.ts', import.meta.url).href, folder.path],
    );
    const pid = await new Promise<number>((resolve) =>
      owner.stdout?.once('data', (text: Buffer) => resolve(Number(text.toString()))),
    );
    expect(alive(pid)).toBe(true);
    owner.kill('SIGKILL');
    await until(() => !alive(pid), 'the server is gone');
    await until(async () => (await processesOf(`redis-watchdog ${pid}`)).length === 0, 'the watchdog is gone');
  });

  it('says how to install a missing server', async () => {
    const { PATH } = process.env;
    process.env['PATH'] = '/nonexistent';
    try {
      await expect(start()).rejects.toMatchObject({
        code: 'queue_unavailable',
        message: expect.stringMatching(/apt-get install redis-server.*brew install redis/) as string,
      });
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('refuses a server that is too old', async () => {
    const fake = path.join(folder.path, 'bin');
    await mkdir(fake);
    await writeFile(
      path.join(fake, 'redis-server'),
      '#!/bin/sh\necho "Redis server v=6.0.16 sha=0 malloc=libc bits=64"\n',
      { mode: 0o755 },
    );
    const { PATH } = process.env;
    process.env['PATH'] = `${fake}:${PATH}`;
    try {
      await expect(start()).rejects.toMatchObject({
        code: 'queue_unavailable',
        message: expect.stringMatching(/6\.0 is too old: 6\.2/) as string,
      });
    } finally {
      process.env['PATH'] = PATH;
    }
  });
});

/** Appends to the newest part of the append-only log. */
async function appendToLog(text: string): Promise<void> {
  const logs = path.join(folder.path, 'appendonlydir');
  const name = (await readdir(logs))
    .filter((entry) => entry.endsWith('.incr.aof'))
    .sort()
    .at(-1) as string;
  await writeFile(path.join(logs, name), text, { flag: 'a' });
}
