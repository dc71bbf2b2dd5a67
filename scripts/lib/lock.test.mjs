import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { withLock } from './lock.mjs';

let folder;
before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'traum-lock-'))));
after(() => fs.rmSync(folder, { recursive: true }));

test('the lock is there during the work and gone afterwards, also when the work fails', async () => {
  const file = path.join(folder, 'sub', 'a.lock');
  const owner = await withLock(file, async () => Number(fs.readFileSync(file, 'utf8')));
  assert.equal(owner, process.pid);
  assert.equal(fs.existsSync(file), false);
  await assert.rejects(
    withLock(file, async () => {
      throw new Error('broken');
    }),
    /broken/,
  );
  assert.deepEqual(fs.readdirSync(path.dirname(file)), []);
});

test('a lock whose owner is dead is taken over', async () => {
  const file = path.join(folder, 'b.lock');
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  fs.writeFileSync(file, String(dead));
  assert.equal(await withLock(file, async () => 'done', { pollMs: 5 }), 'done');
});

test('waits for a living owner and says so once', async () => {
  const file = path.join(folder, 'c.lock');
  const order = [];
  const first = withLock(file, async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    order.push('first');
  });
  const second = withLock(file, async () => order.push('second'), { pollMs: 5, onWait: (pid) => order.push(pid) });
  await Promise.all([first, second]);
  assert.deepEqual(order, [process.pid, 'first', 'second']);
});

test('a lock without a heartbeat is taken over, whoever has its process id now', async () => {
  const file = path.join(folder, 'd.lock');
  fs.writeFileSync(file, String(process.ppid));
  const longAgo = new Date(Date.now() - 3_600_000);
  fs.utimesSync(file, longAgo, longAgo);
  assert.equal(await withLock(file, async () => 'done', { pollMs: 5 }), 'done');
});
