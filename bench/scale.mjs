import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startPostgres } from '../scripts/engines/postgres.mjs';
import { startS3 } from '../scripts/engines/s3.mjs';
import { withTempDir } from '../scripts/lib/app.mjs';
import { layOutNginx, nginxProgram } from '../scripts/lib/nginx.mjs';
import { inRoot } from '../scripts/lib/paths.mjs';
import { freePort } from '../scripts/lib/ports.mjs';
import { say, step, Stop } from '../scripts/lib/report.mjs';
import { wavOf } from '../scripts/lib/wav.mjs';
import { readArgs } from './lib/args.mjs';
import { percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { Programs, startRedis } from './lib/servers.mjs';
import { noise } from './lib/timing.mjs';

const options = {
  files: { type: 'string', default: '200', help: 'sounds that are added to each set of engines' },
  users: { type: 'string', default: '5', help: 'people who search all the while' },
  apis: { type: 'string', default: '2', help: 'API processes of the scaled set' },
  think: { type: 'string', default: '0.05', help: 'seconds between two searches of one of them' },
  workers: { type: 'string', default: '2', help: 'workers of the scaled set' },
  kills: {
    type: 'string',
    default: '6',
    help: 'processes that are killed at random moments: APIs, workers, PostgreSQL, the store, Redis',
  },
};

const AT_ONCE = 8;
const RATE_HZ = 16_000;

/** The same sounds to the embedded set of engines, and to several APIs and workers on PostgreSQL, S3 and Redis, some of which are killed. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const whole = (name, least = 1) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least) throw new Stop(`--${name} takes a whole number from ${least} on.`);
    return value;
  };
  const [files = 1, users, apis, workers] = ['files', 'users', 'apis', 'workers'].map((name) => whole(name));
  const kills = whole('kills', 0);
  const thinkMs = 1000 * Number(values.think);
  if (!(thinkMs >= 0)) throw new Stop('--think takes seconds.');
  const rows = [];
  await withTempDir(async (folder) => {
    const sounds = await step(`Making ${files} sounds`, () => makeSounds(folder, files));
    const run = (name, open, deaths) =>
      withTempDir(async (place) => {
        const programs = new Programs(place);
        try {
          const set = await step(`Starting the ${name} set`, () => open(programs));
          rows.push([
            name,
            ...(await step(`Adding and searching, ${name}`, () => measure(set, { sounds, users, thinkMs, deaths }))),
          ]);
        } finally {
          await programs.stop();
        }
      });
    await run('embedded', (programs) => embedded(programs, workers), 0);
    await run('scaled', (programs) => scaled(programs, { apis, workers }), kills);
  });
  const header = [
    'engines',
    'accepted',
    'lost',
    'twice',
    'killed',
    'sounds a minute',
    'search p50 / p95 / p99',
    'searches, failed',
  ];
  printTable('Embedded and scaled', `npm run bench -- scale ${args.join(' ')}`.trim(), header, rows);
}

const settings = (concurrency) => ({
  HOST: '127.0.0.1',
  MODELS_DIR: inRoot('models'),
  AUTH: 'off',
  ALLOW_ANONYMOUS: '1',
  DATABASE_URL: '',
  STORAGE_URL: '',
  REDIS_URL: '',
  WORKER_CONCURRENCY: String(concurrency),
  LIMIT_ADDRESS: '0',
  LIMIT_USER: '0',
  LOG_LEVEL: 'warn',
});
const node = (programs, part, env) =>
  programs.begin(process.execPath, [inRoot('backend', 'dist', 'main', `${part}.js`)], { env });
const isUp = (port) => () => fetch(`http://127.0.0.1:${port}/health/ready`).then(({ ok }) => ok);

/** As `npm start`, with as many places for work as the other set. */
async function embedded(programs, concurrency) {
  const port = await freePort();
  const env = { ...settings(concurrency), DATA_DIR: path.join(programs.folder, 'data'), PORT: String(port) };
  node(programs, 'serve', env);
  await programs.until('the server', isUp(port));
  return {
    programs,
    url: `http://127.0.0.1:${port}`,
    apis: [`http://127.0.0.1:${port}`],
    kill: async () => undefined,
    killed: new Map(),
  };
}

async function scaled(programs, { apis, workers }) {
  const nginx = nginxProgram();
  if (!nginx) throw new Stop('nginx is not installed.');
  const database = programs.along(await startPostgres(programs.folder));
  const storage = programs.along(await startS3(programs.folder));
  const redis = await startRedis(programs);
  const engines = { ...storage.env(), DATABASE_URL: database.url(), REDIS_URL: redis.url };
  const shared = { ...settings(1), ...engines, TRUSTED_PROXIES: '1' };
  /** @type {Map<string, number>} */
  const killed = new Map();
  /** What may be killed; APIs and workers have each a folder of its own, as on a machine of its own. */
  const servers = [];
  const ports = [];
  for (let n = 0; n < apis; n++) {
    const port = await freePort();
    ports.push(port);
    const env = { ...shared, PORT: String(port), DATA_DIR: path.join(programs.folder, `api-${n}`) };
    const begin = () => node(programs, 'api', env);
    servers.push({ name: 'API', ...programs.supervise(begin) });
    // The first makes the tables.
    await programs.until('an API', isUp(port));
  }
  for (let n = 0; n < workers; n++) {
    const env = { ...shared, DATA_DIR: path.join(programs.folder, `worker-${n}`) };
    const begin = () => node(programs, 'worker', env);
    servers.push({ name: 'worker', ...programs.supervise(begin) });
  }
  servers.push(
    { name: 'PostgreSQL', ...database.server },
    { name: 'store', ...storage.server },
    { name: 'Redis', ...redis.server },
  );
  const places = ports.map((port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=2s;`).join('\n');
  const upstream = `upstream traum_api {\nzone traum_api 64k;\n${places}\n}\nmap "" $api {\ndefault http://traum_api;\n}\n`;
  const conf = path.join(programs.folder, 'nginx');
  fs.mkdirSync(conf);
  const front = await freePort();
  const main = layOutNginx(conf, { port: front, upstream, pages: inRoot('frontend', 'build') });
  programs.begin(nginx, ['-p', conf, '-c', main, '-g', 'daemon off;']);
  await programs.until('nginx', isUp(front));
  return {
    programs,
    url: `http://127.0.0.1:${front}`,
    apis: ports.map((port) => `http://127.0.0.1:${port}`),
    /** Any of those that run, at once. */
    kill: async () => {
      const server = servers[Math.floor(Math.random() * servers.length)];
      const was = await server?.kill();
      say(`  ${was ? 'killed' : 'down already'}: ${server?.name}`);
      if (server && was) killed.set(server.name, (killed.get(server.name) ?? 0) + 1);
    },
    killed,
  };
}

async function measure({ programs, url, apis, kill, killed }, { sounds, users, thinkMs, deaths }) {
  const started = performance.now();
  let over = false;
  const took = [];
  let failed = 0;
  const searching = Array.from({ length: users }, async (_, user) => {
    for (let n = 0; !over; n++) {
      const query = `${['rain', 'bell', 'hum', 'wind', 'noise'][(n + user) % 5]} ${user}-${n}`;
      const began = performance.now();
      const answer = await fetch(`${url}/api/v1/search?q=${encodeURIComponent(query)}&mode=hybrid`).catch(() => null);
      const body = await answer?.arrayBuffer().catch(() => null);
      if (answer?.ok && body) took.push(performance.now() - began);
      else failed++;
      await pause(thinkMs);
    }
  });
  const accepted = new Map();
  const left = sounds.values();
  const adding = Array.from({ length: AT_ONCE }, async () => {
    for (const file of left) accepted.set(file, await upload(url, file));
  });
  // All the while, however fast it goes: each when so many sounds have been accepted.
  const moments = Array.from({ length: deaths }, () => Math.floor(Math.random() * sounds.length)).sort((a, b) => a - b);
  const dying = (async () => {
    for (const moment of moments) {
      while (accepted.size < moment) await pause(50);
      await pause(Math.random() * 1000);
      await kill();
    }
  })();
  await Promise.all(adding);
  /** @returns {Promise<any>} */
  const json = async (base, route) => (await fetch(`${base}/api/v1${route}`)).json();
  await programs.until(
    'all to be done',
    async () => {
      const { items } = await json(url, '/audio/files?status=processing&limit=1');
      return Array.isArray(items) && items.length === 0;
    },
    1_800_000,
  );
  const seconds = (performance.now() - started) / 1000;
  await dying;
  over = true;
  await Promise.all(searching);
  const there = new Map();
  for (let cursor = ''; cursor !== null;) {
    const page = await json(url, `/audio/files?limit=100${cursor && `&cursor=${cursor}`}`);
    for (const { id, status } of page.items) there.set(id, [...(there.get(id) ?? []), status]);
    cursor = page.nextCursor;
  }
  const lost = [...accepted.values()].filter((id) => there.get(id)?.[0] !== 'ready').length;
  const twice =
    there.size - new Set(accepted.values()).size + [...there.values()].filter((all) => all.length > 1).length;
  // The index of each API has what the database has: a sound of these is one segment.
  for (const base of apis) {
    let segments = -1;
    const holdsAll = async () => {
      segments = (await json(base, '/analytics/stats')).index.segments;
      return segments === there.size;
    };
    await programs.until(`an index to hold ${there.size} segments`, holdsAll).catch((error) => {
      throw new Stop(
        `${error.message}\nThe index at ${base} holds ${segments} segments, the library ${there.size} sounds.`,
      );
    });
  }
  const at = (share) => `${Math.round(percentile(took, share))}`;
  return [
    accepted.size,
    lost,
    twice,
    [...killed].map(([name, times]) => `${times} × ${name}`).join(', ') || 'none',
    Math.round((sounds.length / seconds) * 60),
    `${at(0.5)} / ${at(0.95)} / ${at(0.99)} ms`,
    `${took.length}, ${failed}`,
  ];
}

/** Again until it is answered: bytes that are there already are known by their hash. */
async function upload(url, file) {
  for (;;) {
    const body = new FormData();
    body.append('files', new Blob([fs.readFileSync(file)]), path.basename(file));
    const answer = await fetch(`${url}/api/v1/audio/upload`, { method: 'POST', body }).catch(() => null);
    /** @type {any} */
    const told = await answer?.json().catch(() => null);
    const id = told?.uploads?.[0]?.soundId;
    if (id) return id;
    await pause(500);
  }
}

/** Seconds of noise, no two alike. */
function makeSounds(folder, count) {
  const samples = noise(RATE_HZ * 4);
  return Array.from({ length: count }, (_, n) => {
    const length = RATE_HZ * (2 + (n % 3));
    const data = Buffer.alloc(2 * length);
    for (let at = 0; at < length; at++) {
      const tone = Math.sin((2 * Math.PI * (110 + 7 * n) * at) / RATE_HZ);
      data.writeInt16LE(Math.round(12_000 * (0.7 * tone + 0.3 * samples[at])), 2 * at);
    }
    const file = path.join(folder, `sound-${n}.wav`);
    fs.writeFileSync(file, wavOf(data, RATE_HZ));
    return file;
  });
}
