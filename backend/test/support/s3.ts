import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NO_S3, weedProgram } from '../../../scripts/engines/programs.mjs';
import { startS3 } from '../../../scripts/engines/s3.mjs';
import { skipped } from './engines.js';

/** Why tests that need an S3 server are skipped; null when they run. */
export const withoutS3 = (): string | null => skipped(weedProgram() === null ? NO_S3 : null, { inCI: false });

/** An S3 server of a test's own. */
export class TestS3 {
  private constructor(
    private readonly folder: string,
    private readonly server: Awaited<ReturnType<typeof startS3>>,
  ) {}

  static async start(): Promise<TestS3> {
    const folder = mkdtempSync(path.join(tmpdir(), 'traum-s3-'));
    return new TestS3(folder, await startS3(folder));
  }

  get endpoint(): string {
    return this.server.endpoint;
  }

  /** A bucket that is not there yet. */
  place(bucket = `sounds-${randomUUID()}`) {
    const { endpoint, credentials } = this.server;
    return { bucket, prefix: '', endpoint, region: 'us-east-1', credentials: { ...credentials } };
  }

  /** The settings of a program that keeps its files here. */
  settings(bucket: string): NodeJS.ProcessEnv {
    return this.server.env(bucket);
  }

  /** Starts the server again. */
  resume(): Promise<void> {
    return this.server.engine.start();
  }

  /** Ends it at once, as when it crashes. */
  kill(): Promise<void> {
    return this.server.engine.kill();
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
