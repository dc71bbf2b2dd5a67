import { demand, SYSTEM, type Actor } from '../accounts/actor.js';
import { DomainError, statedBy } from '../errors.js';
import type { JobHandler } from '../jobs/job.handlers.js';
import type { JobsService } from '../jobs/jobs.service.js';
import { isUnfinished, type Job } from '../jobs/jobs.types.js';
import type { Log } from '../log.js';
import { because, state, type Reason } from '../reasons.js';
import { Repeating } from '../repeating.js';
import type { Backup, BackupSettings, BackupStatus } from './backups.types.js';
import { makeBackup, type BackupParts } from './make-backup.js';

const LOOK_MS = 60_000;
const HOUR_MS = 3_600_000;
/** After a failure the next one is tried so much later, or when its time has come, if that is sooner. */
const RETRY_MS = HOUR_MS;
/** Where nothing is made by itself, one so old should be made again. */
const OLD_MS = 7 * 24 * HOUR_MS;

/** Backups of the whole library to another place: by schedule and when somebody asks. */
export class BackupsService {
  readonly #parts;
  readonly #looking: Repeating;

  /** @param parts.place null when none is set */
  constructor(
    parts: Omit<BackupParts, 'place'> & {
      place: BackupParts['place'] | null;
      /** Why none can be set. */
      noPlace?: Reason | null;
      settings: BackupSettings;
      work: Pick<JobsService, 'latest' | 'begin' | 'leads'>;
      logger: Log;
    },
  ) {
    this.#parts = parts;
    this.#looking = new Repeating({
      everyMs: LOOK_MS,
      run: () => this.#look(),
      onFailure: (error) =>
        parts.logger.warn({ err: error }, 'whether a backup is due could not be seen; trying again'),
    });
  }

  async status(actor: Actor): Promise<BackupStatus> {
    demand(actor, 'admin');
    const { place, noPlace, settings } = this.#parts;
    const facts = {
      configured: place !== null,
      encrypted: place?.encrypted ?? false,
      everyH: settings.everyMs / HOUR_MS,
      keep: settings.keep,
    };
    if (!place) return { ...facts, items: [], ageS: null, overdue: false, problem: noPlace ? state(noPlace) : null };
    try {
      const items = await place.list();
      const age = ageOf(items[0]);
      const mayBe = settings.everyMs > 0 ? settings.everyMs * 1.5 + HOUR_MS : OLD_MS;
      return { ...facts, items, ageS: age && age / 1000, overdue: age === null || age > mayBe, problem: null };
    } catch (error) {
      const last = ageOf((await this.#lastJob())?.result as Backup | null | undefined);
      const problem = statedBy(error, because('backup_place_unreadable'));
      return { ...facts, items: [], ageS: last && last / 1000, overdue: true, problem };
    }
  }

  /**
   * Has a backup made, and returns at once.
   * @throws DomainError `conflict` when no place is set, or while another one is made
   */
  async begin(actor: Actor): Promise<Job> {
    demand(actor, 'admin');
    const job = await this.#begin(actor.ownerId);
    if (!job) throw new DomainError('conflict', because('backup_running'));
    return job;
  }

  readonly handler: JobHandler = {
    resumes: false,
    retry: async (actor) => (await this.begin(actor)).id,
  };

  /** Looks from now on whether it is time for one. */
  start(): void {
    if (!this.#parts.place || this.#parts.settings.everyMs === 0) return;
    this.#looking.start();
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  async #look(): Promise<void> {
    const { place, settings, work } = this.#parts;
    if (!place || !(await work.leads('backups'))) return;
    const last = await this.#lastJob();
    if (last && isUnfinished(last)) return;
    if (last?.state === 'failed' && sinceMs(last.finishedAt ?? last.createdAt) < Math.min(RETRY_MS, settings.everyMs))
      return;
    // What cannot be read is tried, so that the failure is seen in the list of jobs.
    const age = ageOf((await place.list().catch((): Backup[] => []))[0]);
    if (age !== null && age < settings.everyMs) return;
    await this.#begin(SYSTEM.ownerId, (last?.result as Backup | null | undefined)?.placeId);
  }

  /** @param placeId where the last one went to: another place, by itself, is taken for a disk that is not there */
  async #begin(owner: string, placeId?: string): Promise<Job | null> {
    const { place, settings, work } = this.#parts;
    if (!place) throw new DomainError('conflict', this.#parts.noPlace ?? because('backup_not_set_up'));
    return work.begin({ kind: 'full-backup', subject: null, owner }, async ({ signal, report }) => {
      if (placeId !== undefined && (await place.id()) !== placeId) {
        throw new DomainError('conflict', because('backup_place_changed'));
      }
      return makeBackup({ ...this.#parts, place }, settings, {
        signal,
        report: (stage, progress) => report({ stage, progress }),
      });
    });
  }

  async #lastJob(): Promise<Job | undefined> {
    return (await this.#parts.work.latest(['full-backup']))[0];
  }
}

const sinceMs = (at: string): number => Math.abs(Date.now() - Date.parse(at));

/** Milliseconds; null for none. One of the future, by a clock that was wrong, counts by how far it is away. */
const ageOf = (backup: Backup | null | undefined): number | null => (backup ? sinceMs(backup.createdAt) : null);
