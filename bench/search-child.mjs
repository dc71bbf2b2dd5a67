import fs from 'node:fs';
import { allowedRows, readAll, readRows } from './lib/search/data.mjs';
import { engines } from './lib/search/engines.mjs';

/** Measures one engine in a process of its own, so that its memory is its own: started by `search.mjs`. */

const NEIGHBOURS = 10;
const LEAST_QUERIES = 20;

const { name, files, folder, count, dimension, buildLimitS, queryLimitS, filters } = JSON.parse(process.argv[2]);
const residentMB = () => Math.round(process.memoryUsage.rss() / 2 ** 20);

const engine = await engines[name].open({ dimension, count, folder });
try {
  fs.writeFileSync(`${folder}/result.json`, JSON.stringify(await measure()));
} finally {
  await engine.close?.();
}
process.exit(0);

async function measure() {
  global.gc?.();
  const before = residentMB();
  const build = await buildWithin(buildLimitS * 1000);
  /** @type {any} */
  const result = { build, megabytes: 0, all: null, filtered: {}, killed: null };
  if (build.complete) {
    const queries = readAll(files.queries, dimension);
    result.all = await ask(queries, null);
    global.gc?.();
    result.megabytes = engine.megabytes?.() ?? residentMB() - before;
    for (const left of filters) {
      const allowed = left < count ? allowedRows(count, left) : allowedRows(count, count);
      result.filtered[left] = await ask(queries, allowed);
    }
    if (engine.kill) result.killed = await ask(queries, null, engine.kill);
  }
  return result;
}

async function buildWithin(limitMs) {
  let ms = 0;
  for (const { first, rows } of readRows(files.vectors, dimension)) {
    const started = performance.now();
    await engine.add(first, rows);
    ms += performance.now() - started;
    const done = (first + rows.length / dimension) / count;
    if (ms > limitMs && done < 1) return { complete: false, ms, done };
  }
  const started = performance.now();
  await engine.done?.();
  return { complete: true, ms: ms + performance.now() - started, done: 1 };
}

/**
 * @param queries one vector each
 * @param allowed rows that a filter leaves; null: all
 * @param {(() => Promise<void>) | null} meanwhile done while they are answered; a search that fails is counted then
 */
async function ask(queries, allowed, meanwhile = null) {
  for (const query of queries.slice(0, 5)) await engine.search(query, NEIGHBOURS, allowed);
  const found = [];
  const times = [];
  let failed = 0;
  let doing = null;
  const until = performance.now() + queryLimitS * 1000;
  for (const query of queries) {
    if (times.length >= LEAST_QUERIES && performance.now() > until) break;
    if (meanwhile && times.length === LEAST_QUERIES / 2) doing = meanwhile();
    const started = performance.now();
    try {
      found.push(await engine.search(query, NEIGHBOURS, allowed));
    } catch (error) {
      if (!meanwhile) throw error;
      failed++;
      found.push([]);
    }
    times.push(performance.now() - started);
  }
  await doing;
  return { found, times, failed };
}
