import { DomainError } from '../errors.js';
import type { EventSink } from '../events.js';
import type { AudioDecoder } from '../ingest/ingest.ports.js';
import type { Attempt } from '../ingest/process.service.js';
import type { AudioStore, SoundRepository } from '../library/library.ports.js';
import type { Sound } from '../library/library.types.js';
import type { Log } from '../log.js';
import type { AnalysisRepository, SoundAnalyzer } from './analysis.ports.js';
import { ANALYSIS_VERSION, soundOfAnalysis } from './analysis.types.js';

/** What models hear at; an analysis is the same whether a sound was embedded on the way or not. */
const RATE_HZ = 48_000;

export interface AnalyseParts {
  analyses: AnalysisRepository;
  sounds: SoundRepository;
  store: AudioStore;
  decoder: AudioDecoder;
  createAnalyzer: (sampleRateHz: number) => SoundAnalyzer;
  events: EventSink;
  maxDurationS: number;
  logger: Log;
}

/** Listens again to sounds that were processed before the present estimators were there; nothing is embedded. */
export class AnalyseService {
  constructor(private readonly parts: AnalyseParts) {}

  /**
   * Runs a job to its end. A sound that cannot be read counts as heard, without tempo and key.
   * @throws what should be tried again later
   */
  async run(jobId: string, { lastAttempt, signal }: Attempt): Promise<'completed' | 'skipped' | 'failed'> {
    const { analyses, sounds, logger, events } = this.parts;
    const soundId = soundOfAnalysis(jobId);
    const sound = soundId === null ? null : await sounds.get(soundId);
    if (!sound || !(await analyses.isPending(sound.id, ANALYSIS_VERSION))) return 'skipped';
    try {
      const saved = await analyses.save(sound.id, await this.analyse(sound, signal));
      events.tell({ kind: 'sound', change: 'updated', soundId: sound.id });
      return saved ? 'completed' : 'skipped';
    } catch (error) {
      const passing = !(error instanceof DomainError) || error.transient;
      if (signal.aborted || (passing && !lastAttempt)) throw error;
      logger.warn({ soundId: sound.id, err: error }, 'a sound could not be analysed');
      await this.giveUp(jobId);
      return 'failed';
    }
  }

  /** Keeps a sound from being tried for ever. */
  async giveUp(jobId: string): Promise<void> {
    const soundId = soundOfAnalysis(jobId);
    if (soundId === null) return;
    await this.parts.analyses.save(soundId, { version: ANALYSIS_VERSION, tempo: null, key: null, print: null });
  }

  private async analyse({ sha256, hearing }: Sound, signal: AbortSignal) {
    const { decoder, store, createAnalyzer, maxDurationS } = this.parts;
    const analyzer = createAnalyzer(RATE_HZ);
    const options = { sampleRateHz: RATE_HZ, maxDurationS, signal, hearing };
    for await (const samples of decoder.decode(store.pathOf(sha256), options)) analyzer.push(samples);
    signal.throwIfAborted();
    return analyzer.finish();
  }
}
