import fs from 'node:fs';
import path from 'node:path';
import { freePair, isOpen } from '../lib/ports.mjs';
import { Engine } from './engine.mjs';
import { Missing, NO_WEAVIATE, weaviateProgram } from './programs.mjs';

/**
 * A Weaviate of one's own on loopback: one node, or several that make one.
 * @param {string} folder in which it makes one for each node
 * @param {{ nodes?: number, key?: string | null, env?: Record<string, string> }} [options] `key`: asked of whoever comes; `env`: more settings
 */
export async function startWeaviate(folder, { nodes: count = 1, key = null, env = {} } = {}) {
  const program = weaviateProgram();
  if (program === null) throw new Missing(NO_WEAVIATE);
  /** @type {{ http: number, grpc: number, gossip: number, data: number, raft: number, rpc: number }[]} */
  const ports = [];
  // On one machine nodes look for each other at the ports after those of gossip and of Raft.
  for (const taken = new Set(); ports.length < count;) {
    const [http, gossip, raft] = [await freePair(taken), await freePair(taken), await freePair(taken)];
    ports.push({ http, grpc: http + 1, gossip, data: gossip + 1, raft, rpc: raft + 1 });
  }
  const whoMayCome =
    key === null
      ? { AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'true' }
      : {
          AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'false',
          AUTHENTICATION_APIKEY_ENABLED: 'true',
          AUTHENTICATION_APIKEY_ALLOWED_KEYS: key,
          AUTHENTICATION_APIKEY_USERS: 'traum',
        };
  const home = (/** @type {number} */ at) => path.join(folder, `node${at + 1}`);
  let founded = false;
  const nodes = ports.map(({ http, grpc, gossip, data, raft, rpc }, at) => {
    const options = () => {
      fs.mkdirSync(home(at), { recursive: true });
      // Each joins those that are there.
      const others = ports.filter((_, other) => (founded ? other !== at : other < at));
      return {
        cwd: home(at),
        env: {
          PATH: process.env.PATH,
          PERSISTENCE_DATA_PATH: home(at),
          CLUSTER_HOSTNAME: `node${at + 1}`,
          CLUSTER_IN_LOCALHOST: 'true',
          CLUSTER_ADVERTISE_ADDR: '127.0.0.1',
          CLUSTER_BIND_ADDR: '127.0.0.1',
          CLUSTER_GOSSIP_BIND_PORT: String(gossip),
          CLUSTER_DATA_BIND_PORT: String(data),
          RAFT_PORT: String(raft),
          RAFT_INTERNAL_RPC_PORT: String(rpc),
          RAFT_BOOTSTRAP_EXPECT: String(count),
          RAFT_JOIN: ports.map(({ raft: port }, node) => `node${node + 1}:${port}`).join(','),
          RAFT_BOOTSTRAP_TIMEOUT: '120',
          ...(others.length > 0 && { CLUSTER_JOIN: others.map((other) => `127.0.0.1:${other.gossip}`).join(',') }),
          GRPC_PORT: String(grpc),
          GO_PROFILING_DISABLE: 'true',
          DEFAULT_VECTORIZER_MODULE: 'none',
          DISABLE_TELEMETRY: 'true',
          AUTOSCHEMA_ENABLED: 'false',
          LOG_LEVEL: 'error',
          ...whoMayCome,
          ...env,
        },
      };
    };
    return new Engine({
      command: program,
      args: ['--host', '127.0.0.1', '--port', String(http), '--scheme', 'http'],
      options,
      isUp: async () => (await fetch(`http://127.0.0.1:${http}/v1/.well-known/ready`)).ok,
    });
  });
  const stop = async () => void (await Promise.all(nodes.map((node) => node.kill())));
  try {
    for (const [at, node] of nodes.entries()) {
      node.begin();
      await node.until(() => isOpen(/** @type {number} */ (ports[at]?.gossip)));
    }
    await Promise.all(nodes.map((node) => node.until(node.isUp)));
  } catch (error) {
    await stop();
    throw error;
  }
  founded = true;
  return {
    /** To be killed and started one by one. */
    nodes,
    addresses: ports.map(({ http, grpc }) => ({
      http: new URL(`http://127.0.0.1:${http}`),
      grpc: new URL(`http://127.0.0.1:${grpc}`),
    })),
    /** The settings of a program that has its vectors here. */
    env: {
      VECTORS: 'weaviate',
      VECTOR_URL: ports.map(({ http }) => `http://127.0.0.1:${http}`).join(','),
      VECTOR_GRPC_URL: ports.map(({ grpc }) => `http://127.0.0.1:${grpc}`).join(','),
      ...(key !== null && { VECTOR_KEY: key }),
    },
    /** Where a node keeps what it has. */
    home,
    stop,
  };
}
