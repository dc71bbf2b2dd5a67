import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppProcess } from './app-process.js';

let directory: string;
let app: AppProcess;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'traum-busy-'));
  app = await AppProcess.spawn(directory).ready();
}, 90_000);
afterEach(async () => {
  await app.stop();
  await rm(directory, { recursive: true, force: true });
}, 90_000);

const upload = async (): Promise<string> => {
  const file = path.join(directory, 'tone.wav');
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=440:d=2', file]);
  const form = new FormData();
  form.append('files', new Blob([new Uint8Array(execFileSync('cat', [file]))]), 'tone.wav');
  const { uploads } = await app.json<{ uploads: { soundId: string }[] }>('/audio/upload', {
    method: 'POST',
    body: form,
  });
  return uploads[0]!.soundId;
};

const rename = (id: string): Promise<Response> =>
  fetch(`${app.url}/api/v1/audio/files/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Held up' }),
  });

/** Holds the write lock as another program would. */
function hold(): () => void {
  const db = new BetterSqlite3(path.join(directory, 'traum.db'), { timeout: 10_000 });
  db.exec('BEGIN IMMEDIATE');
  return () => {
    db.exec('ROLLBACK');
    db.close();
  };
}

it('answers while another program holds up a write, and the write is made after it', async () => {
  const id = await upload();
  await app.json('/search?q=warm+up');
  const release = hold();
  const patched = rename(id);
  let slowestMs = 0;
  const until = Date.now() + 3_000;
  while (Date.now() < until) {
    for (const route of ['/health', '/api/v1/search?q=warm+up', '/api/v1/audio/files']) {
      const started = performance.now();
      expect((await fetch(app.url + route)).status).toBe(200);
      slowestMs = Math.max(slowestMs, performance.now() - started);
    }
  }
  release();
  expect(slowestMs).toBeLessThan(1_000);
  expect((await patched).status).toBe(200);
  expect(await app.json('/audio/files')).toMatchObject({ items: [{ title: 'Held up' }] });
}, 120_000);

it('says when to come back when others write without a pause', async () => {
  const id = await upload();
  const release = hold();
  const response = await rename(id);
  release();
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('5');
  expect(await response.json()).toMatchObject({ code: 'busy' });
  expect((await rename(id)).status).toBe(200);
}, 120_000);
