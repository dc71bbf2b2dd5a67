import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WeaviateNode } from '../../src/adapters/weaviate/index.js';

/** Where "npm run engines" builds it, for all checkouts of a user. */
const BUILT = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'traum-engine');
const START_MS = 120_000;
export const WEAVIATE_KEY = 'a-key-of-tests';

function program(): string | null {
  if (process.env.TEST_WEAVIATE) return process.env.TEST_WEAVIATE;
  const built = (existsSync(BUILT) ? readdirSync(BUILT) : [])
    .map((version) => path.join(BUILT, version, 'weaviate-server'))
    .filter((file) => existsSync(file));
  return built.at(-1) ?? null;
}

/** Why tests that need Weaviate are skipped; null when they run. It is built, not fetched: CI may do without it. */
export function withoutWeaviate(): string | null {
  if (program() !== null) return null;
  const why = 'Weaviate is not here: "npm run engines" builds it with Go, or TEST_WEAVIATE names its program';
  process.stderr.write(`SKIPPED: ${why}.\n`);
  return why;
}

/** The ports of one node: HTTP, gRPC, gossip, data, Raft and its messages. */
type Ports = [http: number, grpc: number, gossip: number, data: number, raft: number, rpc: number];

/** A Weaviate of a test's own on loopback: one node, or several that make one. */
export class TestWeaviate {
  private readonly processes: (ChildProcess | null)[] = [];
  private said = '';

  private constructor(
    private readonly folder: string,
    private readonly ports: readonly Ports[],
    private readonly key: string | null,
  ) {}

  static async start(count = 1, key: string | null = null): Promise<TestWeaviate> {
    const folder = mkdtempSync(path.join(tmpdir(), 'traum-weaviate-'));
    const ports: Ports[] = [];
    // On one machine nodes look for each other at the ports after those of gossip and of Raft.
    for (const taken = new Set<number>(); ports.length < count;) {
      const [http, gossip, raft] = [await freePair(taken), await freePair(taken), await freePair(taken)];
      ports.push([http, http + 1, gossip, gossip + 1, raft, raft + 1]);
    }
    const server = new TestWeaviate(folder, ports, key);
    try {
      await server.startAll();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get nodes(): WeaviateNode[] {
    return this.ports.map(([http, grpc]) => ({
      http: new URL(`http://127.0.0.1:${http}`),
      grpc: new URL(`http://127.0.0.1:${grpc}`),
    }));
  }

  /** The settings of a program that has its vectors here. */
  get settings(): NodeJS.ProcessEnv {
    return {
      VECTORS: 'weaviate',
      VECTOR_URL: this.nodes.map(({ http }) => http.origin).join(','),
      VECTOR_GRPC_URL: this.nodes.map(({ grpc }) => grpc.origin).join(','),
      ...(this.key !== null && { VECTOR_KEY: this.key }),
    };
  }

  /** Starts a node (again), with what it had. */
  async resume(at = 0): Promise<void> {
    this.launch(at, true);
    await this.ready(at);
  }

  /** Each joins those that are there. */
  private async startAll(): Promise<void> {
    for (const [at, [, , gossip]] of this.ports.entries()) {
      this.launch(at, at > 0);
      await this.until(at, () => isOpen(gossip));
    }
    await Promise.all(this.ports.map((_, at) => this.ready(at)));
  }

  private launch(at: number, join: boolean): void {
    const [http, grpc, gossip, data, raft, rpc] = this.ports[at]!;
    const home = path.join(this.folder, `node${at + 1}`);
    mkdirSync(home, { recursive: true });
    const others = this.ports.filter((_, other) => other !== at);
    const child = spawn(program()!, ['--host', '127.0.0.1', '--port', String(http), '--scheme', 'http'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: home,
      env: {
        PATH: process.env.PATH,
        PERSISTENCE_DATA_PATH: home,
        CLUSTER_HOSTNAME: `node${at + 1}`,
        CLUSTER_IN_LOCALHOST: 'true',
        CLUSTER_ADVERTISE_ADDR: '127.0.0.1',
        CLUSTER_BIND_ADDR: '127.0.0.1',
        CLUSTER_GOSSIP_BIND_PORT: String(gossip),
        CLUSTER_DATA_BIND_PORT: String(data),
        RAFT_PORT: String(raft),
        RAFT_INTERNAL_RPC_PORT: String(rpc),
        RAFT_BOOTSTRAP_EXPECT: String(this.ports.length),
        RAFT_JOIN: this.ports.map(([, , , , port], node) => `node${node + 1}:${port}`).join(','),
        RAFT_BOOTSTRAP_TIMEOUT: '120',
        ...(join && others.length > 0 && { CLUSTER_JOIN: others.map(([, , port]) => `127.0.0.1:${port}`).join(',') }),
        GRPC_PORT: String(grpc),
        GO_PROFILING_DISABLE: 'true',
        DEFAULT_VECTORIZER_MODULE: 'none',
        DISABLE_TELEMETRY: 'true',
        AUTOSCHEMA_ENABLED: 'false',
        LOG_LEVEL: 'error',
        GOMAXPROCS: '2',
        ...(this.key === null
          ? { AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'true' }
          : {
              AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'false',
              AUTHENTICATION_APIKEY_ENABLED: 'true',
              AUTHENTICATION_APIKEY_ALLOWED_KEYS: this.key,
              AUTHENTICATION_APIKEY_USERS: 'traum',
            }),
      },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.said = (this.said + chunk.toString()).slice(-4000)));
    }
    this.processes[at] = child;
  }

  private ready(at: number): Promise<void> {
    const url = `http://127.0.0.1:${this.ports[at]![0]}/v1/.well-known/ready`;
    return this.until(at, async () => (await fetch(url).catch(() => null))?.ok ?? false);
  }

  private async until(at: number, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (!(await isSo())) {
      const child = this.processes[at];
      if (Date.now() > deadline || !child || child.exitCode !== null) {
        child?.kill('SIGKILL');
        throw new Error(`Weaviate does not start:\n${this.said}`);
      }
      await sleep(200);
    }
  }

  /** Ends a node at once, as when it crashes; with `lost` its disk is gone, too. */
  async kill(at = 0, lost = false): Promise<void> {
    const child = this.processes[at];
    this.processes[at] = null;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    if (lost) rmSync(path.join(this.folder, `node${at + 1}`), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await Promise.all(this.ports.map((_, at) => this.kill(at)));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

async function listen(port: number): Promise<{ port: number; close: () => Promise<unknown> }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** The first of two ports that follow each other; no two calls give the same ones. */
async function freePair(taken: Set<number>): Promise<number> {
  for (;;) {
    const first = await listen(0);
    const second = await listen(first.port + 1).catch(() => null);
    await Promise.all([first.close(), second?.close()]);
    if (!second || taken.has(first.port) || taken.has(second.port)) continue;
    taken.add(first.port).add(second.port);
    return first.port;
  }
}
