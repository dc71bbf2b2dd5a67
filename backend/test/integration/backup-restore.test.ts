import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AppProcess, until } from './app-process.js';
import { ffmpeg } from './ingest-fixtures.js';

// Programs are started one after the other.
vi.setConfig({ testTimeout: 120_000 });

const run = promisify(execFile);
const COMMAND = fileURLToPath(new URL('../../dist/main/backup.js', import.meta.url));

interface Answer {
  results: { sound: { id: string; filename: string }; score: number }[];
}

let root: string;
const running: AppProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'traum-restore-'));
});

afterEach(async () => {
  for (const app of running.splice(0)) if (app.child.exitCode === null) await app.stop();
  await rm(root, { recursive: true, force: true });
});

async function start(dataDir: string, env: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
  const app = AppProcess.spawn(dataDir, env);
  running.push(app);
  return app.ready();
}

it('restores a running library onto an empty machine, which searches at once as the first one did', async () => {
  const vault = path.join(root, 'vault');
  const env = { BACKUP_DIR: vault, BACKUP_KEY: 'a passphrase for tests', BACKUP_EVERY_H: '0' };
  const first = await start(path.join(root, 'first'), env);
  const sources = {
    tone: 'sine=frequency=880:duration=11',
    hiss: 'anoisesrc=duration=11:seed=1',
    hum: 'sine=frequency=50:duration=11',
  };
  for (const [name, source] of Object.entries(sources)) {
    const file = path.join(root, `${name}.flac`);
    await ffmpeg('-f', 'lavfi', '-i', source, file);
    const form = new FormData();
    form.append('files', new Blob([await readFile(file)]), `${name}.flac`);
    await first.json('/audio/upload', { method: 'POST', body: form });
  }
  const stats = (app: AppProcess) =>
    app.json<{ library: { ready: number }; index: { sounds: number } }>('/analytics/stats');
  const indexed = (app: AppProcess) => until(90_000, 'three sounds', async () => (await stats(app)).index.sounds === 3);
  await indexed(first);
  const search = (app: AppProcess) => app.json<Answer>('/search?q=white%20noise&mode=semantic');
  const expected = await search(first);
  const { id } = await first.json<{ id: string }>('/backups', { method: 'POST' });
  await until(
    30_000,
    'the backup',
    async () => (await first.json<{ state: string }>(`/jobs/${id}`)).state === 'completed',
  );
  expect(await first.json('/backups')).toMatchObject({
    encrypted: true,
    overdue: false,
    items: [{ sounds: 3, missing: 0 }],
  });

  // As npm tells it of where its user is; the process itself is elsewhere.
  const called = { ...process.env, ...env, DATA_DIR: path.join(root, 'first'), INIT_CWD: root };
  const beside = await run(process.execPath, [COMMAND, 'backup', '--to', 'beside/it'], { env: called });
  expect(beside.stdout).toContain(` in ${path.join(root, 'beside', 'it')}: 3 sounds`);
  // Whoever reads along goes.
  const alone = execFile(process.execPath, [COMMAND, 'backup', '--to', 'beside/it'], { env: called });
  alone.stdout!.destroy();
  alone.stderr!.destroy();
  expect(await once(alone, 'exit')).toEqual([0, null]);
  const within = run(process.execPath, [COMMAND, 'backup', '--to', 'first/copies'], { env: called });
  await expect(within).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('lies in DATA_DIR') as string,
  });
  const listed = await run(process.execPath, [COMMAND, 'backup', '--list', '--to', path.join(root, 'beside/it')], {
    env: called,
  });
  expect(listed.stdout).toContain('3 sounds');

  const target = { ...process.env, ...env, DATA_DIR: path.join(root, 'second') };
  const told = await run(process.execPath, [COMMAND, 'restore', '--from', vault], { env: target });
  expect(told.stdout).toContain('Restored 3 sounds');
  // Only what nobody uses is replaced.
  const busy = run(process.execPath, [COMMAND, 'restore'], { env: { ...target, DATA_DIR: path.join(root, 'first') } });
  await expect(busy).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('already uses') as string });
  await first.stop();

  const second = await start(path.join(root, 'second'), env);
  await indexed(second);
  expect((await search(second)).results.map(({ sound, score }) => [sound.id, score.toFixed(4)])).toEqual(
    expected.results.map(({ sound, score }) => [sound.id, score.toFixed(4)]),
  );
  for (const { sound } of expected.results) {
    const response = await fetch(`${second.url}/api/v1/audio/files/${sound.id}/download`);
    const original = await readFile(path.join(root, sound.filename));
    expect(Buffer.from(await response.arrayBuffer()).equals(original)).toBe(true);
  }
});
