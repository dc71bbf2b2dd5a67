import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { startWeaviate } from '../../../scripts/engines/weaviate.mjs';
import { fromBackend } from '../backend.mjs';

const NODES = 3;
const NAME = 'Traum_bench';
/** What an index writes in one step. */
const STEP = 500;
const TRIES = 30;

/** One sound for each segment, in three nodes on loopback that have a copy of everything each. */
export async function openWeaviate({ dimension, folder }) {
  const cluster = await startWeaviate(folder, { nodes: NODES });
  const { makeCollection, WeaviateConnection, WeaviateVectors } = await fromBackend('adapters/weaviate/index.js');
  const connection = new WeaviateConnection({ nodes: cluster.addresses, key: null, consistency: 'QUORUM' });
  await makeCollection(connection, NAME, 'bench', { shards: NODES, replicas: NODES });
  const vectors = new WeaviateVectors(connection, () => ({ name: NAME, dimension }));
  return {
    add: async (first, rows) => {
      const all = Array.from({ length: rows.length / dimension }, (_, row) => ({
        segmentId: first + row + 1,
        soundKey: first + row + 1,
        startS: 0,
        endS: 10,
        vector: rows.slice(row * dimension, (row + 1) * dimension),
      }));
      for (let at = 0; at < all.length; at += STEP) await patiently(() => vectors.upsert(all.slice(at, at + STEP)));
    },
    search: async (query, wanted, allowed) => {
      const among = allowed && allowed.map((row) => row + 1);
      const { hits } = await vectors.search({ vector: query, filter: { among }, limit: wanted, matchesPerSound: 8 });
      return hits.map(({ soundKey }) => soundKey - 1);
    },
    /** The memory of the nodes together. */
    megabytes: () => Math.round(cluster.nodes.reduce((sum, { pid }) => sum + residentKB(pid), 0) / 1024),
    /** Ends the node that is asked first. */
    kill: async () => cluster.nodes[0]?.kill(),
    close: async () => {
      await connection.close();
      await cluster.stop();
    },
  };
}

/** As an index does: what no node takes at the moment is written again a second later. */
async function patiently(/** @type {() => Promise<void>} */ work) {
  for (let left = TRIES; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !(/** @type {any} */ (error).transient)) throw error;
      await pause(1000);
    }
  }
}

/** @param {number | undefined} pid */
const residentKB = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
