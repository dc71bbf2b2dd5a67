import path from 'node:path';
import { createRequire } from 'node:module';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { importPeer } from '../peers.mjs';
import { fromBackend } from '../backend.mjs';
import { openPgVector } from './pgvector.mjs';
import { openWeaviate } from './weaviate.mjs';

const backendRequire = createRequire(inRoot('backend', 'package.json'));

/**
 * What is compared. Each is given rows of vectors in chunks and then asked for the rows nearest to a query.
 * @typedef {{
 *   add(first: number, rows: Float32Array): void | Promise<void>,
 *   done?(): Promise<void>,
 *   search(query: Float32Array, count: number, allowed: Int32Array | null): number[] | Promise<number[]>,
 *   megabytes?(): number,
 *   kill?(): Promise<void>,
 *   close?(): Promise<void>,
 * }} Engine `megabytes` is the memory of servers beside this process; `kill` ends one of several servers
 * @typedef {{ title: string, filters: boolean, peer?: true, open: (setup: { dimension: number, count: number, folder: string }) => Promise<Engine> }} EngineKind
 */

/** @type {Record<string, EngineKind>} */
export const engines = {
  plain: { title: 'plain exact scan in JavaScript, float32', filters: true, open: openPlain },
  traum: { title: 'Traum-Engine, through its port', filters: true, open: openTraum },
  'traum-graph': {
    title: 'Traum-Engine with INDEX_EXACT_UP_TO=0',
    filters: true,
    open: (setup) => openTraum(setup, 0),
  },
  pgvector: { title: 'Traum-Engine with VECTORS=pgvector', filters: true, open: openPgVector },
  weaviate: { title: 'Traum-Engine with VECTORS=weaviate, three nodes', filters: true, open: openWeaviate },
  hnswlib: { title: 'hnswlib-node 3 (M 16, ef 200 / 128), float32', filters: true, peer: true, open: openHnswlib },
  usearch: { title: 'usearch 2.21 (M 16, 128 / 128), bf16', filters: false, peer: true, open: openUsearch },
  'sqlite-vec': { title: 'sqlite-vec 0.1 (exact), float32', filters: true, peer: true, open: openSqliteVec },
};

/** Also says what the right answers are. */
async function openPlain({ dimension, count }) {
  const vectors = new Float32Array(count * dimension);
  return {
    add: (first, rows) => vectors.set(rows, first * dimension),
    search: (query, wanted, allowed) => {
      const keys = new Array(wanted).fill(-1);
      const scores = new Float64Array(wanted).fill(-Infinity);
      const total = allowed?.length ?? count;
      for (let i = 0; i < total; i++) {
        const row = allowed ? allowed[i] : i;
        let score = 0;
        for (let at = row * dimension, j = 0; j < dimension; at++, j++) score += vectors[at] * query[j];
        if (score <= scores[wanted - 1]) continue;
        let place = wanted - 1;
        for (; place > 0 && scores[place - 1] < score; place--) {
          scores[place] = scores[place - 1];
          keys[place] = keys[place - 1];
        }
        scores[place] = score;
        keys[place] = row;
      }
      return keys.filter((row) => row >= 0);
    },
  };
}

/** One sound for each segment, so that sounds can be compared with rows. Keys of sounds begin at 1. */
async function openTraum({ dimension, folder }, /** @type {number | undefined} */ exactUpTo = undefined) {
  const { loadConfig } = await fromBackend('config.js');
  const { EmbeddedVectorIndex } = await fromBackend('adapters/embedded-index/embedded-vector-index.js');
  let changes = [];
  let seq = 0;
  const source = {
    changesSince: (since, _model, limit) => changes.filter((change) => change.seq > since).slice(0, limit),
    latestSeq: () => seq,
    segmentCount: () => seq,
    segmentsOf: () => [],
  };
  const silent = () => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  const directory = path.join(folder, 'index');
  const model = { key: 'bench', dimension };
  const { indexExactUpTo } = loadConfig({});
  const index = new EmbeddedVectorIndex({ source, directory, model, logger, exactUpTo: exactUpTo ?? indexExactUpTo });
  await index.open();
  const ask = (vector, limit, allow) => index.search({ vector, filter: { among: allow }, limit, matchesPerSound: 8 });
  return {
    add: async (first, rows) => {
      changes = Array.from({ length: rows.length / dimension }, (_, i) => ({
        seq: ++seq,
        op: 'add',
        segmentId: first + i + 1,
        soundKey: first + i + 1,
        startS: 0,
        endS: 10,
        vector: rows.subarray(i * dimension, (i + 1) * dimension),
      }));
      await index.refresh();
    },
    done: async () => {
      const query = new Float32Array(dimension).fill(1 / Math.sqrt(dimension));
      while (exactUpTo === 0 && (await ask(query, 10, null)).exact) await new Promise((r) => setTimeout(r, 50));
    },
    search: async (query, wanted, allowed) => {
      const { hits } = await ask(query, wanted, allowed && allowed.map((row) => row + 1));
      return hits.map(({ soundKey }) => soundKey - 1);
    },
    close: () => index.close(),
  };
}

async function openHnswlib({ dimension, count }) {
  const { HierarchicalNSW } = backendRequire('hnswlib-node');
  const index = new HierarchicalNSW('ip', dimension);
  index.initIndex({ maxElements: count, m: 16, efConstruction: 200, randomSeed: 1 });
  index.setEf(128);
  const masks = new Map();
  return {
    add: (first, rows) => {
      for (let at = 0; at < rows.length; at += dimension) {
        index.addPoint(Array.from(rows.subarray(at, at + dimension)), first + at / dimension);
      }
    },
    search: (query, wanted, allowed) => {
      if (!allowed) return index.searchKnn(Array.from(query), wanted).neighbors;
      if (!masks.has(allowed)) masks.set(allowed, new Set(allowed));
      const mask = masks.get(allowed);
      return index.searchKnn(Array.from(query), Math.min(wanted, allowed.length), (row) => mask.has(row)).neighbors;
    },
  };
}

async function openUsearch({ dimension }) {
  const { default: usearch } = await importPeer('usearch');
  const index = new usearch.Index({
    dimensions: dimension,
    metric: usearch.MetricKind.IP,
    quantization: usearch.ScalarKind.BF16,
    connectivity: 16,
    expansion_add: 128,
    expansion_search: 128,
    multi: false,
  });
  return {
    add: (first, rows) => {
      const keys = BigUint64Array.from({ length: rows.length / dimension }, (_, i) => BigInt(first + i));
      index.add(keys, rows, 0);
    },
    search: (query, wanted) => Array.from(index.search(query, wanted, 1).keys, Number),
  };
}

async function openSqliteVec({ dimension, folder }) {
  const Database = backendRequire('better-sqlite3');
  const { load } = await importPeer('sqlite-vec');
  const db = new Database(path.join(folder, 'vec.db'));
  load(db);
  db.pragma('journal_mode = OFF');
  db.exec(`CREATE VIRTUAL TABLE v USING vec0(embedding float[${dimension}] distance_metric=cosine)`);
  const insert = db.prepare('INSERT INTO v (rowid, embedding) VALUES (?, ?)');
  const bytes = (row) => Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  const nearest = db.prepare('SELECT rowid FROM v WHERE embedding MATCH ? AND k = ?').pluck();
  const among = db
    .prepare('SELECT rowid FROM v WHERE embedding MATCH ? AND k = ? AND rowid IN (SELECT value FROM json_each(?))')
    .pluck();
  return {
    add: db.transaction((first, rows) => {
      for (let at = 0; at < rows.length; at += dimension) {
        insert.run(BigInt(first + at / dimension), bytes(rows.subarray(at, at + dimension)));
      }
    }),
    search: (query, wanted, allowed) =>
      allowed ? among.all(bytes(query), wanted, JSON.stringify([...allowed])) : nearest.all(bytes(query), wanted),
    close: async () => db.close(),
  };
}
