import type { Readable } from 'node:stream';
import { demand, type Actor } from '../accounts/actor.js';
import { ANALYSIS_VERSION } from '../analysis/analysis.types.js';
import { DomainError } from '../errors.js';
import type { AudioStore, SoundRepository } from '../library/library.ports.js';
import type { Sound } from '../library/library.types.js';
import { because } from '../reasons.js';
import type { JobNotifier, JobRepository } from './ingest.ports.js';
import type { Job, JobStage, ProcessedSound } from './ingest.types.js';
import type { Held, RemoteDelivery, RemoteQueue } from './remote.ports.js';

/** As of a model that the library is embedded with. */
interface Model {
  id: string;
  /** With the hash of its weights. */
  key: string;
}

export interface RemoteWork extends RemoteDelivery {
  job: Job;
  sound: Sound;
}

/** Who comes to work: results of other versions or models would not fit what is there. */
export interface RemoteWorker {
  program: string;
  modelKey: string;
}

/** What has to be the same on both sides. */
export const programOf = (version: string): string => `${version}, analysis ${ANALYSIS_VERSION}`;

/** Gives sounds to workers on machines that reach nothing but this server, and takes what they have found out. */
export class RemoteService {
  readonly #parts;

  constructor(parts: {
    queue: RemoteQueue;
    jobs: JobRepository;
    sounds: Pick<SoundRepository, 'get'>;
    store: Pick<AudioStore, 'read'>;
    /** The model that the library is embedded with; null before there is one. */
    activeModel: () => Promise<Model | null>;
    notifier: JobNotifier;
    program: string;
  }) {
    this.#parts = parts;
  }

  /** What a worker must have to be of use. @throws DomainError `not_ready` */
  async wanted(actor: Actor): Promise<{ program: string; model: Model }> {
    demand(actor, 'worker');
    const model = await this.#parts.activeModel();
    if (!model) throw new DomainError('not_ready', because('remote_not_yet'), { transient: true });
    return { program: this.#parts.program, model };
  }

  /**
   * The next sound; null when none waits.
   * @throws DomainError `conflict` when the worker is of another version, or has another model
   */
  async take(actor: Actor, worker: RemoteWorker): Promise<RemoteWork | null> {
    const { program, model } = await this.wanted(actor);
    if (worker.program !== program) {
      throw new DomainError('conflict', because('remote_other_version', { here: program, there: worker.program }));
    }
    if (worker.modelKey !== model.key) {
      throw new DomainError(
        'conflict',
        because('remote_other_model', { model: model.id, here: model.key, there: worker.modelKey }),
      );
    }
    const { queue, jobs, sounds, notifier } = this.#parts;
    for (;;) {
      const delivery = await queue.take();
      if (!delivery) return null;
      const job = await jobs.start(delivery.jobId);
      const sound = job && (await sounds.get(job.soundId));
      if (!sound) {
        // Gone or done meanwhile.
        await queue.finish(delivery);
        continue;
      }
      notifier.notify(job.id);
      return { ...delivery, job, sound };
    }
  }

  /** The bytes of the sound that the job is about. @throws DomainError `conflict`, `not_found` */
  async audio(actor: Actor, held: Held): Promise<Readable> {
    await this.#demandHeld(actor, held);
    const job = await this.#parts.jobs.get(held.jobId);
    const sound = job && (await this.#parts.sounds.get(job.soundId));
    if (!sound) throw notHeld();
    return this.#parts.store.read(sound.sha256);
  }

  /** A sign of life. False when nobody wants the work any more: deleted, cancelled, replaced, or given to another. */
  async report(actor: Actor, held: Held, stage: JobStage, progress: number): Promise<boolean> {
    demand(actor, 'worker');
    const { queue, jobs, notifier } = this.#parts;
    if (!(await queue.hold(held)) || !(await this.#isWanted(held.jobId))) return false;
    await jobs.progress(held.jobId, stage, progress);
    notifier.notify(held.jobId);
    return true;
  }

  /** @returns false when nobody wants it any more. @throws DomainError `conflict` when another has the job by now */
  async complete(actor: Actor, held: Held, result: ProcessedSound): Promise<boolean> {
    await this.#demandHeld(actor, held);
    const { queue, jobs, notifier } = this.#parts;
    const saved = await jobs.complete(held.jobId, result);
    await queue.finish(held);
    notifier.notify(held.jobId);
    return saved;
  }

  /** @throws DomainError `conflict` when another has the job by now */
  async end(actor: Actor, held: Held, outcome: 'failed' | 'again' | 'skipped', error: string): Promise<void> {
    await this.#demandHeld(actor, held);
    const { queue, jobs, notifier } = this.#parts;
    if (outcome === 'failed') await jobs.fail(held.jobId, error);
    if (outcome === 'again') {
      await jobs.retryLater(held.jobId, error);
      await queue.again(held);
    } else await queue.finish(held);
    notifier.notify(held.jobId);
  }

  async #isWanted(jobId: string): Promise<boolean> {
    const { jobs } = this.#parts;
    const job = await jobs.get(jobId);
    return job?.state === 'active' && (await jobs.latestFor(job.soundId))?.id === jobId;
  }

  async #demandHeld(actor: Actor, held: Held): Promise<void> {
    demand(actor, 'worker');
    if (!(await this.#parts.queue.hold(held))) throw notHeld();
  }
}

const notHeld = (): DomainError => new DomainError('conflict', because('remote_not_held'));
