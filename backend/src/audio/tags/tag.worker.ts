import { parentPort } from 'node:worker_threads';
import { parseTags } from './parse-tags.js';
import type { TagAnswer, TagQuestion } from './tag-thread.js';

const say = (answer: TagAnswer, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(answer, transfer);

parentPort!.on('message', ({ path, id3Bytes }: TagQuestion) => {
  parseTags(path, id3Bytes).then(
    (tags) => say({ tags }, tags.album.picture ? [tags.album.picture.buffer as ArrayBuffer] : []),
    (error: unknown) => say({ failure: error instanceof Error && 'code' in error ? String(error.code) : '' }),
  );
});
