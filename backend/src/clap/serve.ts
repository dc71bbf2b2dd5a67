import { parentPort, workerData } from 'node:worker_threads';
import type { Calls, ThreadMessage, ThreadRequest, WorkerModel } from './embedder.types.js';
import type { OpenSession } from './session.js';

/** A reply and what of it moves to the other thread instead of being copied. */
export interface Served<Reply> {
  reply: Reply;
  transfer: ArrayBuffer[];
}

/** How each call is answered. */
export type Answers<C extends Calls> = {
  [K in keyof C]: (request: C[K]['request']) => Promise<Served<C[K]['reply']>>;
};

/**
 * The life of a worker thread: opens the graph, says so, then answers one request at a time.
 * An error while opening ends the thread; an error in a request only fails that request.
 */
export async function serve<C extends Calls>(
  open: (model: WorkerModel) => Promise<OpenSession & { answers: Answers<C> }>,
): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('This module is the entry of a worker thread.');
  const post = (message: ThreadMessage, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

  let opened;
  try {
    opened = await open(workerData as WorkerModel);
  } catch (error) {
    post({ kind: 'broken', reason: reasonOf(error) });
    return;
  }
  const { answers, session, provider, fallbackReason } = opened;
  post({ kind: 'ready', provider, fallbackReason });
  let current: Promise<void> = Promise.resolve();
  port.on('message', (request: ThreadRequest | 'close') => {
    if (request === 'close') {
      port.close();
      void current.then(() => session.release());
      return;
    }
    current = answers[request.call as keyof C](request.request).then(
      ({ reply, transfer }) => post({ kind: 'done', reply }, transfer),
      (error: unknown) => post({ kind: 'failed', reason: reasonOf(error) }),
    );
  });
}
