import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { weaviateProgram } from '../../../scripts/lib/engines.mjs';
import { Stop } from '../../../scripts/lib/report.mjs';
import { fromBackend } from '../backend.mjs';

const NODES = 3;
const START_MS = 180_000;
const NAME = 'Traum_bench';
/** What an index writes in one step. */
const STEP = 500;
const TRIES = 30;

/** One sound for each segment, in three nodes on loopback that have a copy of everything each. */
export async function openWeaviate({ dimension, folder }) {
  const cluster = await startCluster(folder);
  const { makeCollection, WeaviateConnection, WeaviateVectors } = await fromBackend('adapters/weaviate/index.js');
  const connection = new WeaviateConnection({ nodes: cluster.nodes, key: null, consistency: 'QUORUM' });
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
    megabytes: () => cluster.megabytes(),
    /** Ends the node that is asked first. */
    kill: () => cluster.kill(0),
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

/** @param {string} folder */
async function startCluster(folder) {
  const program = weaviateProgram();
  if (!program) throw new Stop('Weaviate is not here: "npm run engines" builds it with Go, or TEST_WEAVIATE names it.');
  const log = path.join(folder, 'weaviate.log');
  /** @type {{ http: number, grpc: number, gossip: number, data: number, raft: number, rpc: number }[]} */
  const ports = [];
  for (let node = 0; node < NODES; node++) {
    // On one machine nodes look for each other at the ports after those of gossip and of Raft.
    const [http, gossip, raft] = [await freePair(), await freePair(), await freePair()];
    ports.push({ http, grpc: http + 1, gossip, data: gossip + 1, raft, rpc: raft + 1 });
  }
  const launch = (/** @type {number} */ at) => {
    const own = ports[at];
    const home = path.join(folder, `node${at + 1}`);
    fs.mkdirSync(home, { recursive: true });
    const output = fs.openSync(log, 'a');
    const child = spawn(program, ['--host', '127.0.0.1', '--port', String(own.http), '--scheme', 'http'], {
      stdio: ['ignore', output, output],
      cwd: home,
      env: {
        PATH: process.env.PATH,
        PERSISTENCE_DATA_PATH: home,
        CLUSTER_HOSTNAME: `node${at + 1}`,
        CLUSTER_IN_LOCALHOST: 'true',
        CLUSTER_ADVERTISE_ADDR: '127.0.0.1',
        CLUSTER_BIND_ADDR: '127.0.0.1',
        CLUSTER_GOSSIP_BIND_PORT: String(own.gossip),
        CLUSTER_DATA_BIND_PORT: String(own.data),
        RAFT_PORT: String(own.raft),
        RAFT_INTERNAL_RPC_PORT: String(own.rpc),
        RAFT_BOOTSTRAP_EXPECT: String(NODES),
        RAFT_JOIN: ports.map(({ raft }, node) => `node${node + 1}:${raft}`).join(','),
        RAFT_BOOTSTRAP_TIMEOUT: '180',
        ...(at > 0 && { CLUSTER_JOIN: `127.0.0.1:${ports[0].gossip}` }),
        GRPC_PORT: String(own.grpc),
        GO_PROFILING_DISABLE: 'true',
        AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'true',
        DEFAULT_VECTORIZER_MODULE: 'none',
        DISABLE_TELEMETRY: 'true',
        AUTOSCHEMA_ENABLED: 'false',
        LOG_LEVEL: 'error',
      },
    });
    fs.closeSync(output);
    return child;
  };
  /** @type {import('node:child_process').ChildProcess[]} */
  const children = [];
  const end = async (/** @type {import('node:child_process').ChildProcess} */ child) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  const stop = async () => void (await Promise.all(children.map(end)));
  const until = async (/** @type {() => Promise<boolean>} */ look) => {
    for (const late = Date.now() + START_MS; !(await look().catch(() => false)); await pause(200)) {
      if (Date.now() < late) continue;
      await stop();
      throw new Stop(`Weaviate does not start:\n${fs.readFileSync(log, 'utf8').slice(-2000)}`);
    }
  };
  for (const [at, { gossip }] of ports.entries()) {
    children.push(launch(at));
    await until(() => isOpen(gossip));
  }
  for (const { http } of ports) {
    await until(async () => (await fetch(`http://127.0.0.1:${http}/v1/.well-known/ready`)).ok);
  }
  return {
    nodes: ports.map(({ http, grpc }) => ({
      http: new URL(`http://127.0.0.1:${http}`),
      grpc: new URL(`http://127.0.0.1:${grpc}`),
    })),
    megabytes: () => Math.round(children.reduce((sum, { pid }) => sum + residentKB(pid), 0) / 1024),
    kill: (/** @type {number} */ at) => end(children[at]),
    stop,
  };
}

/** @param {number | undefined} pid */
const residentKB = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);

/** @param {number} port @returns {Promise<boolean>} */
const isOpen = (port) =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });

/** The first of two free ports that follow each other. @returns {Promise<number>} */
async function freePair() {
  for (;;) {
    // Not among those that systems give to whoever asks for any.
    const port = 12_000 + 2 * Math.floor(Math.random() * 9000);
    if (!(await isOpen(port)) && !(await isOpen(port + 1))) return port;
  }
}
