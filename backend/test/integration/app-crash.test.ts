import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppProcess, processes, until } from './app-process.js';

interface Outcome {
  uploads: { status: string; soundId: string; jobId: string }[];
}
interface Stats {
  library: { sounds: number; ready: number; failed: number; segments: number };
}

const COUNT = 6;
const SECONDS = 35;
/** Windows of 10 s every 5 s, the last one ending at the end. */
const SEGMENTS_EACH = 6;
const ALL_DONE_MS = 180_000;

let dataDir: string;
const running: AppProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'traum-crash-'));
});

afterEach(async () => {
  for (const app of running.splice(0)) {
    if (app.child.exitCode === null && app.child.signalCode === null) await app.stop();
  }
  await rm(dataDir, { recursive: true, force: true });
});

const start = async (): Promise<AppProcess> => {
  const app = AppProcess.spawn(dataDir);
  running.push(app);
  return await app.ready();
};

/** A WAV file of noise that no other file equals. */
function noise(seconds: number): Blob {
  const rate = 16_000;
  const data = randomBytes(rate * 2 * seconds);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return new Blob([head, data]);
}

async function upload(app: AppProcess, count: number, seconds: number): Promise<Outcome['uploads']> {
  const form = new FormData();
  for (let index = 0; index < count; index++) form.append('files', noise(seconds), `noise-${index}.wav`);
  const { uploads } = await app.json<Outcome>('/audio/upload', { method: 'POST', body: form });
  expect(uploads.map(({ status }) => status)).toEqual(Array.from({ length: count }, () => 'queued'));
  return uploads;
}

/** Waits for the first job to be at work, so that a crash hits something. */
const busy = (app: AppProcess, uploads: Outcome['uploads']): Promise<void> =>
  until(60_000, 'a job to become active', async () => {
    const states = await Promise.all(
      uploads.map(async ({ jobId }) => (await app.json<{ state: string }>(`/audio/status/${jobId}`)).state),
    );
    return states.includes('active');
  });

/** Every accepted sound ends ready, with its segments exactly once, and is found. */
async function expectAllDone(app: AppProcess, count: number, segmentsEach: number): Promise<void> {
  const stats = (): Promise<Stats> => app.json<Stats>('/analytics/stats');
  await until(ALL_DONE_MS, 'all sounds to be ready', async () => (await stats()).library.ready === count);
  expect((await stats()).library).toMatchObject({ sounds: count, failed: 0, segments: count * segmentsEach });
  await until(20_000, 'the index to follow', async () => {
    const { results } = await app.json<{ results: unknown[] }>('/search?q=noise&mode=semantic');
    return results.length === count;
  });
}

describe('the app survives', { timeout: 300_000 }, () => {
  it('kill -9 of its worker', async () => {
    const app = await start();
    const uploads = await upload(app, COUNT, SECONDS);
    await busy(app, uploads);
    const [worker] = app.descendants('worker.js');
    expect(worker).toBeDefined();
    process.kill(worker ?? 0, 'SIGKILL');
    await expectAllDone(app, COUNT, SEGMENTS_EACH);
  });

  it('kill -9 of the whole server, with nothing accepted lost', async () => {
    const first = await start();
    const uploads = await upload(first, COUNT, SECONDS);
    await busy(first, uploads);
    first.child.kill('SIGKILL');
    await first.exited;
    await expectAllDone(await start(), COUNT, SEGMENTS_EACH);
  });

  it('kill -9 of Redis while uploads go on', async () => {
    const app = await start();
    await upload(app, 2, SECONDS);
    const [redis] = app.descendants('redis-server');
    expect(redis).toBeDefined();
    process.kill(redis ?? 0, 'SIGKILL');
    await upload(app, COUNT - 2, SECONDS);
    await expectAllDone(app, COUNT, SEGMENTS_EACH);
  });
});

describe('the app', { timeout: 120_000 }, () => {
  it('stops cleanly on SIGTERM and leaves no process behind', async () => {
    const app = await start();
    await until(30_000, 'the worker', () => app.descendants('worker.js').length === 1);
    const children = [...app.descendants('worker.js'), ...app.descendants('redis-server')];
    expect(children).toHaveLength(2);
    expect(await app.stop()).toEqual({ code: 0, signal: null });
    const left = new Set(processes().map(({ pid }) => pid));
    expect(children.filter((pid) => left.has(pid))).toEqual([]);
  });

  it('refuses a data directory that another instance uses, naming the remedy', async () => {
    await start();
    const second = AppProcess.spawn(dataDir);
    expect((await second.exited).code).toBe(1);
    expect(second.output).toMatch(/already uses this data directory.*DATA_DIR/);
  });

  it('names the port that is taken', async () => {
    const first = await start();
    const other = await mkdtemp(path.join(os.tmpdir(), 'traum-port-'));
    const second = AppProcess.spawn(other, { PORT: new URL(first.url).port });
    expect((await second.exited).code).toBe(1);
    expect(second.output).toMatch(/already in use.*PORT=/);
    await rm(other, { recursive: true, force: true });
  });

  it('lists unusable settings instead of starting', async () => {
    const app = AppProcess.spawn(dataDir, { PORT: 'http', MODEL: 'no such model' });
    expect((await app.exited).code).toBe(1);
    expect(app.output).toMatch(/PORT.*\n.*MODEL/);
  });
});
