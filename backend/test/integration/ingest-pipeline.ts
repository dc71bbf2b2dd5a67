import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { DiskAudioStore } from '../../src/adapters/disk/disk-audio-store.js';
import {
  openDatabase,
  SqlJobRepository,
  SqlSegmentSource,
  SqlSoundRepository,
  type Database,
  storageOver,
} from '../../src/adapters/sql/index.js';
import { createSoundAnalyzer } from '../../src/audio/analysis/sound-analyzer.js';
import { FfmpegCoverMaker } from '../../src/audio/covers/ffmpeg-cover-maker.js';
import { FfmpegDecoder } from '../../src/audio/ffmpeg-decoder.js';
import { FfmpegProbe } from '../../src/audio/ffmpeg-probe.js';
import { FlacThread } from '../../src/audio/plain/flac-thread.js';
import { PlainDecoder } from '../../src/audio/plain/plain-decoder.js';
import { createPlainReader } from '../../src/audio/plain/plain-reader.js';
import { createPeaksBuilder } from '../../src/audio/peaks.js';
import { FileTagReader } from '../../src/audio/tags/tag-reader.js';
import type { AudioEmbedder, ModelInfo } from '../../src/domain/ingest/ingest.ports.js';
import { ProcessService, type ProcessDependencies } from '../../src/domain/ingest/process.service.js';
import type { Job, Segment } from '../../src/domain/ingest/ingest.types.js';
import { silentLog } from './ingest-fixtures.js';

export const MODEL: ModelInfo = {
  id: 'fake',
  name: 'Fake',
  key: 'fake-1',
  dimension: 4,
  sampleRateHz: 16_000,
  windowS: 1,
  calibration: { mean: 0, std: 1, relevantZ: 1, slope: 1 },
  provider: 'cpu',
};

/** Embeds nothing: one segment per second, whose vector is fixed. Calls `atSecond` before each, where a test may wait or throw. */
export function fakeEmbedder(
  atSecond: (second: number) => void | Promise<void> = () => undefined,
  info = MODEL,
): AudioEmbedder {
  return {
    info,
    async *embedStream(samples): AsyncIterable<Segment> {
      let received = 0;
      let second = 0;
      let heard = false;
      const segment = (): Segment => ({
        index: second,
        startS: second,
        endS: second + 1,
        vector: Float32Array.of(1, 0, 0, 0),
      });
      for await (const chunk of samples) {
        received += chunk.length;
        heard ||= chunk.some((sample) => Math.abs(sample) > 1e-4);
        for (; received >= (second + 1) * info.sampleRateHz; second++) {
          await atSecond(second);
          if (heard) yield segment();
        }
      }
      if (heard && second === 0) yield segment();
    },
    close: () => Promise.resolve(),
  };
}

/** The real parts of processing around one data folder, but for the model. */
export class Pipeline {
  readonly db: Database;
  readonly jobs: SqlJobRepository;
  readonly sounds: SqlSoundRepository;
  readonly segments: SqlSegmentSource;
  readonly store: DiskAudioStore;
  readonly notified: string[] = [];

  constructor(readonly folder: string) {
    this.db = openDatabase(path.join(folder, 'test.db'));
    this.jobs = new SqlJobRepository(storageOver(this.db));
    this.sounds = new SqlSoundRepository(storageOver(this.db));
    this.segments = new SqlSegmentSource(storageOver(this.db));
    this.store = new DiskAudioStore({ directory: path.join(folder, 'audio') });
  }

  /** Accepts a file as an upload does, without probing: broken files get to the processing this way. */
  async accept(file: string): Promise<Job> {
    const received = await this.store.receive(createReadStream(file), 1e9);
    await received.keep();
    const outcome = await this.jobs.accept({
      id: randomUUID(),
      filename: path.basename(file),
      sizeBytes: received.sizeBytes,
      sha256: received.sha256,
      durationS: null,
      sampleRateHz: null,
      channels: null,
      codec: null,
      bitRateKbps: null,
      bitsPerSample: null,
    });
    if (outcome.kind === 'duplicate')
      throw new Error(`test file given twice: ${createHash('sha1').update(file).digest('hex')}`);
    return outcome.job;
  }

  processing(overrides: Partial<ProcessDependencies> = {}): ProcessService {
    return new ProcessService({
      jobs: this.jobs,
      sounds: this.sounds,
      store: this.store,
      probe: new FfmpegProbe({ maxDurationS: 3600 }),
      decoder: new PlainDecoder(new FfmpegDecoder(), createPlainReader(new FlacThread())),
      tags: new FileTagReader(),
      covers: new FfmpegCoverMaker(),
      embedder: fakeEmbedder(),
      createPeaks: createPeaksBuilder,
      createAnalyzer: createSoundAnalyzer,
      notifier: { notify: (jobId) => void this.notified.push(jobId) },
      maxDurationS: 3600,
      logger: silentLog,
      ...overrides,
    });
  }

  close(): void {
    this.db.close();
  }
}

export const firstAttempt = (signal = new AbortController().signal) => ({ attempt: 1, lastAttempt: false, signal });
export const lastAttempt = (signal = new AbortController().signal) => ({ attempt: 3, lastAttempt: true, signal });
