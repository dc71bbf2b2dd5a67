import { demand, LOCAL_OWNER, type Actor } from '../accounts/actor.js';
import { DomainError } from '../errors.js';
import type { RedeliveringQueue } from '../ingest/ingest.ports.js';
import type { JobHandler } from '../jobs/job.handlers.js';
import type { JobsService } from '../jobs/jobs.service.js';
import { OngoingJob } from '../jobs/ongoing.job.js';
import type { Log } from '../log.js';
import type { ModelState, PreparedModel, ModelSwitcher } from './models.ports.js';
import type { ModelSwitch, SwitchProgress } from './models.types.js';
import { RateMeter } from './rate-meter.js';
import { because, type Reason, unstated } from '../reasons.js';

const TICK_MS = 1_000;
const SOON_MS = 200;
/** Jobs handed to the queue at a time: a pause or an end has no more than these to take back. */
const DELIVERED_AT_ONCE = 200;
const DROPPED_AT_ONCE = 500;

export interface SwitchParts {
  state: ModelState;
  activeModel: ModelSwitcher;
  queue: RedeliveringQueue;
  jobs: Pick<JobsService, 'begin' | 'latest'>;
  logger: Log;
  tickMs?: number;
}

/**
 * Changes the model in the background. The database says what is wanted and what is done; this service brings it about,
 * step by step and again and again, so that a crash at any moment only means that the next start goes on. Searches go on
 * with the old model until every ready sound has vectors of the new one. Runs in the API process only.
 */
export class SwitchService {
  private prepared: { id: string; model: PreparedModel } | null = null;
  private timer: NodeJS.Timeout | undefined;
  private order: Promise<void> = Promise.resolve();
  private waiting = false;
  private stopped = false;
  /** Vectors of models that are no longer of interest may be there. */
  private dropping = true;
  private lastTarget: string | null | undefined;
  /** The job of the present change, while this process carries it on. */
  private job: OngoingJob | null = null;
  private soon: NodeJS.Timeout | undefined;
  private delivered: string[] = [];
  private readonly meter = new RateMeter(30_000);
  private readonly listeners = new Set<() => void>();
  private lastSeen = '';

  constructor(private readonly parts: SwitchParts) {}

  /** Goes on with what an earlier run of the program left. */
  start(): void {
    this.timer = setInterval(() => this.wake(), this.parts.tickMs ?? TICK_MS);
    this.timer.unref();
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.timer = undefined;
    await this.order;
    await this.forget();
  }

  /** Told whenever the switch or its progress may have changed. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Null when no switch is under way. */
  async progress(): Promise<SwitchProgress | null> {
    const current = await this.parts.state.switch();
    if (!current) return null;
    const counts = await this.parts.state.counts();
    const rate = current.state === 'running' ? this.meter.rate() : 0;
    return { ...current, ...counts, etaS: rate > 0 ? Math.round(counts.openS / rate) : null };
  }

  /** @throws DomainError `conflict` when there is nothing to pause */
  async pause(actor: Actor): Promise<void> {
    demand(actor, 'admin');
    await this.expect('running', because('switch_not_running'));
    await this.parts.state.setSwitchState('paused');
    return this.step();
  }

  /** Goes on after a pause or a failure. @throws DomainError `conflict` */
  async resume(actor: Actor): Promise<void> {
    demand(actor, 'admin');
    if ((await this.parts.state.switch())?.state === 'running') return;
    await this.expect(null, because('switch_not_paused'));
    this.meter.reset();
    await this.parts.state.setSwitchState('running');
    return this.step();
  }

  /** Ends the switch; the old model stays. @throws DomainError `conflict` */
  async cancel(actor: Actor): Promise<void> {
    demand(actor, 'admin');
    await this.expect(null, because('switch_not_there'));
    const { state } = this.parts;
    const active = await state.active();
    if (active) await state.choose(active.id);
    await state.cancelSwitch();
    return this.step();
  }

  /** Takes the next steps. */
  wake(): void {
    if (this.waiting || this.stopped) return;
    void this.step();
  }

  /** A job has ended: takes the next steps before long. */
  onJobEnd(): void {
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      this.wake();
    }, SOON_MS);
    this.soon.unref();
  }

  /** Takes the next steps; they run one after the other, and a failure waits for the next time. */
  step(): Promise<void> {
    this.waiting = true;
    this.order = this.order
      .then(() => {
        this.waiting = false;
        return this.work();
      })
      .catch((error: unknown) => {
        this.parts.logger.error({ err: error }, 'the change of model could not be carried on; trying again');
      });
    return this.order;
  }

  private async work(): Promise<void> {
    const { state } = this.parts;
    const current = await state.switch();
    if (current?.targetKey !== this.lastTarget) this.dropping = true;
    this.lastTarget = current?.targetKey;
    if (current?.state !== 'running') await this.takeBack();
    await this.follow();
    if (!current) await this.forget();
    else if (current.state === 'running' && (await this.carriesOn(current))) await this.advance(current);
    await this.note();
    if (this.dropping) {
      this.dropping = (await state.dropForeignSegments(DROPPED_AT_ONCE)) > 0;
      // Requests are served in between.
      if (this.dropping && this.timer) setImmediate(() => this.wake());
    }
    await this.tell();
  }

  /** What can be done with changes of the model. */
  get handler(): JobHandler {
    return {
      resumes: true,
      cancel: (actor) => this.cancel(actor),
      retry: async (actor, { id, subject }) => {
        const current = await this.parts.state.switch();
        if (current?.targetId !== subject) {
          throw new DomainError('conflict', because('switch_over'));
        }
        await this.resume(actor);
        return (await this.parts.jobs.latest(['embedding'])).find((job) => job.subject === subject)?.id ?? id;
      },
    };
  }

  /** Whether this process carries the change on: of several one does, until it ends. */
  private async carriesOn({ targetId }: ModelSwitch): Promise<boolean> {
    if (this.job?.subject === targetId) return true;
    this.job?.cancel();
    this.job = await OngoingJob.begin(this.parts.jobs, { kind: 'embedding', subject: targetId, owner: LOCAL_OWNER });
    return this.job !== null;
  }

  /** Tells its job how far the change is. */
  private async note(): Promise<void> {
    const { job } = this;
    if (!job) return;
    if (job.stopped) {
      this.job = null;
      return;
    }
    const current = await this.progress();
    if (current?.targetId === job.subject && current.state !== 'failed') {
      const { total, done, failed, etaS, state } = current;
      const progress = total > 0 ? (done + failed) / total : 0;
      job.report({ stage: state, progress, detail: { total, done, failed, etaS } });
      return;
    }
    this.job = null;
    const active = await this.parts.state.active();
    if (current?.targetId === job.subject)
      job.fail(new DomainError('model_unavailable', unstated(current.error ?? '')));
    else if (active?.id === job.subject) job.complete();
    else job.cancel();
  }

  private async advance(current: ModelSwitch): Promise<void> {
    const { state, logger } = this.parts;
    const target = await this.prepare(current);
    if (!target) return;
    if (current.targetKey !== target.key) {
      await state.beginSwitch(target.key);
      this.meter.reset();
      logger.info(
        { model: target.key, sounds: (await state.counts()).total },
        'embedding the library with another model',
      );
    }
    const { open, doneS } = await state.counts();
    this.meter.add(doneS);
    if (open > 0) await this.deliver();
    else await this.finish(current.targetId, target);
  }

  /** Takes the model that another process has put to use. */
  private async follow(): Promise<void> {
    const { state, activeModel, logger } = this.parts;
    const active = await state.active();
    if (!active || active.key === activeModel.activeKey) return;
    const ready = this.prepared?.model.key === active.key ? this.prepared.model : null;
    const model = ready ?? (await activeModel.prepare(active.id));
    if (model.key !== active.key) {
      await model.discard();
      return;
    }
    await model.fill();
    if (ready) this.prepared = null;
    model.activate();
    logger.info({ model: active.key }, 'searches use the new model now');
  }

  private async prepare({ targetId }: ModelSwitch): Promise<PreparedModel | null> {
    if (this.prepared?.id === targetId) return this.prepared.model;
    await this.forget();
    try {
      const model = await this.parts.activeModel.prepare(targetId);
      this.prepared = { id: targetId, model };
      return model;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if ((await this.parts.state.switch())?.targetId === targetId)
        await this.parts.state.setSwitchState('failed', error.stated);
      this.parts.logger.error(
        { model: targetId, err: error },
        'the new model cannot be opened; the switch has stopped',
      );
      return null;
    }
  }

  /** The queue may lose jobs and workers may die: what is open and not in the queue is handed over again each time. */
  private async deliver(): Promise<void> {
    const { state, queue } = this.parts;
    this.delivered = await state.openJobs(DELIVERED_AT_ONCE);
    try {
      await queue.addMissing(this.delivered, { background: true });
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'queue_unavailable') throw error;
    }
  }

  /** Jobs that a worker has begun are told to stop; the database turns away what they still bring. */
  private async takeBack(): Promise<void> {
    const { delivered } = this;
    if (delivered.length === 0) return;
    this.delivered = [];
    await Promise.allSettled(delivered.map((jobId) => this.parts.queue.remove(jobId)));
  }

  private async finish(id: string, target: PreparedModel): Promise<void> {
    const { state, logger } = this.parts;
    if ((await state.addMissingJobs()) > 0) return this.deliver();
    await target.fill();
    if (!(await state.commitSwitch({ id, key: target.key }))) return;
    this.prepared = null;
    this.delivered = [];
    target.activate();
    logger.info({ model: target.key }, 'searches use the new model now');
  }

  private async forget(): Promise<void> {
    const { prepared } = this;
    this.prepared = null;
    await prepared?.model.discard();
  }

  private async expect(state: ModelSwitch['state'] | null, otherwise: Reason): Promise<void> {
    const current = await this.parts.state.switch();
    if (!current || (state !== null && current.state !== state)) throw new DomainError('conflict', otherwise);
  }

  private async tell(): Promise<void> {
    const seen = JSON.stringify([await this.parts.state.active(), await this.progress()]);
    if (seen === this.lastSeen) return;
    this.lastSeen = seen;
    for (const listener of this.listeners) listener();
  }
}
