import { parentPort } from 'node:worker_threads';
import { createSoundAnalyzer } from './analysis/sound-analyzer.js';
import { FlacThread } from './plain/flac-thread.js';
import { createPlainReader } from './plain/plain-reader.js';
import type { SoundReply, SoundRequest } from './sound-thread.js';

const read = createPlainReader(new FlacThread());
const say = (message: SoundReply, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(message, transfer);

async function answer({ id, call, request }: SoundRequest): Promise<void> {
  switch (call) {
    case 'read': {
      const reply = await read(request.path, request.options);
      say({ id, reply }, reply?.pieces.map(({ buffer }) => buffer as ArrayBuffer) ?? []);
      return;
    }
    case 'analyse': {
      const analyzer = createSoundAnalyzer(request.sampleRateHz);
      for (const piece of request.pieces) analyzer.push(piece);
      say({ id, reply: analyzer.finish() });
    }
  }
}

parentPort!.on('message', (message: SoundRequest) => {
  answer(message).catch((error: unknown) => say({ id: message.id, failure: String(error) }));
});
