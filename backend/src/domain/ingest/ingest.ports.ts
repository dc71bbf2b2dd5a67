import type { Awaitable } from '../awaitable.js';
import type { Loudness } from '../analysis/analysis.types.js';
import type { AudioFacts, Chapter, FileTags, Hearing, NewSound, Peaks } from '../library/library.types.js';
import type { Job, JobStage, ProcessedSound, Segment } from './ingest.types.js';

/** The truth about jobs. The queue only delivers; what is queued can be told from these rows alone. */
export interface JobRepository {
  /**
   * Inserts the sound and its first job in one transaction; with known bytes returns the existing sound's id instead.
   * @throws DomainError `quota_exceeded` when its owner would keep more than they may
   */
  accept(sound: NewSound): Awaitable<{ kind: 'accepted'; job: Job } | { kind: 'duplicate'; soundId: string }>;
  /** What an owner may add. @throws DomainError `quota_exceeded` when that is nothing */
  room(ownerId: string): Awaitable<{ bytes: number }>;
  get(jobId: string): Awaitable<Job | null>;
  latestFor(soundId: string): Awaitable<Job | null>;
  /** Those of the jobs that there are. */
  several(jobIds: readonly string[]): Awaitable<Job[]>;
  /** The latest job of each of these sounds, where it is queued or active. */
  openOf(soundIds: readonly string[]): Awaitable<Job[]>;
  /** All runs of a sound that are still known, newest first. */
  historyOf(soundId: string): Awaitable<Job[]>;
  /** Starts a new generation: the sound is processed anew and older jobs are superseded. Null if there is no such sound. */
  restart(soundId: string): Awaitable<Job | null>;
  /** As `restart`, with other bytes: the same recording with other tags. */
  replace(soundId: string, bytes: Omit<NewSound, 'id'>): Awaitable<Job | null>;
  /** Jobs that are queued or active, oldest first: after a crash each is handed to the queue again. */
  unfinished(): Awaitable<Job[]>;
  /** As `restart`, for all sounds that are ready but have no segments of this model; says how many. Each once, whoever asks. */
  restartWithoutModel(modelKey: string): Awaitable<number>;
  /** Marks the job active and counts the attempt. Null when it is gone, superseded or already finished: skip it. */
  start(jobId: string): Awaitable<Job | null>;
  progress(jobId: string, stage: JobStage, progress: number): Awaitable<void>;
  /** Back to queued after a transient failure. */
  retryLater(jobId: string, error: string): Awaitable<void>;
  /**
   * Saves the result in one transaction. False, with nothing written, when superseded, deleted or already completed; also
   * when another model is active now than the one that made the vectors: the job is queued again then.
   */
  complete(jobId: string, result: ProcessedSound): Awaitable<boolean>;
  fail(jobId: string, error: string): Awaitable<void>;
  /** Ends an unfinished job at a person's wish; a sound that had been ready is ready again, with what it had. */
  cancel(jobId: string): Awaitable<void>;
  /** How many sounds wait to be processed; no more than this are counted. */
  waiting(atMost: number): Awaitable<number>;
  counts(): Awaitable<{ queued: number; active: number; completed: number; failed: number }>;
}

/** Jobs that wait in one row. */
export interface Flow {
  owner: string;
  /** Part of something large that nobody waits for piece by piece. */
  batch: boolean;
}

export interface JobQueue {
  /**
   * Idempotent per job id. Shorter sounds go first, and short ones never wait behind long ones.
   * @param lengthS about how long the sound is
   * @param flow whose it is: everyone's next job comes before anybody's one after that
   * @throws DomainError `queue_unavailable`
   */
  add(jobId: string, lengthS?: number, flow?: Flow): Promise<void>;
  remove(jobId: string): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** What recovery needs of the queue besides. */
export interface RedeliveringQueue extends JobQueue {
  /**
   * Adds those of the jobs that the queue does not hold; returns how many.
   * @param options.background let all other jobs go first
   * @param options.ownerOf whose job it is
   * @param options.lengthOf about how long the sound of a job is; asked only for those that are added
   * @throws DomainError `queue_unavailable`
   */
  addMissing(
    jobIds: readonly string[],
    options?: {
      background?: boolean;
      lengthOf?: (jobId: string) => Awaitable<number | undefined>;
      ownerOf?: (jobId: string) => string | undefined;
    },
  ): Promise<number>;
}

/** Told after each change of a job's row. Never fails and never waits. */
export interface JobNotifier {
  notify(jobId: string): void;
}

export interface ProbedFacts extends AudioFacts {
  /** The audio tracks that can be decoded, the one to listen to first; the facts are about that one. */
  tracks: number[];
  /** How sure the length is: counted in the file's `structure`, said by its `header`, or a `guess` from its size. */
  lengthFrom: 'structure' | 'header' | 'guess';
  /** How much of a file whose length is a guess is no audio, 0..1; 0 where it was not looked for. */
  strayShare: number;
}

export interface AudioProbe {
  /**
   * Reads what the bytes are, not what the name says. Never follows references to other files or the network.
   * @param options.track the one to tell of; by default the first of `tracks`
   * @param options.thorough tell `strayShare` too, for which the whole file is read
   * @throws DomainError `unsupported_media`, `no_audio`, `unreadable_media`, `too_long`, `cancelled`
   */
  probe(
    path: string,
    options?: { track?: number; thorough?: boolean; signal?: AbortSignal | undefined },
  ): Promise<ProbedFacts>;
  /** How much is missing at the end of a file that was not refused for it: a share of its sound, 0..1. A few reads. */
  lacking?(path: string): Promise<number>;
}

/** What listening to a file told, besides its samples. */
export interface Heard {
  /** How it was heard. */
  hearing: Hearing;
  /** How it should have been, where that shows only at the end: listen again, this way. */
  better: Hearing | null;
  /** Nothing in this track can be heard. */
  silent: boolean;
  /** Most of its values are no numbers, or so large that they are no sound: they count as silence. */
  senseless?: boolean;
  /** Packets that could not be decoded, or not as they were. */
  faults: number;
  /** Something in the file was not as it should be. */
  complained: boolean;
  /** Of all channels, before they were mixed; null where only their mix was listened to. */
  loudness: Loudness | null;
}

export interface AudioDecoder {
  /**
   * Mono float samples in [-1, 1] at the given rate, streamed with backpressure; chunks of any length.
   * A valid file without any sample ends without a chunk. With `part`, only those seconds are read.
   *
   * How tracks and channels become one is told by `hearing`; where it says nothing, it is decided from what is heard.
   * `onEnd` is called at the end of the file, before the iteration ends. See `listenTo`.
   * @throws DomainError `unreadable_media` when nothing can be decoded, `no_audio`, `too_long` past `maxDurationS`, `cancelled`.
   */
  decode(
    path: string,
    options: {
      sampleRateHz: number;
      maxDurationS: number;
      signal?: AbortSignal;
      part?: { startS: number; endS: number };
      hearing?: Hearing | null;
      /** The file's, where it is known: tells what silence is, and whether values can lie beyond full scale. */
      codec?: string | null;
      onEnd?: (heard: Heard) => void;
    },
  ): AsyncIterable<Float32Array>;
}

/** What a file says of itself. */
export interface ReadTags extends FileTags {
  /** The bytes of a picture as they stand in the file, whatever they are; at most some megabytes. */
  picture: Uint8Array | null;
}

/** @throws DomainError `not_ready` (transient) when the machine could not look; never for a bad file */
export interface TagReader {
  /** Missing or broken tags are empty. */
  read(path: string): Promise<ReadTags>;
  /** In order of time; none of a bad file. */
  chapters(path: string): Promise<Chapter[]>;
}

/** Builds the waveform overview while samples stream by. */
export interface PeaksBuilder {
  push(samples: Float32Array): void;
  finish(): Peaks;
}

export interface ModelInfo {
  id: string;
  name: string;
  /** Id plus a prefix of the weights' hash: vectors with different keys are never compared. */
  key: string;
  dimension: number;
  sampleRateHz: number;
  windowS: number;
  /** Hears shorter windows as they are, in less time, where others fill them up to `windowS`. */
  hearsShort?: boolean;
  /** Cosines of unrelated text and audio, and how z-scores map to relevance; see models/README.md. */
  calibration: {
    mean: number;
    std: number;
    relevantZ: number;
    slope: number;
    rawShare?: number;
    verdictFrom?: { good: number; weak: number } | undefined;
  };
  provider: string;
}

export interface AudioEmbedder {
  readonly info: ModelInfo;
  /**
   * Cuts the stream into windows and embeds each that is not silent (peak below -80 dBFS); the iteration waits while all embedding threads are busy.
   * @param windowS shorter windows than the model's own, for models that `hearsShort`
   */
  embedStream(samples: AsyncIterable<Float32Array>, signal?: AbortSignal, windowS?: number): AsyncIterable<Segment>;
  close(): Promise<void>;
}
