import { DomainError } from '../errors.js';
import type { EventSink } from '../events.js';
import type { AudioDecoder, AudioProbe, Heard, JobNotifier, JobRepository, TagReader } from '../ingest/ingest.ports.js';
import { listenTo } from '../ingest/listening.js';
import type { Attempt } from '../ingest/process.service.js';
import type { AudioStore, SoundRepository } from '../library/library.ports.js';
import type { Hearing, Sound } from '../library/library.types.js';
import type { Log } from '../log.js';
import type { AnalysisRepository, AnalysisWants, SoundAnalyzer } from './analysis.ports.js';
import { ANALYSIS_VERSION, NOTHING_HEARD, soundOfAnalysis, type SoundAnalysis } from './analysis.types.js';

/** What models hear at; an analysis is the same whether a sound was embedded on the way or not. */
const RATE_HZ = 48_000;

export interface AnalyseParts {
  analyses: AnalysisRepository;
  sounds: SoundRepository;
  store: AudioStore;
  decoder: AudioDecoder;
  probe: AudioProbe;
  tags: Pick<TagReader, 'read'>;
  jobs: Pick<JobRepository, 'restart'>;
  notifier: JobNotifier;
  createAnalyzer: (sampleRateHz: number) => SoundAnalyzer;
  events: EventSink;
  maxDurationS: number;
  logger: Log;
}

type Said = Parameters<AnalysisRepository['keepSaid']>[1];
const NOTHING_SAID: Said = { bitsPerSample: null, recorded: null };

/**
 * Listens again to sounds that were processed before the present estimators were there, or before it was looked at whether the
 * mix of their channels loses what these hold; of those that came before it was kept what their files say of bits and dates, only
 * that is read. Nothing is embedded here: a sound that was heard wrong is processed anew.
 */
export class AnalyseService {
  constructor(private readonly parts: AnalyseParts) {}

  /**
   * Runs a job to its end. A sound that cannot be read counts as heard, without tempo and key, and stays as it was.
   * @throws what should be tried again later
   */
  async run(jobId: string, { lastAttempt, signal }: Attempt): Promise<'completed' | 'skipped' | 'failed'> {
    const { analyses, sounds, logger, events } = this.parts;
    const soundId = soundOfAnalysis(jobId);
    const sound = soundId === null ? null : await sounds.get(soundId);
    const wants = sound && (await analyses.wants(sound.id, ANALYSIS_VERSION));
    if (!wants) return 'skipped';
    try {
      let saved = true;
      if (wants.analysis || wants.hearing) {
        const { analysis, heard } = await this.listen(sound, signal);
        if (wants.hearing && heard && !isPlainMean(heard.hearing)) return await this.processAnew(sound.id);
        if (wants.hearing) await analyses.keepHearing(sound.id, heard?.hearing ?? meanOf(sound));
        if (wants.analysis) saved = await analyses.save(sound.id, analysis, heard?.loudness ?? null);
      }
      if (wants.bits || wants.recorded) await analyses.keepSaid(sound.id, await this.saidBy(sound, wants, signal));
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
    const { analyses, sounds } = this.parts;
    const soundId = soundOfAnalysis(jobId);
    const sound = soundId === null ? null : await sounds.get(soundId);
    if (!sound) return;
    const wants = await analyses.wants(sound.id, ANALYSIS_VERSION);
    if (wants?.hearing) await analyses.keepHearing(sound.id, meanOf(sound));
    if (wants) await analyses.keepSaid(sound.id, NOTHING_SAID);
    if (wants?.analysis) {
      await analyses.save(sound.id, { ...NOTHING_HEARD, version: ANALYSIS_VERSION }, null);
    }
  }

  /** The queue gets the job from the database, as any that it lost. */
  private async processAnew(soundId: string): Promise<'completed' | 'skipped'> {
    const { jobs, notifier, logger } = this.parts;
    const job = await jobs.restart(soundId);
    if (!job) return 'skipped';
    logger.info({ soundId }, 'its channels go together in another way than was thought: it is processed anew');
    notifier.notify(job.id);
    return 'completed';
  }

  private saidBy({ sha256, hearing }: Sound, wants: AnalysisWants, signal: AbortSignal): Promise<Said> {
    const { probe, tags, store } = this.parts;
    const options = { track: hearing?.track ?? 0, signal };
    return store.withLocalFile(sha256, async (path) => ({
      ...(wants.bits && { bitsPerSample: (await probe.probe(path, options)).bitsPerSample }),
      ...(wants.recorded && { recorded: (await tags.read(path)).recorded }),
    }));
  }

  private async listen(
    { sha256, hearing, codec }: Sound,
    signal: AbortSignal,
  ): Promise<{ analysis: SoundAnalysis; heard: Heard | null }> {
    const { decoder, probe, store, createAnalyzer, maxDurationS } = this.parts;
    // All channels are listened to, as when the sound came: how loud they are cannot be told from their mix.
    const channels = { track: hearing?.track ?? 0, weights: null };
    const options = { sampleRateHz: RATE_HZ, maxDurationS, signal, codec, hearing: channels };
    const { result, heard } = await store.withLocalFile(sha256, (path) =>
      listenTo({ decoder, probe }, path, options, async (source) => {
        const analyzer = createAnalyzer(RATE_HZ);
        try {
          for await (const samples of source) await analyzer.push(samples);
          signal.throwIfAborted();
          return await analyzer.finish();
        } finally {
          analyzer.cancel();
        }
      }),
    );
    return { analysis: result, heard };
  }
}

/** What was heard of stereo before; of more channels, ffmpeg left some out. */
const isPlainMean = ({ track, weights }: Hearing): boolean =>
  track === 0 && weights?.length === 2 && weights.every((weight) => weight === 0.5);

const meanOf = ({ hearing }: Sound): Hearing => hearing ?? { track: 0, weights: null };
