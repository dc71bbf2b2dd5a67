import { Worker } from 'node:worker_threads';
import { workerEntry } from '../worker-entry.js';
import { notInTime } from './ffprobe-report.js';
import type { ParsedTags } from './parse-tags.js';

/** A text of 16 MB fits; a million tags do not. */
const MAX_HEAP_MB = 96;
const NOTHING: ParsedTags = {
  container: '',
  own: [],
  common: {},
  album: { albumartist: undefined, disc: null, track: null, picture: null },
};

export interface TagQuestion {
  path: string;
  /** @see parseTags */
  id3Bytes: number;
}

/** @param failure what the system calls it, empty where the file is at fault */
export type TagAnswer = { tags: ParsedTags } | { failure: string };

/**
 * Parses tags beside the thread that has sounds come in, one file after the other. Of a small file with a million tags the parser
 * makes a gigabyte, and lets nothing else run for a minute: such a file has no tags, and costs
 * the thread, which is started again for the next.
 */
export class TagThread {
  private worker: Worker | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @throws DomainError `not_ready` when it is not done in time, counted from its turn on; an error with the `code` of the system
   *   when the machine has run out of something, another one when the file cannot be read
   */
  parse(question: TagQuestion, timeoutMs: number): Promise<ParsedTags> {
    const parsed = this.last.then(() => this.parseNow(question, timeoutMs));
    this.last = parsed.catch(() => undefined);
    return parsed;
  }

  private parseNow(question: TagQuestion, timeoutMs: number): Promise<ParsedTags> {
    const worker = (this.worker ??= this.start());
    return new Promise<ParsedTags>((resolve, reject) => {
      const settle = (done: () => void): void => {
        clearTimeout(timer);
        worker.removeAllListeners('message').off('error', failed).off('exit', ended);
        done();
      };
      const failed = (error: Error): void =>
        settle(() => {
          if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') resolve(NOTHING);
          else reject(new Error('the tags cannot be read', { cause: error }));
        });
      const ended = (): void => failed(new Error('the thread ended'));
      const timer = setTimeout(() => {
        this.stop(worker);
        settle(() => reject(notInTime()));
      }, timeoutMs);
      worker.on('message', (answer: TagAnswer) =>
        settle(() => {
          if ('tags' in answer) resolve(answer.tags);
          else reject(Object.assign(new Error('the tags cannot be read'), { code: answer.failure }));
        }),
      );
      worker.on('error', failed).on('exit', ended);
      worker.postMessage(question);
    });
  }

  private start(): Worker {
    const { file, execArgv } = workerEntry(import.meta.url, 'tag.worker');
    const resourceLimits = { maxOldGenerationSizeMb: MAX_HEAP_MB };
    const worker = new Worker(file, { name: 'tags', execArgv, resourceLimits });
    worker.unref();
    worker.on('error', () => this.stop(worker)).on('exit', () => this.stop(worker));
    return worker;
  }

  private stop(worker: Worker): void {
    if (this.worker === worker) this.worker = null;
    void worker.terminate();
  }
}
