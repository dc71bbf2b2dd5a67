import os from 'node:os';
import { BullmqWorker, RedisEventLog, RedisWorkerPulse } from '../adapters/bullmq/index.js';
import { analyseIn } from '../audio/analysis/analyzer-thread.js';
import { FfmpegCoverMaker } from '../audio/covers/ffmpeg-cover-maker.js';
import { FfmpegDecoder } from '../audio/ffmpeg-decoder.js';
import { FfmpegProbe } from '../audio/ffmpeg-probe.js';
import { PlainDecoder } from '../audio/plain/plain-decoder.js';
import { createPeaksBuilder } from '../audio/peaks.js';
import { SoundThread } from '../audio/sound-thread.js';
import { FileTagReader } from '../audio/tags/tag-reader.js';
import type { Config, RedisConnection } from '../config.js';
import { AnalyseService } from '../domain/analysis/analyse.service.js';
import type { JobNotifier } from '../domain/ingest/ingest.ports.js';
import { ProcessService, type Attempt, type ProcessOutcome } from '../domain/ingest/process.service.js';
import { StageClock } from '../domain/ingest/stage.clock.js';
import { queuedWork } from '../domain/jobs/job.handlers.js';
import { EmbedService } from '../domain/models/embed.service.js';
import type { Tracing } from '../domain/tracing.js';
import type { Logger } from '../observability/logger.js';
import { EmbedderPool } from './embedder-pool.js';
import { openPatientAudioStore } from './files.js';
import type { Lifecycle } from './lifecycle.js';
import { audioEmbedders, modelVersions } from './models.js';
import { openPatientStorage } from './storage.js';
import { traced, tracedAnalyzers, tracedDecoder, tracedEmbedders, tracedStore, tracedWork } from './tracing.js';

/** Builds and starts the working side: takes jobs from the queue until closed. */
export async function startWorker(
  config: Config,
  connection: RedisConnection,
  logger: Logger,
  lifecycle: Lifecycle,
  tracing: Tracing | null = null,
): Promise<void> {
  // Searching stays quick while a big import runs: the worker takes what processor time the API leaves.
  os.setPriority(10);
  const storage = await openPatientStorage(config, lifecycle);
  const { sounds } = storage;
  const jobs = traced(tracing, storage.jobs, { start: 'start', complete: 'save' });
  const state = traced(tracing, storage.models, { startJob: 'start', completeJob: 'save' });
  const analyses = traced(tracing, storage.analyses, { save: 'save' });
  const store = tracedStore(tracing, await openPatientAudioStore(config, storage.placed));
  // What one of before had in its hands when it was killed.
  void store.sweep().catch((error: unknown) => logger.warn({ err: error }, 'what was left behind is still there'));
  // Two, so that one sound is read while another is analysed and a third one waits for the database.
  const [reading, analysis] = [new SoundThread(), new SoundThread()];
  for (const thread of [reading, analysis]) lifecycle.add('thread of sounds', () => thread.close());
  const decoder = tracedDecoder(
    tracing,
    new PlainDecoder(new FfmpegDecoder(), (path, options) => reading.ask('read', { path, options })),
  );
  const createAnalyzer = tracedAnalyzers(tracing, analyseIn(analysis));
  const events = new RedisEventLog({ connection });
  lifecycle.add('events', () => events.close());
  const notifier: JobNotifier = { notify: (jobId) => events.tell({ kind: 'job', jobId }) };
  const clock = new StageClock();
  const pulse = new RedisWorkerPulse({
    connection,
    memoryBytes: () => process.memoryUsage.rss(),
    stages: clock.sums,
  });
  lifecycle.add('pulse', () => pulse.close());
  const createEmbedder = audioEmbedders(config, logger, os.availableParallelism());
  const versions = modelVersions(config, logger);
  const pool = new EmbedderPool(versions, createEmbedder);
  lifecycle.add('models', () => pool.close());
  const embedders = tracedEmbedders(tracing, pool);
  const { maxDurationS } = config;
  const processing = {
    jobs,
    sounds,
    store,
    probe: traced(tracing, new FfmpegProbe({ maxDurationS }), { probe: 'probe' }),
    decoder,
    tags: traced(tracing, new FileTagReader(), { read: 'read tags', chapters: 'read chapters' }),
    covers: traced(tracing, new FfmpegCoverMaker(), { make: 'make cover' }),
    createPeaks: createPeaksBuilder,
    createAnalyzer,
    notifier,
    maxDurationS,
    logger,
    clock,
  };
  // Before the first start of an API the default model is the active one; it fails the start when it is not there.
  const fallback = await versions.installed((await state.active())?.id ?? config.model);
  const activeModel = async () => (await state.active()) ?? { id: fallback.manifest.id, key: fallback.key };
  const work = async (jobId: string, attempt: Attempt): Promise<ProcessOutcome> => {
    const opened = await embedders.open(await activeModel()).catch((error: unknown) => {
      logger.error({ jobId, err: error }, 'the active model cannot be opened; the job waits');
      throw error;
    });
    try {
      return await new ProcessService({ ...processing, embedder: opened.embedder }).run(jobId, attempt);
    } finally {
      opened.release();
    }
  };
  const embedding = new EmbedService({ state, embedders, store, decoder, notifier, maxDurationS, logger });
  const analysing = new AnalyseService({
    analyses,
    sounds,
    store,
    decoder,
    probe: processing.probe,
    tags: processing.tags,
    jobs,
    notifier,
    createAnalyzer,
    events,
    maxDurationS,
    logger,
  });
  const workOf = queuedWork([
    { prefix: 'ingest-', run: work, giveUp: (jobId, reason) => jobs.fail(jobId, reason) },
    {
      prefix: 'embed-',
      run: (jobId, delivery) => embedding.run(jobId, delivery),
      giveUp: (jobId, reason) => state.failJob(jobId, reason),
    },
    {
      prefix: 'analyse-',
      run: (jobId, delivery) => analysing.run(jobId, delivery),
      giveUp: (jobId) => analysing.giveUp(jobId),
    },
  ]);
  const worker = new BullmqWorker({
    connection,
    concurrency: config.workerConcurrency,
    process: (jobId, delivery) => tracedWork(tracing, jobId, delivery, () => workOf(jobId).run(jobId, delivery)),
    onGone: async (jobId, reason) => {
      await workOf(jobId).giveUp(jobId, reason);
      notifier.notify(jobId);
    },
    logger,
  });
  lifecycle.add('worker', () => worker.close());
}
