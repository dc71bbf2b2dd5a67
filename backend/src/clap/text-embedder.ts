import { readFile } from 'node:fs/promises';
import { DomainError } from '../domain/errors.js';
import type { ModelInfo } from '../domain/ingest/ingest.ports.js';
import type { TextEmbedder } from '../domain/search/search.ports.js';
import type { ClapLogger, Provider, TextCalls } from './embedder.types.js';
import { IdleTimer } from './idle-timer.js';
import { LruCache } from '../domain/lru-cache.js';
import type { ClapModel } from './model.js';
import { ProviderStatus } from './provider-status.js';
import { InferenceThread } from './thread.js';
import { because } from '../domain/reasons.js';

export interface TextEmbedderOptions {
  provider: Provider;
  logger: ClapLogger;
  /** Texts whose vectors are remembered. Default 2000. */
  cacheSize?: number;
  /** The thread ends, and with it its memory, after this long without work; 0 (default) keeps it. */
  idleUnloadMs?: number;
}

interface ClosableTextEmbedder extends TextEmbedder {
  close(): Promise<void>;
}

/**
 * Embeds texts in a worker thread that starts at the first text not in the cache.
 * @throws DomainError `model_unavailable` when the model's background file cannot be used.
 */
export async function createTextEmbedder(
  model: ClapModel,
  options: TextEmbedderOptions,
): Promise<ClosableTextEmbedder> {
  return new CachedTextEmbedder(model, options, await readBackground(model));
}

interface Waiting {
  text: string;
  resolve: (vector: Float32Array) => void;
  reject: (error: unknown) => void;
}

class CachedTextEmbedder implements ClosableTextEmbedder {
  private readonly provider: ProviderStatus;
  private thread: InferenceThread<TextCalls> | null = null;
  private readonly cache: LruCache<string, Float32Array>;
  private readonly underway = new Map<string, Promise<Float32Array>>();
  private queue: Waiting[] = [];
  private working = false;
  private closed = false;
  /** Asked for several times in every search. */
  private told: ModelInfo;
  private readonly idleTimer: IdleTimer;

  constructor(
    private readonly model: ClapModel,
    private readonly options: TextEmbedderOptions,
    readonly background: Float32Array | null,
  ) {
    this.provider = new ProviderStatus(
      { tower: 'text', modelKey: model.key, wanted: options.provider, logger: options.logger },
      model.info.provider,
    );
    this.told = model.info;
    this.cache = new LruCache(options.cacheSize ?? 2000);
    this.idleTimer = new IdleTimer(options.idleUnloadMs ?? 0, () => void this.unload());
  }

  get info(): ModelInfo {
    const { name } = this.provider;
    if (this.told.provider !== name) this.told = { ...this.told, provider: name };
    return this.told;
  }

  /**
   * One unit vector per text, shared with the cache: not to be changed. Texts that differ only in spacing or in how
   * their accents are encoded are the same text.
   * @throws DomainError `invalid_input` for a text of which the model makes nothing; `model_unavailable`; a transient one
   * when the thread dies.
   */
  async embedTexts(texts: readonly string[]): Promise<Float32Array[]> {
    return Promise.all(texts.map((text) => this.embed(text.normalize('NFC').replace(/\s+/gu, ' ').trim())));
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.unload();
  }

  private embed(text: string): Promise<Float32Array> {
    const known = this.cache.get(text) ?? this.underway.get(text);
    if (known) return Promise.resolve(known);
    if (this.closed) {
      return Promise.reject(
        new DomainError('cancelled', 'Texts are no longer embedded: the program is shutting down.'),
      );
    }
    const vector = new Promise<Float32Array>((resolve, reject) => this.queue.push({ text, resolve, reject }));
    this.underway.set(text, vector);
    void this.work();
    return vector;
  }

  /** Runs what has queued up in batches; what arrives during a run goes into the next one together. */
  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    this.idleTimer.stop();
    // Lets the other texts of the same call join the first batch.
    await Promise.resolve();
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, this.model.manifest.text.maxBatch);
      try {
        this.finish(batch, await this.openThread().run('embed', { texts: batch.map(({ text }) => text) }));
      } catch (error) {
        for (const { text, reject } of batch) {
          this.underway.delete(text);
          reject(error);
        }
      }
    }
    this.working = false;
    if (!this.closed) this.idleTimer.start();
  }

  private finish(batch: Waiting[], { vectors, usable }: TextCalls['embed']['reply']): void {
    const { dimension } = this.model.manifest;
    batch.forEach(({ text, resolve, reject }, row) => {
      this.underway.delete(text);
      if (usable[row]) {
        const vector = vectors.slice(row * dimension, (row + 1) * dimension);
        this.cache.set(text, vector);
        resolve(vector);
      } else {
        reject(new DomainError('invalid_input', because('words_not_known')));
      }
    });
  }

  private openThread(): InferenceThread<TextCalls> {
    if (this.thread?.alive) return this.thread;
    const { manifest, files, info } = this.model;
    this.thread = new InferenceThread<TextCalls>({
      entry: 'text',
      modelName: info.name,
      model: {
        graph: files.text,
        tokenizer: files.tokenizer,
        words: files.words,
        dimension: manifest.dimension,
        audio: manifest.audio,
        text: manifest.text,
        provider: this.options.provider,
      },
      onReady: (provider, fallbackReason) => this.provider.ready(provider, fallbackReason),
    });
    return this.thread;
  }

  private async unload(): Promise<void> {
    const thread = this.thread;
    this.thread = null;
    this.idleTimer.stop();
    await thread?.close();
  }
}

/** Little-endian single precision, rows × dimension. */
async function readBackground({ files, manifest, info }: ClapModel): Promise<Float32Array | null> {
  if (files.background === null) return null;
  const bytes = await readFile(files.background);
  if (bytes.length === 0 || bytes.length % (4 * manifest.dimension) !== 0) {
    throw new DomainError(
      'model_unavailable',
      because('model_background_odd', { model: info.name, dimension: manifest.dimension }),
    );
  }
  const background = new Float32Array(bytes.length / 4);
  new Uint8Array(background.buffer).set(bytes);
  return background;
}
