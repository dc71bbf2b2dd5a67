import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { layOutRelease, writeId } from '../lib/release.mjs';
import { DebianServer } from './server-of-debian.mjs';
import { sound } from './sounds.mjs';

const NAME = 'drill.example.org';
const WAIT_MS = 120_000;

/** Updates that a person may send by mistake: what is wrong with each, and how it ends. */
const BROKEN = {
  'that ends at its start': (release) =>
    fs.writeFileSync(path.join(release, 'backend/dist/main/api.js'), 'process.exit(3);\n'),
  'that spoils the database and never becomes ready': (release) =>
    fs.writeFileSync(
      path.join(release, 'backend/dist/main/api.js'),
      `import Database from 'better-sqlite3';
const db = new Database(process.env.DATA_DIR + '/traum.db');
db.exec('PRAGMA user_version = 999999; DROP TABLE jobs');
setInterval(() => {}, 1000);
`,
    ),
  'whose packages do not exist': (release) => {
    const file = path.join(release, 'package-lock.json');
    const lock = JSON.parse(fs.readFileSync(file, 'utf8'));
    lock.packages['node_modules/hono'].integrity = `sha512-${Buffer.alloc(64).toString('base64')}`;
    fs.writeFileSync(file, JSON.stringify(lock));
  },
};

/** A bare server becomes an installation; the same again; three updates that are broken, one that is interrupted, one that is good. */
export async function deploy({ folder, seed, say }) {
  const server = await DebianServer.make(folder, say);
  const notes = [];
  const deliver = path.join(server.root, 'srv', 'delivery');
  const first = await layOutRelease(deliver, os.machine());
  const original = path.join(folder, 'release');
  fs.cpSync(path.join(deliver, 'release'), original, { recursive: true });
  await server.boot();
  try {
    const installs = async (what) => {
      say(what);
      const began = Date.now();
      const command = ['env', `NAME=${NAME}`, 'HEALTH_S=45', 'bash', '/srv/delivery/release/deploy/install.sh'];
      const { code, output } = await server.inside(command);
      notes.push(`${what}: ${code === 0 ? 'done' : 'refused'} after ${Math.round((Date.now() - began) / 1000)} s`);
      return { code, output };
    };
    const curl = async (route, ...options) => {
      const there = ['--resolve', `${NAME}:443:127.0.0.1`, `https://${NAME}${route}`];
      const { output } = await server.inside(['curl', '-sSk', '-m', '60', ...options, ...there]);
      return output;
    };
    const current = () => path.basename(fs.readlinkSync(path.join(server.root, 'opt/traum-engine/current')));
    const pids = async () =>
      (await server.inside(['systemctl', 'show', '-p', 'MainPID', 'traum-engine-api@8001', 'traum-engine-worker@1']))
        .output;
    const prepareUpdate = (change) => {
      fs.rmSync(path.join(deliver, 'release'), { recursive: true });
      fs.cpSync(original, path.join(deliver, 'release'), { recursive: true });
      change(path.join(deliver, 'release'));
      return writeId(deliver);
    };
    const harmless = (text) => (release) => fs.appendFileSync(path.join(release, 'LICENSE'), `\n${text}\n`);

    let run = await installs('a bare server');
    assert.equal(run.code, 0, run.output);
    assert.equal(current(), first);
    const token = /\/setup#(\S+)/.exec(run.output)?.[1];
    assert.ok(token, `no link that makes the first account:\n${run.output}`);
    const json = ['-H', 'Content-Type: application/json'];
    const setup = JSON.stringify({ token, name: 'Ada', password: 'a long password of a drill' });
    const { accessToken } = JSON.parse(await curl('/api/v1/auth/setup', ...json, '-d', setup));
    const signed = ['-H', `Authorization: Bearer ${accessToken}`];
    const { name, bytes } = sound(1, seed);
    fs.writeFileSync(path.join(server.root, 'srv', name), bytes);
    const { uploads } = JSON.parse(await curl('/api/v1/audio/upload', ...signed, '-F', `files=@/srv/${name}`));
    assert.notEqual(uploads[0].status, 'rejected', JSON.stringify(uploads));
    /** The sound is found by what it sounds like, by a worker's and a model's work, over TLS. */
    const serves = async (what) => {
      for (const end = Date.now() + WAIT_MS; ; await pause(500)) {
        const answer = await curl('/api/v1/search?q=noise&mode=semantic', ...signed);
        if (answer.includes(name)) return;
        if (Date.now() > end) throw new Error(`${what}: the sound is not found: ${answer.slice(0, 500)}`);
      }
    };
    await serves('after the installation');

    const before = await pids();
    run = await installs('the same again');
    assert.equal(run.code, 0, run.output);
    assert.equal(await pids(), before, 'a run that had nothing to do started something again');

    for (const [kind, spoil] of Object.entries(BROKEN)) {
      prepareUpdate(spoil);
      run = await installs(`an update ${kind}`);
      assert.notEqual(run.code, 0, `it was taken:\n${run.output}`);
      assert.equal(current(), first);
      await serves(`after an update ${kind}`);
    }

    const interrupted = prepareUpdate(harmless('interrupted'));
    say('an update that is killed half-way');
    const command = ['env', `NAME=${NAME}`, 'bash', '/srv/delivery/release/deploy/install.sh'];
    const half = server.begin(command);
    const marker = path.join(server.root, 'opt/traum-engine/updating');
    for (const end = Date.now() + WAIT_MS; !fs.existsSync(marker); await pause(50))
      assert.ok(Date.now() < end && half.exitCode === null, 'the update did not come as far as that');
    await server.inside(['pkill', '-KILL', '-f', 'deploy/install.sh']);
    run = await installs('the same update again');
    assert.equal(run.code, 0, run.output);
    assert.equal(current(), interrupted);
    await serves('after an update that was interrupted');

    const good = prepareUpdate(harmless('good'));
    run = await installs('a good update');
    assert.equal(run.code, 0, run.output);
    assert.equal(current(), good);
    await serves('after a good update');

    await server.halt();
    await server.boot();
    await serves('after the server was started again');
    return { faults: [], notes };
  } finally {
    await server.halt();
  }
}
