import { parentPort } from 'node:worker_threads';
import type { SoundAnalysis } from '../domain/analysis/analysis.types.js';
import { createSoundAnalyzer } from './analysis/sound-analyzer.js';
import { FlacThread } from './plain/flac-thread.js';
import { createPlainReader } from './plain/plain-reader.js';
import type { SoundCalls, SoundReply, SoundRequest } from './sound-thread.js';

const read = createPlainReader(new FlacThread());
const say = (message: SoundReply, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(message, transfer);

/** Of sounds whose last part has not come. */
const analyzers = new Map<number, ReturnType<typeof createSoundAnalyzer>>();

function analyse({
  id,
  pieces,
  sampleRateHz,
  isFirst,
  isLast,
}: SoundCalls['analyse']['request']): SoundAnalysis | null {
  const analyzer = isFirst ? createSoundAnalyzer(sampleRateHz) : analyzers.get(id);
  if (!analyzer) throw new Error('the thread was started again in the middle of a sound');
  analyzers.set(id, analyzer);
  for (const piece of pieces) analyzer.push(piece);
  if (!isLast) return null;
  analyzers.delete(id);
  return analyzer.finish();
}

async function answer({ id, call, request }: SoundRequest): Promise<void> {
  switch (call) {
    case 'read': {
      const reply = await read(request.path, request.options);
      say({ id, reply }, reply?.pieces.map(({ buffer }) => buffer as ArrayBuffer) ?? []);
      return;
    }
    case 'analyse':
      say({ id, reply: analyse(request) });
      return;
    case 'forget':
      analyzers.delete(request.id);
      say({ id, reply: null });
  }
}

parentPort!.on('message', (message: SoundRequest) => {
  answer(message).catch((error: unknown) => say({ id: message.id, failure: String(error) }));
});
