import { demand, nameOf, type Actor } from '../accounts/actor.js';
import { viewerOf } from '../accounts/viewer.js';
import { DomainError, notFound } from '../errors.js';
import type { EventSink } from '../events.js';
import { KeyedLock } from '../keyed-lock.js';
import type { Work } from '../jobs/held.job.js';
import type { JobHandler } from '../jobs/job.handlers.js';
import type { JobsService } from '../jobs/jobs.service.js';
import { isUnfinished, type Job } from '../jobs/jobs.types.js';
import type { Log } from '../log.js';
import type { InstallService } from './install.service.js';
import type { ModelCatalog, ModelSource, ModelStaging, ModelState } from './models.ports.js';
import type { FileVerdict, InstallProgress, ModelEntry, SwitchProgress } from './models.types.js';
import { because } from '../reasons.js';

/** An installation that runs, or the last one that failed. */
export type InstallState = ({ state: 'running'; error: null } & InstallProgress) | { state: 'failed'; error: string };

export interface ListedModel extends ModelEntry {
  /** Searches use it. */
  active: boolean;
  install: InstallState | null;
}

/** What changes from second to second: installations and the switch. */
export interface ModelActivity {
  active: string;
  installs: (InstallState & { id: string })[];
  switch: SwitchProgress | null;
}

/** For who does not run the installation: how many sounds there are in all is in the figures of a switch. */
export const withoutFigures = (activity: ModelActivity): ModelActivity => ({ ...activity, switch: null });

/** What the service needs of the switch; without it (in the CLI) a running server notices by itself. */
export interface Switching {
  progress(): Promise<SwitchProgress | null>;
  wake(): void;
  subscribe(listener: () => void): () => void;
}

export interface ModelsParts {
  catalog: ModelCatalog;
  staging: ModelStaging;
  installs: InstallService;
  hub: ModelSource;
  state: ModelState;
  switching: Switching | null;
  jobs: Pick<JobsService, 'begin' | 'latest' | 'askToStop' | 'ended' | 'dismiss'>;
  /** Id of the model that is used while nobody has chosen one. */
  defaultModel: string;
  events: EventSink;
  logger: Log;
}

/** The models as people manage them: list, install, verify, use, remove. */
export class ModelsService {
  /** Which model is used is looked up and changed without another change coming in between. */
  private readonly choice = new KeyedLock();

  constructor(private readonly parts: ModelsParts) {
    parts.switching?.subscribe(() => this.tell());
  }

  async list(actor: Actor): Promise<ListedModel[]> {
    demand(actor, 'read');
    const active = await this.activeId();
    const entries = await this.parts.catalog.list();
    const installs = await this.installJobs();
    return entries.map((entry) => ({
      ...entry,
      active: entry.id === active,
      install: installOf(installs.get(entry.id)),
    }));
  }

  /** What changes from second to second: installations and the switch. */
  async activity(actor: Actor): Promise<ModelActivity> {
    demand(actor, 'read');
    const installs = [...(await this.installJobs())].flatMap(([id, job]) => {
      const state = installOf(job);
      return state ? [{ id, ...state }] : [];
    });
    const activity = { active: await this.activeId(), installs, switch: await this.switchProgress() };
    return viewerOf(actor).runs ? activity : withoutFigures(activity);
  }

  /** Installs and waits for the end. See `InstallService.install`. */
  async install(
    actor: Actor,
    id: string,
    options: { source?: ModelSource; signal?: AbortSignal; onProgress?: (progress: InstallProgress) => void } = {},
  ): Promise<boolean> {
    demand(actor, 'admin');
    return this.parts.installs.install(id, { source: this.parts.hub, anew: await this.isUnfit(id), ...options });
  }

  /**
   * Begins an installation; its progress and its end are in the list. A model that is there is mended so.
   * @throws DomainError `not_found`; `conflict` for one that is whole, and that can be opened as far as anybody knows
   */
  async startInstall(actor: Actor, id: string): Promise<void> {
    demand(actor, 'admin');
    const entry = await this.entry(id);
    if (!entry.download) {
      throw new DomainError('conflict', because('model_not_known', { model: id }));
    }
    if (!(await this.isUnfit(id)) && (await this.parts.installs.isWhole(entry)))
      throw new DomainError('conflict', because('model_installed', { model: id }));
    const order = { kind: 'install' as const, subject: id, owner: actor.ownerId };
    await this.parts.jobs.begin(order, (work) => this.doInstall(actor, id, entry, work));
    this.tell();
  }

  /**
   * Whether the change to it has failed: where nobody knew the hash of what was to come, what is whole may be rubbish all the same, or cut
   * off on the way.
   */
  private async isUnfit(id: string): Promise<boolean> {
    const current = await this.parts.state.switch();
    return current?.targetId === id && current.state === 'failed';
  }

  private async doInstall(actor: Actor, id: string, entry: ModelEntry, { signal, report }: Work): Promise<void> {
    const onProgress = (progress: InstallProgress): void => {
      const { stage, receivedBytes, totalBytes } = progress;
      report({ stage, progress: totalBytes > 0 ? receivedBytes / totalBytes : 0, detail: progress });
      this.tell();
    };
    onProgress({ ...NOTHING_YET, totalBytes: entry.sizeBytes });
    try {
      await this.install(actor, id, { signal, onProgress });
    } catch (error) {
      if (!signal.aborted) this.parts.logger.warn({ model: id, err: error }, 'a model could not be installed');
      throw error;
    } finally {
      this.tell();
    }
  }

  /** Stops an installation and deletes what has arrived; clears the failure of an earlier one. @throws DomainError `conflict` */
  async cancelInstall(actor: Actor, id: string): Promise<void> {
    demand(actor, 'admin');
    const { jobs, installs } = this.parts;
    const job = (await this.installJobs()).get(id);
    if (!job || (!isUnfinished(job) && job.state !== 'failed')) {
      throw new DomainError('conflict', because('model_not_installing', { model: id }));
    }
    if (isUnfinished(job)) {
      await jobs.askToStop(job.id);
      await jobs.ended(job.id);
    } else {
      await jobs.dismiss(job.id);
    }
    if (!(await this.entry(id)).installed) await installs.discard(id);
    this.tell();
  }

  /** What can be done with installations. */
  get installHandler(): JobHandler {
    return {
      resumes: false,
      cancel: (actor, job) => this.cancelInstall(actor, job.subject ?? ''),
      retry: async (actor, { subject }) => {
        const id = subject ?? '';
        await this.startInstall(actor, id);
        return (await this.installJobs()).get(id)!.id;
      },
    };
  }

  /** The newest installation of each model. */
  private async installJobs(): Promise<Map<string, Job>> {
    const jobs = await this.parts.jobs.latest(['install']);
    return new Map(jobs.map((job) => [job.subject ?? '', job]));
  }

  /** @throws DomainError `not_found`, `model_unavailable` */
  async verify(actor: Actor, id: string): Promise<FileVerdict[]> {
    demand(actor, 'read');
    await this.entry(id);
    return this.parts.catalog.verify(id);
  }

  /**
   * Makes a model the one to search with, once the library is embedded with it. Choosing the active one ends a switch.
   * @throws DomainError `not_found`, `conflict` when it is not installed
   */
  async use(actor: Actor, id: string): Promise<'active' | 'switching'> {
    demand(actor, 'admin');
    return this.choice.run('choice', () => this.makeUsed(id));
  }

  private async makeUsed(id: string): Promise<'active' | 'switching'> {
    const { state, switching } = this.parts;
    const entry = await this.entry(id);
    if (!entry.installed) {
      throw new DomainError('conflict', entry.problem ?? because('model_not_installed', { model: id }));
    }
    const current = await state.switch();
    const isComing = current?.targetId === id;
    // Its former version, while a new one is coming.
    const isActive = (await this.activeId()) === id && !isComing;
    if (isActive) {
      if (current) await state.cancelSwitch();
    } else if (isComing) {
      await state.setSwitchState('running');
    } else if (await state.active()) {
      await state.requestSwitch(id);
    }
    // Last: with the switch recorded, a crash in between loses nothing.
    await state.choose(id);
    switching?.wake();
    this.tell();
    return isActive || !(await state.active()) ? 'active' : 'switching';
  }

  /** Deletes an installed model, or what is left of an installation. @throws DomainError `not_found`, `conflict` */
  async remove(actor: Actor, id: string): Promise<void> {
    demand(actor, 'admin');
    return this.choice.run('choice', () => this.removeUnused(actor, id));
  }

  private async removeUnused(actor: Actor, id: string): Promise<void> {
    const { state, staging, logger } = this.parts;
    const entry = await this.entry(id);
    if (entry.bundled) {
      throw new DomainError('conflict', because('model_bundled_stays', { model: id }));
    }
    if ((await this.activeId()) === id) {
      throw new DomainError('conflict', because('model_in_use', { model: id }));
    }
    if ((await state.switch())?.targetId === id) {
      throw new DomainError('conflict', because('model_being_switched_to', { model: id }));
    }
    const installing = (await this.installJobs()).get(id);
    if (installing && isUnfinished(installing))
      throw new DomainError('conflict', because('model_being_installed', { model: id }));
    await staging.remove(id);
    if (installing?.state === 'failed') await this.parts.jobs.dismiss(installing.id);
    this.tell();
    logger.info({ model: id, actor: nameOf(actor) }, 'model removed');
  }

  private async activeId(): Promise<string> {
    const { state, defaultModel } = this.parts;
    return (await state.active())?.id ?? (await state.chosen()) ?? defaultModel;
  }

  private async switchProgress(): Promise<SwitchProgress | null> {
    const { switching, state } = this.parts;
    if (switching) return switching.progress();
    const current = await state.switch();
    return current ? { ...current, ...(await state.counts()), etaS: null } : null;
  }

  private async entry(id: string): Promise<ModelEntry> {
    const entry = await this.parts.catalog.get(id);
    if (!entry) throw notFound('model', id);
    return entry;
  }

  private tell(): void {
    this.parts.events.tell({ kind: 'model' });
  }
}

const NOTHING_YET: InstallProgress = {
  stage: 'downloading',
  receivedBytes: 0,
  totalBytes: 0,
  bytesPerS: 0,
  etaS: null,
  retry: null,
};

function installOf(job: Job | undefined): InstallState | null {
  if (!job) return null;
  if (job.state === 'failed') return { state: 'failed', error: job.error ?? '' };
  if (!isUnfinished(job)) return null;
  return { state: 'running', error: null, ...((job.detail as InstallProgress | null) ?? NOTHING_YET) };
}
