import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from './paths.mjs';
import { collected } from './run.mjs';

/** Of ten, as `systemd-analyze security` counts: the lower, the less a service that was taken over can do. */
const MOST_EXPOSED = 2;
const INSTANCES = ['traum-engine-redis.service', 'traum-engine-api@8001.service', 'traum-engine-worker@1.service'];

/**
 * What `systemd-analyze` says against the units of deploy/.
 * @param {string} root an empty folder: they are looked at in there, with stand-ins for the programs they start
 * @returns {Promise<string[]>}
 */
export async function unitProblems(root) {
  const folder = path.join(root, 'etc', 'systemd', 'system');
  fs.cpSync(inRoot('deploy', 'systemd'), folder, { recursive: true });
  for (const program of ['usr/bin/redis-server', 'opt/traum-engine/current/node/bin/node']) {
    fs.mkdirSync(path.dirname(path.join(root, program)), { recursive: true });
    fs.writeFileSync(path.join(root, program), '#!/bin/sh\n', { mode: 0o755 });
  }
  // What every system has, without which each unit would be said to be incomplete.
  for (const name of ['sysinit', 'basic', 'network', 'shutdown', 'multi-user']) {
    fs.writeFileSync(path.join(folder, `${name}.target`), `[Unit]\nDescription=${name}\n`);
  }
  for (const name of ['system.slice', '-.slice', '-.mount']) {
    fs.writeFileSync(path.join(folder, name), name.endsWith('mount') ? '[Mount]\nWhat=x\nWhere=/\n' : '[Slice]\n');
  }
  const verified = await collected('systemd-analyze', ['verify', '--man=no', `--root=${root}`, ...INSTANCES]);
  const problems = verified.output.split('\n').filter((line) => line.includes('traum-engine'));
  for (const unit of INSTANCES) {
    const limit = `--threshold=${MOST_EXPOSED * 10}`;
    const { code, output } = await collected('systemd-analyze', [
      'security',
      '--offline=true',
      `--root=${root}`,
      limit,
      unit,
    ]);
    if (code !== 0) problems.push(`${unit}: ${output.trim().split('\n').at(-1)}`);
  }
  return problems;
}
