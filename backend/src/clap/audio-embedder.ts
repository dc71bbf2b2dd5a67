import { DomainError } from '../domain/errors.js';
import type { AudioEmbedder, ModelInfo } from '../domain/ingest/ingest.ports.js';
import type { Segment } from '../domain/ingest/ingest.types.js';
import { sharedFrames, type AudioInput, type SharedFrames } from './audio-input.js';
import type { AudioCalls, ClapLogger, Provider } from './embedder.types.js';
import type { ClapModel } from './model.js';
import { ProviderStatus } from './provider-status.js';
import { cancelled, ThreadPool } from './thread-pool.js';
import { InferenceThread } from './thread.js';
import { cutWindows, type AudioWindow } from './windows.js';
import { because } from '../domain/reasons.js';

export interface AudioEmbedderOptions {
  /** Embedding threads, each with its own copy of the graph; one per core that may be kept busy. */
  threads: number;
  provider: Provider;
  logger: ClapLogger;
  /** Threads end, and with them their memory, after this long without work; 0 (default) keeps them. */
  idleUnloadMs?: number;
}

/**
 * Embeds sounds in worker threads (front end and graph), so that the calling thread stays free. Threads start at the
 * first window. Streams embedded at the same time share the threads fairly, window by window.
 */
export async function createAudioEmbedder(model: ClapModel, options: AudioEmbedderOptions): Promise<AudioEmbedder> {
  return Promise.resolve(new PooledAudioEmbedder(model, options));
}

/** The graph's input for a window, and the frames that the next one has in common with it. */
interface Features {
  input: AudioInput;
  tail: Float32Array | null;
}

class PooledAudioEmbedder implements AudioEmbedder {
  private readonly provider: ProviderStatus;
  private readonly pool: ThreadPool<AudioCalls>;
  private readonly buffers: ArrayBuffer[] = [];
  private readonly windowLength: number;
  private readonly threads: number;
  private readonly shared: SharedFrames | null;

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
    this.shared = sharedFrames(model.manifest.audio);
    this.pool = new ThreadPool(
      { size: this.threads, idleUnloadMs: options.idleUnloadMs ?? 0, start: () => this.startThread() },
      () => (this.buffers.length = 0),
    );
  }

  get info(): ModelInfo {
    return { ...this.model.info, provider: this.provider.name };
  }

  /**
   * Yields a segment per window that is not silent, in order, with at most `threads + 1` windows of this stream in memory.
   * @throws DomainError `cancelled` once the signal is aborted; `model_unavailable` when the model cannot be opened or
   * makes nothing usable of a window; a transient one when a thread dies; whatever the stream throws.
   */
  async *embedStream(
    samples: AsyncIterable<Float32Array>,
    signal?: AbortSignal,
    windowS = this.model.manifest.audio.windowS,
  ): AsyncGenerator<Segment, void> {
    const own = windowS === this.model.manifest.audio.windowS;
    const windows = cutWindows(untilAborted(samples, signal), {
      sampleRateHz: this.model.manifest.audio.sampleRateHz,
      windowS,
      allocate: () => new Float32Array(this.buffers.pop() ?? new ArrayBuffer(4 * this.windowLength)),
    });
    const inFlight: Promise<Segment>[] = [];
    let before: Promise<Features> | null = null;
    for await (const window of windows) {
      if (isSilent(window.samples)) {
        this.recycle(window.samples.buffer);
        before = null;
        continue;
      }
      const features = this.features(window, before, signal);
      const segment = this.embed(window, features, signal);
      // Awaited below, in order; until then its failure is not "unhandled".
      segment.catch(() => undefined);
      inFlight.push(segment);
      // What windows of another length have in common lies elsewhere.
      before = own ? features : null;
      if (inFlight.length > this.threads) yield await unlessAborted(inFlight.shift()!, signal);
    }
    for (const segment of inFlight) yield await unlessAborted(segment, signal);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  /** Frames that the window before has computed already are taken from there. */
  private async features(
    { samples, overlaps }: AudioWindow,
    before: Promise<Features> | null,
    signal?: AbortSignal,
  ): Promise<Features> {
    const { shared } = this;
    const known = overlaps && before ? shared : null;
    // Read now: once transferred, the samples have no length.
    const isWhole = samples.length === this.windowLength;
    const { input, buffer } = await this.pool.run(
      'features',
      { buffer: samples.buffer, length: samples.length, known },
      { transfer: [samples.buffer], signal },
    );
    this.recycle(buffer);
    if (known) {
      const { tail } = await before!;
      if (tail) input.data.set(tail, known.from * known.width);
    }
    if (!shared || !isWhole) return { input, tail: null };
    const { from, to, shift, width } = shared;
    return { input, tail: input.data.slice((from + shift) * width, (to + shift) * width) };
  }

  private async embed(
    { index, startS, endS }: AudioWindow,
    features: Promise<Features>,
    signal?: AbortSignal,
  ): Promise<Segment> {
    const { input } = await features;
    const { vector, usable } = await this.pool.run('embed', input, { transfer: [input.data.buffer], signal });
    if (!usable) {
      throw new DomainError(
        'model_unavailable',
        because('model_gave_nothing', {
          model: this.model.info.name,
          part: `${startS.toFixed(1)}–${endS.toFixed(1)}`,
        }),
      );
    }
    return { index, startS, endS, vector };
  }

  private recycle(buffer: ArrayBuffer): void {
    if (this.buffers.length <= this.threads) this.buffers.push(buffer);
  }

  private startThread(): InferenceThread<AudioCalls> {
    const { manifest, files, info } = this.model;
    return new InferenceThread<AudioCalls>({
      entry: 'audio',
      modelName: info.name,
      model: {
        graph: files.audio,
        tokenizer: files.tokenizer,
        words: files.words,
        dimension: manifest.dimension,
        audio: manifest.audio,
        text: manifest.text,
        provider: this.options.provider,
      },
      onReady: (provider, fallbackReason) => this.provider.ready(provider, fallbackReason),
    });
  }
}

/** Peak below -80 dBFS: there is nothing to hear, and an embedding of nothing would resemble everything quiet. */
const SILENCE_PEAK = 1e-4;

const isSilent = (samples: Float32Array): boolean =>
  samples.every((sample) => sample < SILENCE_PEAK && sample > -SILENCE_PEAK);

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
