import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';

const run = promisify(execFile);
const CLUSTER_PASSWORD = 'a:secret@of/tests';
const MASTERS = 3;
/** A busy machine must not look like a dead one. */
const NODE_TIMEOUT_MS = 4_000;
const START_MS = 60_000;

interface Node {
  port: number;
  id: string;
  process: ChildProcess;
  redis: Redis;
}

/** Files of an authority of the test's own, and of a certificate by it for `localhost`. */
interface Certificates {
  authority: string;
  certificate: string;
  key: string;
}

/** A Redis Cluster of a test's own on loopback: three masters, each with a replica. */
export class TestRedisCluster {
  private readonly nodes: Node[] = [];

  /** @param certificates null: it does not speak TLS */
  private constructor(
    private readonly folder: string,
    private readonly certificates: Certificates | null,
  ) {}

  static async start({ tls = false } = {}): Promise<TestRedisCluster> {
    const folder = await mkdtemp(path.join(tmpdir(), 'traum-cluster-'));
    const cluster = new TestRedisCluster(folder, tls ? await certify(folder) : null);
    try {
      for (const taken = new Set<number>(); cluster.nodes.length < 2 * MASTERS;) {
        await cluster.add(await freePort(taken));
      }
      const servers = cluster.nodes.map(({ port }) => `127.0.0.1:${port}`);
      const made = ['--cluster', 'create', ...servers, '--cluster-replicas', '1', '--cluster-yes'];
      const secure = cluster.certificates ? ['--tls', '--cacert', cluster.certificates.authority] : [];
      await run('redis-cli', ['--no-auth-warning', '-a', CLUSTER_PASSWORD, ...secure, ...made], { timeout: START_MS });
      for (const node of cluster.nodes) node.id = await node.redis.cluster('MYID');
      await cluster.until('the cluster to be whole', async () => {
        const told = await Promise.all(cluster.nodes.map(({ redis }) => redis.info('replication')));
        const states = await Promise.all(cluster.nodes.map(({ redis }) => redis.cluster('INFO')));
        const replicas = told.filter((text) => text.includes('master_link_status:up')).length;
        return replicas === MASTERS && states.every((text) => text.includes('cluster_state:ok'));
      });
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get cluster() {
    return {
      hosts: this.nodes.slice(0, 2).map(({ port }) => ({ host: this.host, port })),
      password: CLUSTER_PASSWORD,
      tls: this.certificates !== null,
    };
  }

  get url(): string {
    const { hosts, tls } = this.cluster;
    const addresses = hosts.map(({ host, port }) => `${host}:${port}`).join(',');
    return `${tls ? 'rediss' : 'redis'}+cluster://:${encodeURIComponent(CLUSTER_PASSWORD)}@${addresses}`;
  }

  /** The settings of a program that goes through it. */
  get settings(): NodeJS.ProcessEnv {
    const { certificates } = this;
    return { REDIS_URL: this.url, ...(certificates && { NODE_EXTRA_CA_CERTS: certificates.authority }) };
  }

  private get host(): string {
    return this.certificates ? 'localhost' : '127.0.0.1';
  }

  /** The address of one node, as if it stood alone. */
  get oneUrl(): string {
    return `redis://:${encodeURIComponent(CLUSTER_PASSWORD)}@127.0.0.1:${this.nodes[0]!.port}`;
  }

  /** The nodes that lead, with their keys. */
  async keys(): Promise<{ port: number; keys: string[] }[]> {
    const leading = await this.leading();
    return Promise.all(leading.map(async ({ port, redis }) => ({ port, keys: await redis.keys('*') })));
  }

  /** Gives the slot of a key to another node, key by key, as resharding does. @param whileHalf done while some keys are here, some there */
  async moveSlotOf(key: string, whileHalf: () => Promise<void>): Promise<void> {
    const slot = Number(await this.nodes[0]!.redis.cluster('KEYSLOT', key));
    const leading = await this.leading();
    const counts = await Promise.all(leading.map(({ redis }) => redis.cluster('COUNTKEYSINSLOT', slot)));
    const from = leading[counts.findIndex((count) => count > 0)]!;
    const to = leading.find((node) => node !== from)!;
    await to.redis.cluster('SETSLOT', slot, 'IMPORTING', from.id);
    await from.redis.cluster('SETSLOT', slot, 'MIGRATING', to.id);
    const move = async (most: number): Promise<number> => {
      const keys = await from.redis.cluster('GETKEYSINSLOT', slot, most);
      if (keys.length > 0) {
        const auth = ['AUTH', CLUSTER_PASSWORD, 'KEYS', ...keys];
        await from.redis.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, ...auth);
      }
      return keys.length;
    };
    await move(3);
    await whileHalf();
    while ((await move(50)) > 0);
    for (const { redis } of [to, from]) await redis.cluster('SETSLOT', slot, 'NODE', to.id);
  }

  /** Ends the node that has a key, as when it crashes. @returns once another leads in its place */
  async killOwnerOf(key: string): Promise<void> {
    const slot = Number(await this.nodes[0]!.redis.cluster('KEYSLOT', key));
    const others = (node: Node) => this.nodes.filter((other) => other !== node);
    const ownerBy = async ({ redis }: Node): Promise<number | undefined> => {
      const slots = await redis.cluster('SLOTS');
      return slots.find(([first, last]) => slot >= first && slot <= last)?.[2]?.[1];
    };
    const port = await ownerBy(this.nodes[0]!);
    const owner = this.nodes.find((node) => node.port === port)!;
    owner.redis.disconnect();
    owner.process.kill('SIGKILL');
    await this.until('a replica to lead', async () => {
      const owners = await Promise.all(others(owner).map(ownerBy));
      return owners.every((now) => now !== undefined && now !== port);
    });
    this.nodes.splice(this.nodes.indexOf(owner), 1);
  }

  async stop(): Promise<void> {
    for (const { redis, process } of this.nodes) {
      redis.disconnect();
      process.kill('SIGKILL');
    }
    await sleep(100);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async leading(): Promise<Node[]> {
    const roles = await Promise.all(this.nodes.map(({ redis }) => redis.info('replication')));
    return this.nodes.filter((_, at) => roles[at]!.includes('role:master'));
  }

  private async add(port: number): Promise<void> {
    const cwd = path.join(this.folder, String(port));
    await mkdir(cwd);
    const settings = [
      'bind 127.0.0.1',
      ...(this.certificates ? tlsSettings(port, this.certificates) : [`port ${port}`]),
      'cluster-enabled yes',
      `cluster-node-timeout ${NODE_TIMEOUT_MS}`,
      'cluster-replica-validity-factor 0',
      `requirepass "${CLUSTER_PASSWORD}"`,
      `masterauth "${CLUSTER_PASSWORD}"`,
      'save ""',
      'repl-diskless-sync-delay 0',
    ];
    await writeFile(path.join(cwd, 'own.conf'), settings.join('\n'));
    const process = spawn('redis-server', ['own.conf'], { cwd, stdio: 'ignore' });
    const secure = this.certificates && { tls: { ca: await readFile(this.certificates.authority) } };
    const redis = new Redis({ host: this.host, port, password: CLUSTER_PASSWORD, ...secure });
    redis.on('error', () => undefined);
    this.nodes.push({ port, id: '', process, redis });
    await this.until('a node', async () => (await redis.ping()) === 'PONG');
  }

  private async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (!(await isSo().catch(() => false))) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await sleep(100);
    }
  }
}

/** Nodes name themselves as their certificate does. */
const tlsSettings = (port: number, { authority, certificate, key }: Certificates): string[] => [
  'port 0',
  `tls-port ${port}`,
  'tls-cluster yes',
  'tls-replication yes',
  'tls-auth-clients no',
  `tls-ca-cert-file ${authority}`,
  `tls-cert-file ${certificate}`,
  `tls-key-file ${key}`,
  'cluster-announce-hostname localhost',
  'cluster-preferred-endpoint-type hostname',
];

async function certify(folder: string): Promise<Certificates> {
  const at = (name: string): string => path.join(folder, name);
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await openssl(...made, '-subj', '/CN=Authority of tests', '-keyout', 'ca.key', '-out', 'ca.pem');
  const own = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'basicConstraints=critical,CA:FALSE'];
  await openssl(...made, ...own, ...signed, '-keyout', 'own.key', '-out', 'own.pem');
  return { authority: at('ca.pem'), certificate: at('own.pem'), key: at('own.key') };
}

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true))).once('error', () => resolve(false));
  });

/** Nodes talk to each other at the port that is 10,000 higher: neither may be taken, nor be one that systems give to anybody. */
export async function freePort(taken = new Set<number>()): Promise<number> {
  for (;;) {
    const port = 11_000 + Math.floor(Math.random() * 10_000);
    if (taken.has(port) || (await isTaken(port)) || (await isTaken(port + 10_000))) continue;
    taken.add(port);
    return port;
  }
}
