import type { Readable } from 'node:stream';
import { demand, type Actor } from '../accounts/actor.js';
import { DomainError, notFound } from '../errors.js';
import type { EventSink } from '../events.js';
import type { JobRepository } from '../ingest/ingest.ports.js';
import type { BinRepository } from '../library/bin.ports.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { Log } from '../log.js';
import type { SegmentSource, VectorIndex } from '../search/search.ports.js';
import { checkFiles } from './check.js';
import type { BackupStore, DatabaseUpkeep, FileAudit, StorageMeter } from './maintenance.ports.js';
import type {
  MaintenanceTask,
  StorageUse,
  StoredBackup,
  TaskKind,
  TaskReport,
  TaskStage,
} from './maintenance.types.js';

const INDEX_LOOK_MS = 200;

interface Work {
  signal: AbortSignal;
  at: (stage: TaskStage, progress: number) => void;
}

/** Upkeep of what is stored: one long task at a time, with progress, that can be stopped. */
export class MaintenanceService {
  readonly #parts;
  /** The latest task of each kind. */
  readonly #tasks = new Map<TaskKind, MaintenanceTask>();
  #running: { task: MaintenanceTask; controller: AbortController; done: Promise<void> } | null = null;

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
    logger: Log;
  }) {
    this.#parts = parts;
  }

  async storage(actor: Actor): Promise<StorageUse> {
    demand(actor, 'admin');
    const { sounds, bin, segments, index, database, meter, backups } = this.#parts;
    const counts = await sounds.counts();
    const [size, folders, disk, backup] = await Promise.all([
      database.size(),
      meter.folders(),
      meter.disk(),
      backups.current(),
    ]);
    return {
      audioBytes: counts.sizeBytes,
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
  tasks(actor: Actor): MaintenanceTask[] {
    demand(actor, 'admin');
    return [...this.#tasks.values()].sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  }

  /**
   * Starts a task and returns at once.
   * @param options `hash`: `check` reads every file and compares its content
   * @throws DomainError `conflict` while another one runs, or when compacting has to wait for the queue
   */
  async start(actor: Actor, kind: TaskKind, options: { hash: boolean } = { hash: false }): Promise<MaintenanceTask> {
    demand(actor, 'admin');
    if (kind === 'compact' && !this.#running) await this.#refuseWhileBusy();
    // From here to the end nothing is awaited, so that of two calls one finds the other.
    if (this.#running) {
      throw new DomainError(
        'conflict',
        'Another task of maintenance is running. Wait until it is done, or cancel it first.',
      );
    }
    const task: MaintenanceTask = {
      id: crypto.randomUUID(),
      kind,
      state: 'running',
      stage: kind === 'rebuild' ? 'index' : 'database',
      progress: 0,
      startedAt: new Date().toISOString(),
      finishedAt: null,
      error: null,
      report: null,
    };
    const controller = new AbortController();
    this.#tasks.set(kind, task);
    this.#parts.events.tell({ kind: 'maintenance' });
    this.#running = { task, controller, done: this.#run(task, controller.signal, options) };
    return task;
  }

  /**
   * Stops a running task; what it had done so far does no harm.
   * @throws DomainError `not_found`; `conflict` when it is over, or cannot be stopped
   */
  async cancel(actor: Actor, id: string): Promise<void> {
    demand(actor, 'admin');
    const task = [...this.#tasks.values()].find((known) => known.id === id);
    if (!task) throw notFound('task', id);
    if (this.#running?.task !== task) {
      throw new DomainError('conflict', 'This task is over already, so there is nothing to cancel.');
    }
    if (task.kind === 'rebuild') {
      throw new DomainError(
        'conflict',
        'Rebuilding the index cannot be stopped. Searches go on with the old index until it is done.',
      );
    }
    this.#running.controller.abort(new DomainError('cancelled', 'The task was cancelled.'));
    await this.#running.done;
  }

  /** @throws DomainError `not_found` when there is none */
  async backup(actor: Actor): Promise<StoredBackup & { read(): Readable }> {
    demand(actor, 'admin');
    const { backups } = this.#parts;
    const stored = await backups.current();
    if (!stored) {
      throw new DomainError('not_found', 'There is no backup to download. Make one first.');
    }
    return { ...stored, read: () => backups.read() };
  }

  async close(): Promise<void> {
    this.#running?.controller.abort(new DomainError('cancelled', 'The program is shutting down.'));
    // The index ends by itself; waiting for it would hold up the stop.
    if (this.#running?.task.kind !== 'rebuild') await this.#running?.done;
    await this.#parts.files.close();
  }

  async #run(task: MaintenanceTask, signal: AbortSignal, { hash }: { hash: boolean }): Promise<void> {
    const { logger, events } = this.#parts;
    const at = (stage: TaskStage, progress: number): void => {
      Object.assign(task, { stage, progress });
      events.tell({ kind: 'maintenance' });
    };
    const end = (changes: Partial<MaintenanceTask>): void => {
      Object.assign(task, changes, { finishedAt: new Date().toISOString() });
      this.#running = null;
      events.tell({ kind: 'maintenance' });
    };
    try {
      // The caller has its answer before anything is done.
      await Promise.resolve();
      const report = await this.#work(task.kind, { signal, at }, hash);
      end({ state: 'completed', progress: 1, report });
      logger.info({ task: task.kind }, 'maintenance ended');
    } catch (error) {
      if (signal.aborted) return end({ state: 'cancelled' });
      const known = error instanceof DomainError;
      logger.error({ task: task.kind, err: error }, 'maintenance failed');
      end({
        state: 'failed',
        error: known ? error.message : 'The task failed. The log of the server has the reason.',
      });
    }
  }

  async #work(kind: TaskKind, { signal, at }: Work, hash: boolean): Promise<TaskReport> {
    const { database, sounds, bin, files } = this.#parts;
    const onDatabase = { signal, report: (progress: number) => at('database', progress) };
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
  }

  async #backUp(run: { signal: AbortSignal; report: (progress: number) => void }): Promise<{ sizeBytes: number }> {
    const { database, backups, meter } = this.#parts;
    const [{ bytes }, { freeBytes }] = await Promise.all([database.size(), meter.disk()]);
    if (freeBytes < bytes * 1.1) {
      throw new DomainError(
        'storage_full',
        'There is not enough space on the disk for a copy of the database. Free some space and try again.',
      );
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

  async #rebuild(at: Work['at']): Promise<{ segments: number }> {
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
    throw new DomainError(
      'conflict',
      'Sounds are being processed, and this database has to be written anew as a whole. Compact it when the queue is empty.',
    );
  }
}
