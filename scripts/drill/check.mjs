import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const SETTLE_MS = 10 * 60_000;
const INDEX_MS = 60_000;

/**
 * Waits until nothing is under way, then looks whether all is as it must be: every accepted sound is there once, ready or failed with a
 * reason; the index holds what the database does; no file belongs to nobody, and none is missing.
 * @param {import('./server.mjs').DrillServer} server
 * @param {Map<string, string>} accepted names by hash
 * @returns {Promise<{ faults: string[], ready: number, failed: number, settledInS: number }>}
 */
export async function check(server, accepted) {
  const began = Date.now();
  const faults = [];
  await settle(server).catch((error) => faults.push(error.message));
  const settledInS = (Date.now() - began) / 1000;
  const sounds = await server.query('SELECT sha256, filename, status, error, sound_key FROM sounds');
  const known = new Map(sounds.map((one) => [one.sha256, one]));
  for (const [sha256, name] of accepted) if (!known.has(sha256)) faults.push(`${name} was accepted and is gone`);
  if (known.size < sounds.length) faults.push(`${sounds.length - known.size} files are there more than once`);
  for (const { filename, status, error } of sounds) {
    if (status === 'failed' && !error) faults.push(`${filename} failed without a reason`);
    if (status === 'failed' && error?.includes('processing_failed'))
      faults.push(`${filename} failed for no known reason: ${error}`);
    if (status !== 'ready' && status !== 'failed') faults.push(`${filename} is ${status}`);
  }
  const count = async (what) => Number((await server.query(`SELECT count(*) AS n FROM ${what}`))[0].n);
  const twice = await count(
    '(SELECT 1 FROM segments GROUP BY sound_key, model_key, start_s HAVING count(*) > 1) AS twice',
  );
  if (twice > 0) faults.push(`${twice} windows are there more than once`);
  const bare = await count("sounds WHERE status = 'ready' AND sound_key NOT IN (SELECT sound_key FROM segments)");
  if (bare > 0) faults.push(`${bare} sounds are ready without a vector`);
  const unfinished = await count("jobs WHERE state IN ('queued', 'active')");
  if (unfinished > 0) faults.push(`${unfinished} jobs are not over`);
  faults.push(...(await indexFaults(server, await count('segments'))));
  faults.push(...(await diskFaults(server)));
  const those = (status) => sounds.filter((one) => one.status === status).length;
  return { faults, ready: those('ready'), failed: those('failed'), settledInS };
}

async function settle(server) {
  const end = Date.now() + SETTLE_MS;
  for (let calm = 0; calm < 3;) {
    const busy = await server
      .json('/jobs?state=queued,active&limit=5')
      .then(({ items }) => items.length)
      .catch(() => 1);
    calm = busy === 0 ? calm + 1 : 0;
    if (Date.now() > end) throw new Error(`jobs were still under way after ${SETTLE_MS / 60_000} minutes`);
    await pause(250);
  }
}

async function indexFaults(server, expected) {
  const end = Date.now() + INDEX_MS;
  for (;;) {
    const { index } = await server.json('/analytics/stats');
    if (index.state === 'ready' && index.segments === expected) return [];
    if (Date.now() > end)
      return [`the index holds ${index.segments} windows (${index.state}), the database ${expected}`];
    await pause(200);
  }
}

async function diskFaults(server) {
  const { id } = await server.json('/system/tasks', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'check', hash: true }),
  });
  let task;
  do {
    await pause(100);
    task = (await server.json('/system/tasks')).items.find((one) => one.id === id);
  } while (task.state === 'running');
  if (task.state !== 'completed') return [`the integrity check ${task.state}: ${task.error}`];
  const { complaints, faults, strays } = task.report;
  const found = complaints.map((line) => `the database is damaged: ${line}`);
  for (const [fault, count] of Object.entries(faults)) if (count > 0) found.push(`${count} files: ${fault}`);
  if (strays.files > 0) found.push(`${strays.files} files belong to no sound`);
  // Where what comes in waits: of files on the disk, and of those in a bucket.
  const halves = ['audio/tmp', 'cache/audio/tmp']
    .flatMap((place) => filesBelow(path.join(server.dataDir, place)))
    .filter((file) => file.endsWith('.part'));
  if (halves.length > 0) found.push(`${halves.length} half-written uploads lie about`);
  return found;
}

function filesBelow(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
}
