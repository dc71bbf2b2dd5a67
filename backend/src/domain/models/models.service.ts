import { demand, nameOf, type Actor } from '../accounts/actor.js';
import { DomainError, notFound } from '../errors.js';
import type { EventSink } from '../events.js';
import { KeyedLock } from '../keyed-lock.js';
import type { Log } from '../log.js';
import type { InstallService } from './install.service.js';
import type { ModelCatalog, ModelSource, ModelStaging, ModelState } from './models.ports.js';
import type { FileVerdict, InstallProgress, ModelEntry, SwitchProgress } from './models.types.js';

/** An installation that this process runs, or the last one that failed. */
export type InstallState = ({ state: 'running'; error: null } & InstallProgress) | { state: 'failed'; error: string };

export interface ListedModel extends ModelEntry {
  /** Searches use it. */
  active: boolean;
  install: InstallState | null;
}

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
  /** Id of the model that is used while nobody has chosen one. */
  defaultModel: string;
  events: EventSink;
  logger: Log;
}

/** The models as people manage them: list, install, verify, use, remove. */
export class ModelsService {
  private readonly running = new Map<string, AbortController>();
  private readonly states = new Map<string, InstallState>();
  /** Which model is used is looked up and changed without another change coming in between. */
  private readonly choice = new KeyedLock();

  constructor(private readonly parts: ModelsParts) {
    parts.switching?.subscribe(() => this.tell());
  }

  async list(actor: Actor): Promise<ListedModel[]> {
    demand(actor, 'read');
    const active = await this.activeId();
    const entries = await this.parts.catalog.list();
    return entries.map((entry) => ({
      ...entry,
      active: entry.id === active,
      install: this.states.get(entry.id) ?? null,
    }));
  }

  /** What changes from second to second: installations and the switch. */
  async activity(actor: Actor): Promise<{
    active: string;
    installs: (InstallState & { id: string })[];
    switch: SwitchProgress | null;
  }> {
    demand(actor, 'read');
    const installs = [...this.states].map(([id, state]) => ({ id, ...state }));
    return { active: await this.activeId(), installs, switch: await this.switchProgress() };
  }

  /** Installs and waits for the end. See `InstallService.install`. */
  async install(
    actor: Actor,
    id: string,
    options: { source?: ModelSource; signal?: AbortSignal; onProgress?: (progress: InstallProgress) => void } = {},
  ): Promise<boolean> {
    demand(actor, 'admin');
    return this.parts.installs.install(id, { source: this.parts.hub, ...options });
  }

  /** Begins an installation; its progress and its end are in the list. @throws DomainError `not_found`, `conflict` */
  async startInstall(actor: Actor, id: string): Promise<void> {
    demand(actor, 'admin');
    const entry = await this.entry(id);
    if (!entry.download) {
      throw new DomainError(
        'conflict',
        `The model "${id}" cannot be installed from here: it is not one of the known ones.`,
      );
    }
    if (entry.installed && !entry.problem) throw new DomainError('conflict', `The model "${id}" is installed already.`);
    if (this.running.has(id)) return;
    const controller = new AbortController();
    this.running.set(id, controller);
    this.set(id, {
      state: 'running',
      error: null,
      stage: 'downloading',
      receivedBytes: 0,
      totalBytes: entry.sizeBytes,
      bytesPerS: 0,
      etaS: null,
      retry: null,
    });
    const onProgress = (progress: InstallProgress): void =>
      this.set(id, { state: 'running', error: null, ...progress });
    void this.install(actor, id, { signal: controller.signal, onProgress })
      .then(
        () => this.set(id, null),
        (error: unknown) => this.installEnded(id, controller.signal, error),
      )
      .finally(() => this.running.delete(id));
  }

  /** Stops an installation and deletes what has arrived; clears the failure of an earlier one. @throws DomainError `conflict` */
  async cancelInstall(actor: Actor, id: string): Promise<void> {
    demand(actor, 'admin');
    const controller = this.running.get(id);
    if (!controller && !this.states.has(id)) {
      throw new DomainError('conflict', `The model "${id}" is not being installed.`);
    }
    controller?.abort();
    while (this.running.has(id)) await new Promise((resolve) => setTimeout(resolve, 20));
    if (!(await this.entry(id)).installed) await this.parts.installs.discard(id);
    this.set(id, null);
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
      throw new DomainError(
        'conflict',
        entry.problem ?? `The model "${id}" is not installed yet. Install it first: npm run model -- install ${id}`,
      );
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
      throw new DomainError('conflict', `The model "${id}" comes with Traum-Engine and cannot be removed.`);
    }
    if ((await this.activeId()) === id) {
      throw new DomainError('conflict', `The model "${id}" is in use. Use another one first, then remove it.`);
    }
    if ((await state.switch())?.targetId === id) {
      throw new DomainError('conflict', `The library is being changed to the model "${id}". Cancel that first.`);
    }
    if (this.running.has(id))
      throw new DomainError('conflict', `The model "${id}" is being installed. Cancel that first.`);
    await staging.remove(id);
    this.set(id, null);
    logger.info({ model: id, actor: nameOf(actor) }, 'model removed');
  }

  /** Stops what is running; what has arrived is kept for the next time. */
  async close(): Promise<void> {
    for (const controller of this.running.values()) controller.abort();
    while (this.running.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
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

  private installEnded(id: string, signal: AbortSignal, error: unknown): void {
    if (signal.aborted) return this.set(id, null);
    const known = error instanceof DomainError;
    this.parts.logger.warn({ model: id, err: error }, 'a model could not be installed');
    this.set(id, {
      state: 'failed',
      error: known ? error.message : 'The installation failed for an unexpected reason; the server log tells more.',
    });
  }

  private set(id: string, state: InstallState | null): void {
    if (state) this.states.set(id, state);
    else this.states.delete(id);
    this.tell();
  }

  private tell(): void {
    this.parts.events.tell({ kind: 'model' });
  }
}
