import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadMessage, WorkerModel } from './embedder.types.js';
import type { OpenSession } from './session.js';

/** A reply and what of it moves to the other thread instead of being copied. */
export interface Served<Reply> {
  reply: Reply;
  transfer: ArrayBuffer[];
}

/**
 * The life of a worker thread: opens the graph, says so, then answers one request at a time.
 * An error while opening ends the thread; an error in a request only fails that request.
 */
export async function serve<Request, Reply>(
  open: (model: WorkerModel) => Promise<OpenSession & { answer: (request: Request) => Promise<Served<Reply>> }>,
): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('This module is the entry of a worker thread.');
  const post = (message: ThreadMessage<Reply>, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

  let opened;
  try {
    opened = await open(workerData as WorkerModel);
  } catch (error) {
    post({ kind: 'broken', reason: reasonOf(error) });
    return;
  }
  const { answer, session, provider, fallbackReason } = opened;
  post({ kind: 'ready', provider, fallbackReason });
  let current: Promise<void> = Promise.resolve();
  port.on('message', (request: Request | 'close') => {
    if (request === 'close') {
      port.close();
      void current.then(() => session.release());
      return;
    }
    current = answer(request).then(
      ({ reply, transfer }) => post({ kind: 'done', reply }, transfer),
      (error: unknown) => post({ kind: 'failed', reason: reasonOf(error) }),
    );
  });
}
