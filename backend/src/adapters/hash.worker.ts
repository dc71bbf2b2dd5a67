import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parentPort } from 'node:worker_threads';
import type { HashReply, HashRequest } from './hash-thread.js';

const CHUNK_BYTES = 1024 * 1024;

async function sha256Of(file: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file, { highWaterMark: CHUNK_BYTES }), hash);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

/** One file after the other: several at once would only make the disk seek. */
let order = Promise.resolve();
parentPort!.on('message', ({ id, file }: HashRequest) => {
  order = order.then(async () => {
    parentPort!.postMessage({ id, sha256: await sha256Of(file) } satisfies HashReply);
  });
});
