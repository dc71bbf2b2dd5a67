import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { PassThrough, pipeline as connect, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { DomainError } from '../../domain/errors.js';
import type { AudioStore, ByteRange, ReceivedFile } from '../../domain/library/library.ports.js';
import { because } from '../../domain/reasons.js';
import { freeBytesOf } from '../free-space.js';
import { nameOf, type Arrived } from '../reception.js';
import { isAway, meaningOf } from './faults.js';
import { LocalCache } from './local-cache.js';

/** Two of these are in memory while a file is sent. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
/** Of the 10,000 that an object may have. */
const MOST_PARTS = 9_000;
/** What is still being sent after so long was left behind. */
const ABANDONED_MS = 24 * 3600 * 1000;
const LONGEST_PAUSE_MS = 10_000;

export interface S3AudioStoreOptions {
  client: S3Client;
  bucket: string;
  /** Empty, or ends with `/`. */
  prefix: string;
  cache: { directory: string; maxBytes: number };
  /** How long work that nobody waits for waits for a store that is away. */
  patienceMs?: number;
  /** Readers get links to the store itself, signed by this client and good for so long. */
  links?: { client: S3Client; forS: number } | null;
}

/**
 * Objects `audio/ab/ab12…` in a bucket, named by their SHA-256. What is received waits on this machine's disk until it is kept: it is
 * looked at there, and its name is not known before it has come to its end. An object is there as a whole or not at all.
 */
export class S3AudioStore implements AudioStore {
  readonly #cache: LocalCache;

  constructor(private readonly options: S3AudioStoreOptions) {
    this.#cache = new LocalCache(options.cache);
  }

  receive(source: Readable, maxBytes: number): Promise<ReceivedFile> {
    return this.#cache.reception.receive(source, maxBytes, (file) => this.#send(file));
  }

  keyOf(sha256: string): string {
    return `${this.options.prefix}audio/${nameOf(sha256)}`;
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.sizeOf(sha256)) !== null;
  }

  /** Null when there are no such bytes. */
  async sizeOf(sha256: string): Promise<number | null> {
    try {
      const { ContentLength } = await this.options.client.send(new HeadObjectCommand(this.#object(sha256)));
      return ContentLength ?? 0;
    } catch (error) {
      const meaning = meaningOf(error);
      if (meaning instanceof DomainError && meaning.code === 'not_found') return null;
      throw meaning;
    }
  }

  async check(sha256: string): Promise<void> {
    if (!(await this.has(sha256))) throw new DomainError('not_found', because('stored_file_missing_mend'));
  }

  withLocalFile<T>(sha256: string, use: (path: string) => Promise<T>): Promise<T> {
    return this.#cache.lend(sha256, (to) => this.#fetch(sha256, to), use);
  }

  async read(sha256: string, range?: ByteRange): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    try {
      const { Body } = await this.options.client.send(new GetObjectCommand({ ...this.#object(sha256), Range }));
      // Whoever leaves in the middle ends what comes over the network with it.
      return connect(Body as Readable, new PassThrough(), () => undefined);
    } catch (error) {
      throw meaningOf(error);
    }
  }

  async link(sha256: string, { disposition, type }: { disposition: string; type: string }): Promise<string | null> {
    const { links } = this.options;
    if (!links) return null;
    const command = new GetObjectCommand({
      ...this.#object(sha256),
      ResponseContentDisposition: disposition,
      ResponseContentType: type,
    });
    return getSignedUrl(links.client, command, { expiresIn: links.forS });
  }

  async remove(sha256: string): Promise<void> {
    try {
      await this.options.client.send(new DeleteObjectCommand(this.#object(sha256)));
    } catch (error) {
      throw meaningOf(error);
    }
    await this.#cache.remove(sha256);
  }

  async sweep(): Promise<void> {
    await this.#cache.reception.sweep();
    // Not every store lists them, and one that is away has time.
    await this.#abandon(new Date(Date.now() - ABANDONED_MS)).catch(() => undefined);
  }

  /** Of this machine's disk, which everything passes through. A bucket has no end. */
  async freeBytes(): Promise<number> {
    const { directory } = this.options.cache;
    await mkdir(directory, { recursive: true });
    return freeBytesOf(directory);
  }

  async ping(): Promise<void> {
    try {
      await this.options.client.send(new HeadBucketCommand({ Bucket: this.options.bucket }));
    } catch (error) {
      throw meaningOf(error);
    }
  }

  #object(sha256: string): { Bucket: string; Key: string } {
    return { Bucket: this.options.bucket, Key: this.keyOf(sha256) };
  }

  async #send({ path, sha256, sizeBytes }: Arrived): Promise<void> {
    const upload = new Upload({
      client: this.options.client,
      params: { ...this.#object(sha256), Body: createReadStream(path, { highWaterMark: 1024 * 1024 }) },
      partSize: Math.max(PART_BYTES, Math.ceil(sizeBytes / MOST_PARTS)),
      queueSize: PARTS_AT_ONCE,
    });
    try {
      await upload.done();
    } catch (error) {
      throw meaningOf(error);
    }
    await this.#cache.add(sha256, path);
    // The name that it was received under is not needed any more.
    await this.#cache.reception.release(path);
  }

  async #fetch(sha256: string, to: string): Promise<void> {
    const deadline = Date.now() + (this.options.patienceMs ?? 0);
    for (let pauseMs = 500; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        await pipeline(await this.read(sha256), createWriteStream(to, { mode: 0o640 }));
        return;
      } catch (error) {
        const meaning = meaningOf(error);
        if (!isAway(meaning) || Date.now() + pauseMs > deadline) throw meaning;
        await sleep(pauseMs);
      }
    }
  }

  async #abandon(before: Date): Promise<void> {
    const { client, bucket, prefix } = this.options;
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${prefix}audio/` }),
    );
    for (const { Key, UploadId, Initiated } of Uploads) {
      if (!Initiated || Initiated >= before) continue;
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    }
  }
}
