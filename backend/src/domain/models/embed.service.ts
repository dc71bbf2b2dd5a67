import { DomainError, isCancelled, statedBy } from '../errors.js';
import type { AudioDecoder, AudioEmbedder, JobNotifier } from '../ingest/ingest.ports.js';
import type { Attempt } from '../ingest/process.service.js';
import type { Segment } from '../ingest/ingest.types.js';
import type { AudioStore } from '../library/library.ports.js';
import type { Log } from '../log.js';
import type { Embedders, ModelState } from './models.ports.js';
import type { EmbeddingJob } from './models.types.js';
import { because, state } from '../reasons.js';

/** However a job is delivered, a sound whose embedding started this often without an end is given up. */
const MAX_STARTS = 10;
const CRASHED = state(because('embedding_crashed'));

export interface EmbedParts {
  state: ModelState;
  embedders: Embedders;
  store: AudioStore;
  decoder: AudioDecoder;
  notifier: JobNotifier;
  maxDurationS: number;
  logger: Log;
}

/** Embeds a sound of the library with the model that is to become the active one. */
export class EmbedService {
  constructor(private readonly parts: EmbedParts) {}

  /**
   * Runs a job to its end. One that nobody wants any more (cancelled, paused, another target) is skipped and writes nothing.
   * @throws what should be tried again later; the job's row is queued again then
   */
  async run(jobId: string, attempt: Attempt): Promise<'completed' | 'skipped' | 'failed'> {
    const { state, notifier } = this.parts;
    const job = await state.startJob(jobId);
    if (!job) return 'skipped';
    try {
      if (job.attempts > MAX_STARTS) return await this.fail(job, CRASHED);
      return await this.embed(job, attempt);
    } finally {
      notifier.notify(jobId);
    }
  }

  private async embed(job: EmbeddingJob, attempt: Attempt): Promise<'completed' | 'skipped' | 'failed'> {
    const { state, embedders } = this.parts;
    let opened: Awaited<ReturnType<Embedders['open']>>;
    try {
      opened = await embedders.open(job.model);
    } catch (error) {
      return this.stop(job, error);
    }
    try {
      const segments = await this.segmentsOf(job, opened.embedder, attempt.signal);
      return (await state.completeJob(job.id, segments)) ? 'completed' : 'skipped';
    } catch (error) {
      return await this.handle(error, job, opened.embedder, attempt);
    } finally {
      opened.release();
    }
  }

  private async segmentsOf(job: EmbeddingJob, embedder: AudioEmbedder, signal: AbortSignal): Promise<Segment[]> {
    const { store, decoder, maxDurationS } = this.parts;
    const { sampleRateHz } = embedder.info;
    const segments = await store.withLocalFile(job.sha256, async (path) => {
      const samples = decoder.decode(path, { sampleRateHz, maxDurationS, signal, hearing: job.hearing });
      const found: Segment[] = [];
      for await (const segment of embedder.embedStream(samples, signal)) found.push(segment);
      return found;
    });
    signal.throwIfAborted();
    if (segments.length === 0) throw new DomainError('no_audio', because('file_without_audio'));
    return segments;
  }

  private async handle(
    error: unknown,
    job: EmbeddingJob,
    embedder: AudioEmbedder,
    { lastAttempt, signal }: Attempt,
  ): Promise<'failed' | 'skipped'> {
    const { state, logger } = this.parts;
    if (signal.aborted || isCancelled(error)) {
      await state.requeueJob(job.id);
      throw error;
    }
    const known = error instanceof DomainError;
    if (known && error.code === 'model_unavailable' && !(await hears(embedder))) return this.stop(job, error);
    if (known && !error.transient) return this.fail(job, error.stated);
    logger.warn({ jobId: job.id, soundId: job.soundId, err: error }, 'embedding a sound with the new model failed');
    if (lastAttempt) return this.fail(job, statedBy(error, because('embedding_failed')));
    await state.requeueJob(job.id);
    throw error;
  }

  /** The model itself is at fault: no sound is, and the old model stays in use. */
  private async stop(job: EmbeddingJob, error: unknown): Promise<'skipped'> {
    if (!(error instanceof DomainError)) throw error;
    const { state, logger } = this.parts;
    await state.requeueJob(job.id);
    const { targetKey } = (await state.switch()) ?? {};
    if (targetKey === job.model.key) await state.setSwitchState('failed', error.stated);
    logger.error({ model: job.model.key, err: error }, 'the new model cannot embed sounds; the switch has stopped');
    return 'skipped';
  }

  private async fail(job: EmbeddingJob, reason: string): Promise<'failed'> {
    this.parts.logger.info({ jobId: job.id, soundId: job.soundId, reason }, 'sound could not be embedded');
    await this.parts.state.failJob(job.id, reason);
    return 'failed';
  }
}

/** Whether the model makes anything of a second of noise: tells a bad sound from a bad model. */
async function hears(embedder: AudioEmbedder): Promise<boolean> {
  const noise = Float32Array.from({ length: embedder.info.sampleRateHz }, (_, i) => ((i * 7919) % 1000) / 1000 - 0.5);
  async function* once(): AsyncIterable<Float32Array> {
    yield await Promise.resolve(noise);
  }
  try {
    for await (const segment of embedder.embedStream(once())) if (segment.vector.length > 0) return true;
    return false;
  } catch {
    return false;
  }
}
