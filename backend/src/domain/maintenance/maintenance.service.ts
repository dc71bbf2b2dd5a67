import type { Readable } from 'node:stream';
import { demand, type Actor } from '../accounts/actor.js';
import { DomainError, notFound } from '../errors.js';
import type { EventSink } from '../events.js';
import type { JobRepository } from '../ingest/ingest.ports.js';
import type { BinRepository } from '../library/bin.ports.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { Work } from '../jobs/held.job.js';
import type { JobHandler } from '../jobs/job.handlers.js';
import type { JobsService } from '../jobs/jobs.service.js';
import { isUnfinished, type Job } from '../jobs/jobs.types.js';
import { KeyedLock } from '../keyed-lock.js';
import type { Log } from '../log.js';
import type { SegmentSource } from '../search/search.ports.js';
import type { VectorIndex } from '../search/vectors.ports.js';
import { checkFiles } from './check.js';
import type { BackupStore, DatabaseUpkeep, FileAudit, StorageMeter } from './maintenance.ports.js';
import {
  TASK_KINDS,
  type MaintenanceTask,
  type StorageUse,
  type StoredBackup,
  type TaskKind,
  type TaskReport,
  type TaskStage,
} from './maintenance.types.js';
import { because } from '../reasons.js';

const INDEX_LOOK_MS = 200;

/** Upkeep of what is stored: one long task at a time, with progress, that can be stopped. */
export class MaintenanceService {
  readonly #parts;
  /** Whether another one runs is looked up and made so without another start in between. */
  readonly #starting = new KeyedLock();

  constructor(parts: {
    sounds: SoundRepository;
    bin: Pick<BinRepository, 'sums' | 'hashes'>;
    jobs: Pick<JobRepository, 'counts'>;
    segments: Pick<SegmentSource, 'segmentCount'>;
    index: Pick<VectorIndex, 'rebuild' | 'status'>;
    database: DatabaseUpkeep;
    files: FileAudit;
    backups: BackupStore;
    meter: StorageMeter;
    events: EventSink;
    work: Pick<JobsService, 'latest' | 'begin' | 'askToStop'>;
    logger: Log;
  }) {
    this.#parts = parts;
  }

  async storage(actor: Actor): Promise<StorageUse> {
    demand(actor, 'admin');
    const { sounds, bin, segments, index, database, meter, backups } = this.#parts;
    const counts = await sounds.counts();
    const [audioBytes, size, folders, disk, backup] = await Promise.all([
      sounds.keptBytes(),
      database.size(),
      meter.folders(),
      meter.disk(),
      backups.current(),
    ]);
    return {
      audioBytes,
      bin: await bin.sums(),
      database: size,
      ...folders,
      disk,
      sounds: counts.total,
      segments: await segments.segmentCount(index.status().modelKey),
      backup,
    };
  }

  /** The latest task of each kind, newest first. */
  async tasks(actor: Actor): Promise<MaintenanceTask[]> {
    demand(actor, 'admin');
    return (await this.#parts.work.latest(TASK_KINDS)).map(toTask);
  }

  /**
   * Starts a task and returns at once.
   * @param options `hash`: `check` reads every file and compares its content
   * @throws DomainError `conflict` while another one runs, or when compacting has to wait for the queue
   */
  async start(actor: Actor, kind: TaskKind, options: { hash: boolean } = { hash: false }): Promise<MaintenanceTask> {
    demand(actor, 'admin');
    return this.#starting.run('start', async () => {
      if (kind === 'compact') await this.#refuseWhileBusy();
      const others = await this.#parts.work.latest(TASK_KINDS);
      const order = { kind, subject: null, owner: actor.ownerId };
      const job = others.some(isUnfinished)
        ? null
        : await this.#parts.work.begin(order, (work) => this.#work(kind, work, options));
      if (!job) {
        throw new DomainError('conflict', because('maintenance_busy'));
      }
      return toTask(job);
    });
  }

  /**
   * Stops a running task; what it had done so far does no harm.
   * @throws DomainError `not_found`; `conflict` when it is over, or cannot be stopped
   */
  async cancel(actor: Actor, id: string): Promise<void> {
    demand(actor, 'admin');
    const job = (await this.#parts.work.latest(TASK_KINDS)).find((known) => known.id === id);
    if (!job) throw notFound('task', id);
    if (!isUnfinished(job)) {
      throw new DomainError('conflict', because('maintenance_over'));
    }
    if (job.kind === 'rebuild') refuseToStop();
    await this.#parts.work.askToStop(id);
  }

  /** What can be done with jobs of this kind. */
  handler(kind: TaskKind): JobHandler {
    const hashed = (job: Job): boolean => (job.detail as { hash?: boolean } | null)?.hash ?? false;
    return {
      resumes: false,
      retry: async (actor, job) => (await this.start(actor, kind, { hash: hashed(job) })).id,
      ...(kind === 'rebuild' ? { cancel: refuseToStop } : {}),
    };
  }

  /** @throws DomainError `not_found` when there is none */
  async backup(actor: Actor): Promise<StoredBackup & { read(): Readable }> {
    demand(actor, 'admin');
    const { backups } = this.#parts;
    const stored = await backups.current();
    if (!stored) {
      throw new DomainError('not_found', because('backup_missing'));
    }
    return { ...stored, read: () => backups.read() };
  }

  async close(): Promise<void> {
    await this.#parts.files.close();
  }

  async #work(kind: TaskKind, { signal, report }: Work, { hash }: { hash: boolean }): Promise<TaskReport> {
    const { database, sounds, bin, files, events } = this.#parts;
    const at = (stage: TaskStage, progress: number): void => {
      report({ stage, progress, detail: { hash } });
      events.tell({ kind: 'maintenance' });
    };
    at(FIRST_STAGE[kind], 0);
    const onDatabase = { signal, report: (progress: number) => at('database', progress) };
    try {
      switch (kind) {
        case 'check': {
          const complaints = await database.check(onDatabase);
          at('files', 0);
          const run = { hash, signal, report: (progress: number) => at('files', progress) };
          return { kind, hashed: hash, complaints, ...(await checkFiles({ sounds, bin, files }, run)) };
        }
        case 'compact':
          return { kind, ...(await database.compact(onDatabase)) };
        case 'backup':
          return { kind, ...(await this.#backUp(onDatabase)) };
        case 'rebuild':
          return { kind, ...(await this.#rebuild(at)) };
      }
    } finally {
      events.tell({ kind: 'maintenance' });
    }
  }

  async #backUp(run: { signal: AbortSignal; report: (progress: number) => void }): Promise<{ sizeBytes: number }> {
    const { database, backups, meter } = this.#parts;
    const [{ bytes }, { freeBytes }] = await Promise.all([database.size(), meter.disk()]);
    if (freeBytes < bytes * 1.1) {
      throw new DomainError('storage_full', because('backup_no_space'));
    }
    const file = await backups.begin();
    try {
      await database.backup(file.path, run);
      const { sizeBytes } = await file.keep();
      return { sizeBytes };
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  async #rebuild(at: (stage: TaskStage, progress: number) => void): Promise<{ segments: number }> {
    const { index } = this.#parts;
    const look = setInterval(() => at('index', index.status().progress), INDEX_LOOK_MS);
    try {
      await index.rebuild();
    } finally {
      clearInterval(look);
    }
    return { segments: index.status().segments };
  }

  async #refuseWhileBusy(): Promise<void> {
    const { jobs, database } = this.#parts;
    const { queued, active } = await jobs.counts();
    if (queued + active === 0 || !database.rewrites()) return;
    throw new DomainError('conflict', because('compact_while_processing'));
  }
}

const FIRST_STAGE: Record<TaskKind, TaskStage> = {
  check: 'database',
  rebuild: 'index',
  compact: 'database',
  backup: 'database',
};

const STAGES: readonly string[] = ['database', 'files', 'index'];

function toTask(job: Job): MaintenanceTask {
  const kind = job.kind as TaskKind;
  return {
    id: job.id,
    kind,
    state: isUnfinished(job) ? 'running' : (job.state as MaintenanceTask['state']),
    stage: STAGES.includes(job.stage) ? (job.stage as TaskStage) : FIRST_STAGE[kind],
    progress: job.progress,
    startedAt: job.startedAt ?? job.createdAt,
    finishedAt: job.finishedAt,
    error: job.error,
    report: job.result as TaskReport | null,
  };
}

const refuseToStop = (): never => {
  throw new DomainError('conflict', because('rebuild_not_stoppable'));
};
