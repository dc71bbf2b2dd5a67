import { DomainError } from '../domain/errors.js';
import type { AudioEmbedder, ModelInfo } from '../domain/ingest/ingest.ports.js';
import type { Segment } from '../domain/ingest/ingest.types.js';
import type { AudioReply, AudioRequest, ClapLogger, Provider } from './embedder.types.js';
import { IdleTimer } from './idle-timer.js';
import type { ClapModel } from './model.js';
import { ProviderStatus } from './provider-status.js';
import { InferenceThread } from './thread.js';
import { cutWindows, type AudioWindow } from './windows.js';

export interface AudioEmbedderOptions {
  /** Embedding threads, each with its own copy of the graph; one per core that may be kept busy. */
  threads: number;
  provider: Provider;
  logger: ClapLogger;
  /** Threads end, and with them their memory, after this long without work; 0 (default) keeps them. */
  idleUnloadMs?: number;
}

type AudioThread = InferenceThread<AudioRequest, AudioReply>;

/**
 * Embeds sounds in worker threads (front end and graph), so that the calling thread stays free. Threads start at the
 * first window. Streams embedded at the same time share the threads fairly, window by window.
 */
export async function createAudioEmbedder(model: ClapModel, options: AudioEmbedderOptions): Promise<AudioEmbedder> {
  return Promise.resolve(new PooledAudioEmbedder(model, options));
}

class PooledAudioEmbedder implements AudioEmbedder {
  private readonly provider: ProviderStatus;
  private readonly idle: AudioThread[] = [];
  private readonly running = new Set<AudioThread>();
  private readonly waiting: ((thread: AudioThread) => void)[] = [];
  private readonly buffers: ArrayBuffer[] = [];
  private readonly windowLength: number;
  private readonly threads: number;
  private readonly idleTimer: IdleTimer;
  private closed = false;

  constructor(
    private readonly model: ClapModel,
    private readonly options: AudioEmbedderOptions,
  ) {
    const { windowS, sampleRateHz } = model.manifest.audio;
    this.provider = new ProviderStatus(
      { tower: 'audio', modelKey: model.key, wanted: options.provider, logger: options.logger },
      model.info.provider,
    );
    this.windowLength = Math.round(windowS * sampleRateHz);
    this.threads = Math.max(1, Math.floor(options.threads));
    this.idleTimer = new IdleTimer(options.idleUnloadMs ?? 0, () => void this.unload());
  }

  get info(): ModelInfo {
    return { ...this.model.info, provider: this.provider.name };
  }

  /**
   * Yields a segment per window that is not silent, in order, with at most `threads + 1` windows of this stream in memory.
   * @throws DomainError `cancelled` once the signal is aborted; `model_unavailable` when the model cannot be opened or
   * makes nothing usable of a window; a transient one when a thread dies; whatever the stream throws.
   */
  async *embedStream(samples: AsyncIterable<Float32Array>, signal?: AbortSignal): AsyncGenerator<Segment, void> {
    const windows = cutWindows(untilAborted(samples, signal), {
      sampleRateHz: this.model.manifest.audio.sampleRateHz,
      windowS: this.model.manifest.audio.windowS,
      allocate: () => new Float32Array(this.buffers.pop() ?? new ArrayBuffer(4 * this.windowLength)),
    });
    const inFlight: Promise<Segment>[] = [];
    for await (const window of windows) {
      if (isSilent(window.samples)) {
        this.recycle(window.samples.buffer);
        continue;
      }
      const segment = this.embed(window, signal);
      // Awaited below, in order; until then its failure is not "unhandled".
      segment.catch(() => undefined);
      inFlight.push(segment);
      if (inFlight.length > this.threads) yield await unlessAborted(inFlight.shift()!, signal);
    }
    for (const segment of inFlight) yield await unlessAborted(segment, signal);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.unload();
  }

  private async embed({ index, startS, endS, samples }: AudioWindow, signal?: AbortSignal): Promise<Segment> {
    const thread = await this.acquire();
    try {
      // Aborted while it waited for a thread.
      if (signal?.aborted) throw cancelled();
      const { vector, usable, buffer } = await thread.run({ buffer: samples.buffer, length: samples.length }, [
        samples.buffer,
      ]);
      this.recycle(buffer);
      if (!usable) {
        throw new DomainError(
          'model_unavailable',
          `The model "${this.model.info.name}" gave no usable result for ${startS.toFixed(1)}–${endS.toFixed(1)} s of this sound.`,
        );
      }
      return { index, startS, endS, vector };
    } finally {
      this.release(thread);
    }
  }

  private recycle(buffer: ArrayBuffer): void {
    if (this.buffers.length <= this.threads) this.buffers.push(buffer);
  }

  private acquire(): Promise<AudioThread> {
    if (this.closed) {
      return Promise.reject(
        new DomainError('cancelled', 'Sounds are no longer embedded: the program is shutting down.'),
      );
    }
    this.idleTimer.stop();
    const idle = this.idle.pop();
    if (idle?.alive) return Promise.resolve(idle);
    if (idle) this.running.delete(idle);
    if (this.running.size < this.threads) return Promise.resolve(this.start());
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private release(thread: AudioThread): void {
    if (!thread.alive) this.running.delete(thread);
    const next = this.waiting.shift();
    if (next) next(thread.alive || this.closed ? thread : this.start());
    else if (thread.alive) this.idle.push(thread);
    if (this.idle.length === this.running.size) this.idleTimer.start();
  }

  private start(): AudioThread {
    const { manifest, files, info } = this.model;
    const thread: AudioThread = new InferenceThread({
      entry: 'audio',
      modelName: info.name,
      model: {
        graph: files.audio,
        tokenizer: files.tokenizer,
        dimension: manifest.dimension,
        audio: manifest.audio,
        text: manifest.text,
        provider: this.options.provider,
      },
      onReady: (provider, fallbackReason) => this.provider.ready(provider, fallbackReason),
    });
    this.running.add(thread);
    return thread;
  }

  private async unload(): Promise<void> {
    const threads = [...this.running];
    this.running.clear();
    this.idle.length = 0;
    this.buffers.length = 0;
    this.idleTimer.stop();
    await Promise.all(threads.map((thread) => thread.close()));
  }
}

/** Peak below -80 dBFS: there is nothing to hear, and an embedding of nothing would resemble everything quiet. */
const SILENCE_PEAK = 1e-4;

const isSilent = (samples: Float32Array): boolean =>
  samples.every((sample) => sample < SILENCE_PEAK && sample > -SILENCE_PEAK);

const cancelled = (): DomainError => new DomainError('cancelled', 'Embedding this sound was cancelled.');

/** The stream, but an abort ends the wait for its next chunk at once. */
async function* untilAborted(
  samples: AsyncIterable<Float32Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Float32Array, void> {
  const source = samples[Symbol.asyncIterator]();
  let finished = false;
  try {
    for (;;) {
      const next = await unlessAborted(source.next(), signal);
      if (next.done) {
        finished = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // Not awaited: a source that is stuck on its next chunk would keep an aborted caller waiting.
    if (!finished) source.return?.().catch(() => undefined);
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(cancelled());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
