import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withApp, withTempDir } from '../scripts/lib/app.mjs';
import { step, Stop } from '../scripts/lib/report.mjs';
import { readArgs } from './lib/args.mjs';
import { newQuery } from './lib/new-queries.mjs';
import { percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { seedLibrary } from './lib/seed.mjs';

const options = {
  segments: { type: 'string', default: '10000', help: 'segments of the library that is searched' },
  searches: { type: 'string', default: '400', help: 'searches to measure of each kind' },
};
const WARM_UP = 40;
const PASSWORD = 'a long password of a bench';

/** What a search costs with accounts beside one without: the same library twice, asked by turns, so that both feel the same neighbours. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const [segments, searches] = ['segments', 'searches'].map((name) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new Stop(`--${name} takes a whole number above 0.`);
    return value;
  });
  const rows = await withTempDir(async (folder) => {
    const [open, kept] = ['open', 'kept'].map((name) => path.join(folder, name));
    if (!open || !kept) return [];
    fs.mkdirSync(open);
    await step(`Filling a library with ${segments} segments`, () => seedLibrary(open, { segments, named: true }));
    fs.cpSync(open, kept, { recursive: true });
    return withApp(open, (one) =>
      withApp(kept, (other) => compared(one, other, { segments, searches }), { env: { AUTH: 'required' } }),
    );
  });
  const head = [
    'search',
    'without accounts p50 / p95',
    'admin p50 / p95',
    'viewer p50 / p95',
    'ratio of p50: admin, viewer',
  ];
  printTable('What accounts cost a search', `npm run bench -- accounts ${args.join(' ')}`.trim(), head, rows);
}

async function compared(open, kept, { segments, searches }) {
  const agent = new http.Agent({ keepAlive: true });
  const [nobody, admin] = [new Asker(open.url, agent), new Asker(kept.url, agent)];
  for (let tries = 0; !kept.setupToken(); tries++) {
    if (tries > 100) throw new Stop('The server gave no link that makes the first account.');
    await pause(50);
  }
  admin.token = (
    await admin.ask('/auth/setup', { token: kept.setupToken(), name: 'Ada', password: PASSWORD })
  ).accessToken;
  await admin.ask('/users', { name: 'Bea', role: 'viewer', password: PASSWORD });
  const viewer = new Asker(kept.url, agent);
  viewer.token = (await viewer.ask('/auth/login', { name: 'Bea', password: PASSWORD })).accessToken;
  // Everything belongs to the admin, and is seen by everybody.
  for (const one of [nobody, admin])
    while ((await one.ask('/analytics/stats')).index.segments < segments) await pause(100);
  const rows = [];
  for (const mode of ['hybrid', 'keyword']) {
    // Both servers are asked equally often, each first as often as last.
    const askers = [nobody, admin, nobody, viewer];
    const times = askers.map(() => /** @type {number[]} */ ([]));
    await step(`Searching, ${mode}`, async () => {
      for (let turn = 0; turn < WARM_UP + searches; turn++) {
        for (let place = 0; place < askers.length; place++) {
          const at = (turn + place) % askers.length;
          const one = /** @type {Asker} */ (askers[at]);
          // New to each server, and to each who asks.
          const q = mode === 'keyword' ? `rain ${at}-${turn} metal` : newQuery(`${mode}${at}`, turn);
          const began = performance.now();
          await one.ask(`/search?${new URLSearchParams({ q, mode, limit: '20' })}`);
          if (turn >= WARM_UP) times[at]?.push(performance.now() - began);
        }
      }
    });
    const spread = (list) => [0.5, 0.95].map((part) => percentile(list, part).toFixed(1)).join(' / ') + ' ms';
    const [first = [], asAdmin = [], second = [], asViewer = []] = times;
    const without = [...first, ...second];
    const ratio = (list) => (percentile(list, 0.5) / percentile(without, 0.5)).toFixed(2);
    rows.push([mode, ...[without, asAdmin, asViewer].map(spread), `${ratio(asAdmin)}, ${ratio(asViewer)}`]);
  }
  agent.destroy();
  return rows;
}

/** Somebody who asks, over connections that stay open. */
class Asker {
  token = '';

  constructor(url, agent) {
    this.url = url;
    this.agent = agent;
  }

  /** @param {string} route @param {object | null} [body] @returns {Promise<any>} */
  ask(route, body = null) {
    const headers = {
      ...(this.token && { authorization: `Bearer ${this.token}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    return new Promise((resolve, reject) => {
      const options = { method: body ? 'POST' : 'GET', headers, agent: this.agent };
      const request = http.request(`${this.url}/api/v1${route}`, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => (text += part));
        response.on('end', () => {
          if ((response.statusCode ?? 500) < 400) resolve(JSON.parse(text));
          else reject(new Stop(`${route}: ${response.statusCode} ${text.slice(0, 200)}`));
        });
      });
      request.on('error', reject);
      request.end(body && JSON.stringify(body));
    });
  }
}
