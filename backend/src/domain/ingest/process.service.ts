import type { SoundAnalyzer } from '../analysis/analysis.ports.js';
import type { SoundAnalysis } from '../analysis/analysis.types.js';
import { DomainError, isCancelled, statedBy } from '../errors.js';
import type { SoundRepository, AudioStore } from '../library/library.ports.js';
import type { AudioFacts, Sound } from '../library/library.types.js';
import { tellsBits } from '../library/sample-bits.js';
import type { Log } from '../log.js';
import type {
  AudioDecoder,
  AudioEmbedder,
  AudioProbe,
  JobNotifier,
  JobRepository,
  PeaksBuilder,
  TagReader,
} from './ingest.ports.js';
import { damageOf, LEAST_S } from './damage.js';
import { exactLengthS } from './length.js';
import type { Job, JobStage, Segment } from './ingest.types.js';
import { listenTo } from './listening.js';
import { because, state } from '../reasons.js';
import type { CoverMaker } from '../library/covers.ports.js';
import type { StageClock } from './stage.clock.js';
import { tellOf } from './telling.js';

/** Progress is written at most this often. */
const REPORT_MS = 250;
/** Parts of the whole job's progress: decoding and embedding run together, then comes saving. */
const READ_SHARE = 0.02;
const EMBED_SHARE = 0.96;
/** Where the length is unknown, progress is halfway to the end of the embedding after this much audio, and so on. */
const UNKNOWN_LENGTH_S = 120;
/** However a job is delivered, one that started this often without an end is given up. Restarts of the server count too. */
const MAX_STARTS = 25;

const CRASHED = state(because('processing_crashed'));
const NO_AUDIO = because('file_without_audio');
const ONLY_SILENCE = because('file_silent');
const SENSELESS = because('file_senseless');

export interface ProcessDependencies {
  jobs: JobRepository;
  sounds: SoundRepository;
  store: AudioStore;
  probe: AudioProbe;
  decoder: AudioDecoder;
  tags: TagReader;
  covers: CoverMaker;
  embedder: AudioEmbedder;
  createPeaks: (sampleRateHz: number) => PeaksBuilder;
  createAnalyzer: (sampleRateHz: number) => SoundAnalyzer;
  notifier: JobNotifier;
  maxDurationS: number;
  logger: Log;
  /** Adds up what stages take. */
  clock?: StageClock;
  /** Milliseconds, for the pace of progress. */
  now?: () => number;
}

export interface Attempt {
  /** 1 for the first. */
  attempt: number;
  /** When this one fails for a passing reason, the job fails. */
  lastAttempt: boolean;
  signal: AbortSignal;
}

export type ProcessOutcome = 'completed' | 'skipped' | 'failed';

/** Turns one uploaded file into a searchable sound. */
export class ProcessService {
  constructor(private readonly deps: ProcessDependencies) {}

  /**
   * Runs a job to its end. A job that is gone, superseded or finished already is skipped and nothing is written.
   * @throws what should be tried again later: a passing failure, or a stop of the worker; the job's row is queued again then
   */
  async run(jobId: string, attempt: Attempt): Promise<ProcessOutcome> {
    const { jobs, sounds, logger } = this.deps;
    const startedAt = this.now();
    const job = await jobs.start(jobId);
    if (!job) return 'skipped';
    this.deps.notifier.notify(jobId);
    const sound = await sounds.get(job.soundId);
    if (!sound) return 'skipped';
    if (job.attempts > MAX_STARTS) return this.fail(job, CRASHED);
    try {
      const outcome = await this.deps.store.withLocalFile(sound.sha256, (path) =>
        this.process(job, sound, path, attempt),
      );
      logger.info({ jobId, soundId: job.soundId, outcome, tookMs: Math.round(this.now() - startedAt) }, 'job ended');
      return outcome;
    } catch (error) {
      return await this.handle(error, job, attempt);
    }
  }

  private async process(
    job: Job,
    sound: Sound,
    path: string,
    { signal, lastAttempt }: Attempt,
  ): Promise<ProcessOutcome> {
    const { probe, decoder, embedder, createPeaks, createAnalyzer, maxDurationS, clock } = this.deps;
    const startedAt = performance.now();
    const progress = this.progressOf(job.id);
    progress.report('reading', 0);
    const known = await this.factsOf(sound, path);
    const lacking = (await probe.lacking?.(path)) ?? 0;
    // What the file says of itself is read while it is listened to.
    const telling = tellOf(this.deps, path, known.durationS, { soundId: sound.id, lastAttempt });
    // Awaited at the end; until then its failure is not "unhandled".
    telling.catch(() => undefined);
    const readAt = performance.now();
    clock?.add('reading', readAt - startedAt);
    let waitedMs = 0;

    const { sampleRateHz, key: modelKey } = embedder.info;
    // Decided anew each time; only which track it is was found out by the upload.
    const hearing = { track: sound.hearing?.track ?? 0, weights: null };
    const options = { sampleRateHz, maxDurationS, signal, codec: known.codec, hearing };
    const { result, heard } = await listenTo({ decoder, probe }, path, options, async (source) => {
      const peaks = createPeaks(sampleRateHz);
      const analyzer = createAnalyzer(sampleRateHz);
      let analysis = null as Promise<SoundAnalysis> | null;
      let samples = 0;
      async function* decoded(): AsyncIterable<Float32Array> {
        let askedAt = performance.now();
        try {
          for await (const chunk of source) {
            waitedMs += performance.now() - askedAt;
            samples += chunk.length;
            peaks.push(chunk);
            await analyzer.push(chunk);
            progress.report(
              'embedding',
              READ_SHARE + (EMBED_SHARE - READ_SHARE) * share(samples / sampleRateHz, known.durationS),
            );
            yield chunk;
            askedAt = performance.now();
          }
          analysis = Promise.resolve(analyzer.finish());
          // Awaited at the end; until then its failure is not "unhandled".
          analysis.catch(() => undefined);
        } finally {
          if (!analysis) analyzer.cancel();
        }
      }
      const segments: Segment[] = [];
      for await (const segment of embedder.embedStream(decoded(), signal)) segments.push(segment);
      return { peaks, analysis, segments, samples };
      // The file is lent until then.
    }).finally(() => telling);
    const { fileTags, chapters, cover } = await telling;
    const { peaks, analysis, segments, samples } = result;
    // An embedder may end quietly when told to stop: what it has is not the whole sound then.
    signal.throwIfAborted();
    if (samples === 0) throw new DomainError('no_audio', NO_AUDIO);
    if (segments.length === 0) throw new DomainError('no_audio', heard?.senseless ? SENSELESS : ONLY_SILENCE);
    const track = heard?.hearing.track ?? 0;
    const decodedS = samples / sampleRateHz;
    const missingS = (known.durationS ?? 0) - decodedS;
    const isOdd = (heard?.complained ?? false) || missingS > (known.codec === 'flac' ? LEAST_S : decodedS * 0.01);
    // Looked at once more only where something is not as it was said to be.
    const probed = isOdd || track !== hearing.track ? await probe.probe(path, { track, thorough: true }) : null;
    const facts = probed ?? known;
    const inside = probed && heard ? damageOf(probed, heard, decodedS) : null;
    const damaged = Math.max(inside ?? 0, lacking) || null;

    clock?.add('decoding', waitedMs);
    clock?.add('model', performance.now() - readAt - waitedMs);
    progress.report('saving', EMBED_SHARE);
    const savingAt = performance.now();
    // What was decoded is the truth; the header may be missing or wrong.
    const saved = await this.deps.jobs.complete(job.id, {
      modelKey,
      facts: { ...facts, durationS: exactLengthS({ samples, sampleRateHz }, facts) },
      damaged,
      hearing: heard?.hearing ?? null,
      fileTags,
      cover,
      chapters,
      peaks: peaks.finish(),
      analysis: await analysis!,
      loudness: heard?.loudness ?? null,
      segments,
    });
    clock?.add('saving', performance.now() - savingAt);
    this.deps.notifier.notify(job.id);
    return saved ? 'completed' : 'skipped';
  }

  /** The upload's probe is kept with the sound; probing again is only for sounds that lack it. */
  private async factsOf(sound: Sound, path: string): Promise<AudioFacts> {
    const { durationS, sampleRateHz, channels, codec, bitRateKbps, bitsPerSample } = sound;
    const lacksBits = bitsPerSample === null && tellsBits(codec);
    if (codec === null || sampleRateHz === null || lacksBits) return this.deps.probe.probe(path);
    return { durationS, sampleRateHz, channels, codec, bitRateKbps, bitsPerSample };
  }

  private async handle(error: unknown, job: Job, { attempt, lastAttempt, signal }: Attempt): Promise<ProcessOutcome> {
    const { logger } = this.deps;
    const ids = { jobId: job.id, soundId: job.soundId, attempt };
    if (!(await this.isWanted(job))) {
      logger.info(ids, 'job is no longer wanted');
      return 'skipped';
    }
    // What it works with may be stopped before it is told itself.
    if (signal.aborted || isCancelled(error)) {
      logger.info(ids, 'job was interrupted and will be taken up again');
      await this.retryLater(job, state(because('processing_interrupted')));
      throw error;
    }
    if (error instanceof DomainError && !error.transient) {
      logger.info({ ...ids, code: error.code, err: error }, 'job failed');
      return this.fail(job, error.stated);
    }
    const reason = statedBy(error, because('processing_failed'));
    if (lastAttempt) {
      logger.error({ ...ids, err: error }, 'job failed for good');
      return this.fail(job, reason);
    }
    logger.warn({ ...ids, err: error }, 'job failed and will be tried again');
    await this.retryLater(job, reason);
    // The queue delivers it again.
    throw error;
  }

  /** Whether the row still asks for this work: not deleted, not superseded, not finished by another worker. */
  private async isWanted(job: Job): Promise<boolean> {
    const { jobs } = this.deps;
    const state = (await jobs.get(job.id))?.state;
    return (state === 'active' || state === 'queued') && (await jobs.latestFor(job.soundId))?.id === job.id;
  }

  private async fail(job: Job, reason: string): Promise<'failed'> {
    await this.deps.jobs.fail(job.id, reason);
    this.deps.notifier.notify(job.id);
    return 'failed';
  }

  private async retryLater(job: Job, reason: string): Promise<void> {
    await this.deps.jobs.retryLater(job.id, reason);
    this.deps.notifier.notify(job.id);
  }

  /** Writes progress to the job's row, but not for every chunk: a change of stage always, else four times a second. */
  private progressOf(jobId: string): { report(stage: JobStage, progress: number): void } {
    const { jobs, notifier } = this.deps;
    let lastStage: JobStage | null = null;
    let lastAt = 0;
    const write = async (stage: JobStage, progress: number): Promise<void> => {
      try {
        await jobs.progress(jobId, stage, progress);
        notifier.notify(jobId);
      } catch {
        // Nobody waits for it, and the next one is as good.
      }
    };
    return {
      report: (stage, progress) => {
        const at = this.now();
        if (stage === lastStage && at - lastAt < REPORT_MS) return;
        lastStage = stage;
        lastAt = at;
        void write(stage, progress);
      },
    };
  }

  private now(): number {
    return this.deps.now?.() ?? performance.now();
  }
}

/** How much of a sound is done, 0..1; approaches 1 where its length is unknown. */
function share(doneS: number, durationS: number | null): number {
  if (durationS !== null && durationS > 0) return Math.min(1, doneS / durationS);
  return doneS / (doneS + UNKNOWN_LENGTH_S);
}
