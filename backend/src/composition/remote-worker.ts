import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ServerClient, type TakenJob } from '../adapters/server/server-client.js';
import { analyseIn } from '../audio/analysis/analyzer-thread.js';
import { FfmpegCoverMaker } from '../audio/covers/ffmpeg-cover-maker.js';
import { FfmpegDecoder } from '../audio/ffmpeg-decoder.js';
import { FfmpegProbe } from '../audio/ffmpeg-probe.js';
import { createPeaksBuilder } from '../audio/peaks.js';
import { PlainDecoder } from '../audio/plain/plain-decoder.js';
import { SoundThread } from '../audio/sound-thread.js';
import { FileTagReader } from '../audio/tags/tag-reader.js';
import type { Config } from '../config.js';
import { DomainError } from '../domain/errors.js';
import type { AudioEmbedder, JobRepository } from '../domain/ingest/ingest.ports.js';
import type { Job } from '../domain/ingest/ingest.types.js';
import { ProcessService } from '../domain/ingest/process.service.js';
import { programOf } from '../domain/ingest/remote.service.js';
import type { AudioStore } from '../domain/library/library.ports.js';
import type { Sound } from '../domain/library/library.types.js';
import { API_VERSION } from '../http/version.js';
import type { Tracing } from '../domain/tracing.js';
import type { Logger } from '../observability/logger.js';
import { EmbedderPool } from './embedder-pool.js';
import type { Lifecycle } from './lifecycle.js';
import { audioEmbedders, modelVersions } from './models.js';
import { traced, tracedAnalyzers, tracedDecoder, tracedEmbedders, tracedStore, tracedWork } from './tracing.js';

/** A sign of life of each job; the server waits for five of them. */
const BEAT_MS = 4_000;
/** Between two questions for work where there was none, and after a refusal. */
const IDLE_MS = 1_000;
const REFUSED_MS = 30_000;

/**
 * Builds and starts a worker for a server that is reached over HTTP alone: it fetches sounds there, and hands in what it found out.
 * @throws DomainError that names cause and remedy when server and worker do not fit together
 */
export async function startRemoteWorker(
  config: Config,
  server: NonNullable<Config['server']>,
  logger: Logger,
  lifecycle: Lifecycle,
  tracing: Tracing | null = null,
): Promise<void> {
  const client = new ServerClient({ ...server, here: () => tracing?.here() ?? null });
  const program = programOf(API_VERSION);
  const pool = new EmbedderPool(
    modelVersions(config, logger),
    audioEmbedders(config, logger, os.availableParallelism()),
  );
  lifecycle.add('models', () => pool.close());
  const embedders = tracedEmbedders(tracing, pool);
  /** The model that the server wants, opened. */
  const model = async () => {
    const wanted = await client.wanted();
    if (wanted.program !== program) {
      throw new DomainError(
        'conflict',
        `The server is of version ${wanted.program}, this worker of ${program}. Bring both to the same version.`,
      );
    }
    const opened = await embedders.open(wanted.model).catch((error: unknown) => {
      throw new DomainError(
        'model_unavailable',
        `The server works with the model "${wanted.model.id}" (${wanted.model.key}), which is not here as it is there: ` +
          `npm run model -- install ${wanted.model.id}, or copy its folder from the server. (${(error as Error).message})`,
        { cause: error },
      );
    });
    return { key: wanted.model.key, ...opened };
  };
  // Whatever does not fit ends the start, with the reason.
  (await model()).release();

  const [reading, analysis] = [new SoundThread(), new SoundThread()];
  for (const thread of [reading, analysis]) lifecycle.add('thread of sounds', () => thread.close());
  const folder = await mkdtemp(path.join(os.tmpdir(), 'traum-worker-'));
  lifecycle.add('files of work', () => rm(folder, { recursive: true, force: true }));
  const decoder = tracedDecoder(
    tracing,
    new PlainDecoder(new FfmpegDecoder(), (file, options) => reading.ask('read', { path: file, options })),
  );
  const { maxDurationS } = config;
  const covers = new FfmpegCoverMaker();
  const tags = traced(tracing, new FileTagReader(), { read: 'read tags', chapters: 'read chapters' });
  const stopping = new AbortController();

  const work = async (taken: TakenJob, embedder: AudioEmbedder): Promise<void> => {
    const held = new HeldJob(client, taken, stopping.signal);
    const service = new ProcessService({
      jobs: traced(tracing, held.jobs, { complete: 'save' }),
      sounds: { get: () => held.sound } as never,
      store: tracedStore(tracing, held.store(folder)),
      probe: traced(tracing, new FfmpegProbe({ maxDurationS }), { probe: 'probe' }),
      decoder,
      tags,
      covers,
      embedder,
      createPeaks: createPeaksBuilder,
      createAnalyzer: tracedAnalyzers(tracing, analyseIn(analysis)),
      notifier: { notify: () => undefined },
      maxDurationS,
      logger,
    });
    const { attempt, lastAttempt, jobId } = taken;
    try {
      const given = { attempt, lastAttempt, signal: held.signal };
      await tracedWork(tracing, jobId, taken, () => service.run(jobId, given));
    } catch (error) {
      logger.debug({ jobId, err: error }, 'a job goes back');
    } finally {
      await held.close();
    }
  };

  let told = '';
  const tellOnce = (error: unknown): void => {
    const { message } = error as Error;
    if (message !== told) logger.warn({ err: error }, 'no work can be taken at the moment');
    told = message;
  };
  const goOn = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      let waitMs = IDLE_MS;
      try {
        const opened = await model();
        try {
          for (let taken; !stopping.signal.aborted && (taken = await client.take({ program, modelKey: opened.key }));) {
            told = '';
            await work(taken, opened.embedder);
          }
        } finally {
          opened.release();
        }
      } catch (error) {
        tellOnce(error);
        if (!(error instanceof DomainError) || !error.transient) waitMs = REFUSED_MS;
      }
      await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const places = Array.from({ length: config.workerConcurrency }, goOn);
  lifecycle.add('work for the server', async () => {
    stopping.abort(new DomainError('cancelled', 'The worker is stopping.'));
    await Promise.allSettled(places);
  });
}

/** One job of the server, while this worker has it: as the service knows jobs, sounds and files. */
class HeldJob {
  private readonly controller = new AbortController();
  private readonly beat: NodeJS.Timeout;
  private stage: 'reading' | 'embedding' | 'saving' = 'reading';
  private progress = 0;
  private ended = false;

  constructor(
    private readonly client: ServerClient,
    private readonly taken: TakenJob,
    stopping: AbortSignal,
  ) {
    this.beat = setInterval(() => void this.report(), BEAT_MS);
    stopping.addEventListener('abort', () => this.controller.abort(stopping.reason), { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get sound(): Sound {
    return { ...this.taken.sound } as Sound;
  }

  get jobs(): JobRepository {
    const { client, taken } = this;
    const job = (): Job => ({
      ...{ id: taken.jobId, soundId: taken.sound.id, owner: '', generation: taken.generation, state: 'active' },
      ...{ stage: 'reading', progress: 0, attempts: taken.starts, error: null },
      ...{ createdAt: taken.createdAt, startedAt: null, finishedAt: null },
    });
    const end = async (outcome: 'failed' | 'again', error: string): Promise<void> => {
      this.ended = true;
      await client.end(taken, outcome, error);
    };
    const own: Partial<JobRepository> = {
      start: job,
      // Told by the server with the next sign of life.
      get: job,
      latestFor: job,
      progress: (_, stage, progress) => {
        if (stage === 'reading' || stage === 'embedding' || stage === 'saving') this.stage = stage;
        this.progress = progress;
      },
      complete: async (_, result) => {
        const saved = await client.complete(taken, result);
        this.ended = true;
        return saved;
      },
      fail: (_, error) => end('failed', error),
      retryLater: (_, error) => end('again', error),
    };
    return own as JobRepository;
  }

  store(folder: string): AudioStore {
    const { client, taken, signal } = this;
    const own: Pick<AudioStore, 'withLocalFile'> = {
      withLocalFile: async (_, use) => {
        const file = path.join(folder, taken.token);
        try {
          await client.audio(taken, file, signal);
          return await use(file);
        } finally {
          await rm(file, { force: true });
        }
      },
    };
    return own as AudioStore;
  }

  async close(): Promise<void> {
    clearInterval(this.beat);
    // What cannot be told now, the server finds out by itself.
    if (!this.ended) await this.client.end(this.taken, 'skipped', '').catch(() => undefined);
  }

  private async report(): Promise<void> {
    try {
      if (await this.client.report(this.taken, this.stage, this.progress)) return;
      this.ended = true;
      this.controller.abort(new DomainError('cancelled', 'The job was removed.'));
    } catch {
      // The next one may come through.
    }
  }
}
