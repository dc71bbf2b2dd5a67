import { createHash } from 'node:crypto';
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { DomainError } from '../../domain/errors.js';
import type { FileAudit } from '../../domain/maintenance/maintenance.ports.js';
import type { FileFault } from '../../domain/maintenance/maintenance.types.js';
import { meaningOf } from './faults.js';
import type { S3AudioStore } from './s3-audio-store.js';

const NAME = /(?:^|\/)([0-9a-f]{64})$/;

/** Looks at the objects of an {@link S3AudioStore}. */
export class S3FileAudit implements FileAudit {
  constructor(private readonly options: { client: S3Client; bucket: string; prefix: string; store: S3AudioStore }) {}

  async examine(
    { sha256, sizeBytes }: { sha256: string; sizeBytes: number },
    { hash, signal }: { hash: boolean; signal: AbortSignal },
  ): Promise<FileFault | null> {
    const { store } = this.options;
    const size = await store.sizeOf(sha256);
    if (size === null) return 'missing';
    if (size !== sizeBytes) return 'wrong_size';
    if (!hash) return null;
    const content = createHash('sha256');
    try {
      for await (const chunk of await store.read(sha256)) {
        signal.throwIfAborted();
        content.update(chunk as Buffer);
      }
    } catch (error) {
      signal.throwIfAborted();
      const meaning = meaningOf(error);
      if (meaning instanceof DomainError && meaning.code === 'not_found') return 'missing';
      throw meaning;
    }
    return content.digest('hex') === sha256 ? null : 'damaged';
  }

  async strays(known: ReadonlySet<string>, before: Date): Promise<{ files: number; bytes: number }> {
    const { client, bucket, prefix } = this.options;
    const total = { files: 0, bytes: 0 };
    let ContinuationToken: string | undefined;
    do {
      const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}audio/`, ContinuationToken });
      const page = await client.send(command).catch((error: unknown) => {
        throw meaningOf(error);
      });
      for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
        const [, sha256] = NAME.exec(Key) ?? [];
        if (sha256 === undefined || known.has(sha256) || !LastModified || LastModified >= before) continue;
        total.files++;
        total.bytes += Size;
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return total;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
