import { setImmediate as others } from 'node:timers/promises';
import { SYSTEM } from '../domain/accounts/actor.js';
import { nameOfViewer, sees, type Access, type Viewer } from '../domain/accounts/viewer.js';
import { merged, subjectOf, type AppEvent, type StampedEvent } from '../domain/events.js';
import { isProcessingJob, type Job } from '../domain/ingest/ingest.types.js';
import { isUnfinished, type Job as Work } from '../domain/jobs/jobs.types.js';
import type { AppDeps } from './deps.js';
import { Follower, type Connection } from './follower.js';
import { toJob } from './present.js';
import { toActivity } from './present-models.js';
import { toWork } from './present-work.js';
import { HttpProblem } from './problem.js';
import { withoutFigures } from '../domain/models/models.service.js';
import { because } from '../domain/reasons.js';

type Feed = Pick<AppDeps, 'accessOf' | 'uploads' | 'work' | 'events' | 'models' | 'pace' | 'config' | 'logger'>;

const PACE = { heartbeatMs: 15_000, intervalMs: 250 };

/** The part of all streams that one address may hold: not all, but many, since people behind a proxy may share one. */
const ADDRESS_SHARE = 2 / 3;

/** Unfinished jobs of a snapshot: the rest follows, or is asked for by id. */
const MAX_JOBS = 50;
/** Things told of together; the rest follows. */
const MAX_TOLD = 100;
/** Whoever missed more than this is told to read everything anew. */
const MAX_MISSED = 500;
/** What is read for a newcomer serves everybody who comes within this time, with what was sent since. */
const FRESH_MS = 1_000;
/** Clients that are written to before other requests have their turn. */
const SLICE = 25;
/** Sending takes at most this part of the time: with many clients there are fewer, larger messages. */
const SHARE = 1 / 50;
const MAX_REST_MS = 5_000;
const RETRY_AFTER_S = 10;

/** Who follows, from where. */
export interface Client extends Connection {
  address: string;
  /** What they may hear of. */
  viewer: Viewer;
  /** Id of the last event that it was told; null of a newcomer. */
  lastEventId: string | null;
}

/** One change as it is told: to everybody alike, or to each viewer as they may know of it. */
type Told = string | ((viewer: Viewer) => string);

/** What newcomers are sent, and what was sent to the others since it was read. */
interface Present {
  viewer: Viewer;
  at: number;
  parts: Uint8Array[];
  ready: Promise<void>;
}

/**
 * Tells all clients of every change, whichever process made it. Each is looked up and written once, however many listen;
 * while nobody does, nothing is done. Ids never run ahead of what was sent, so that whoever comes back with one misses nothing.
 */
export class EventHub {
  readonly #feed: Feed;
  readonly #pace: typeof PACE;
  readonly #addresses = new Map<string, number>();
  #followers = 0;
  readonly #all = new Set<Follower>();
  /** Followers of one job, by its id. */
  readonly #ofJob = new Map<string, Set<Follower>>();
  /** What is to be told, in the order of its first event: each with the id of that. */
  readonly #pending = new Map<string, StampedEvent>();
  /** Jobs that clients were told are not over yet. */
  readonly #shown = new Set<string>();
  /** What was last told of models, and of the index, to those who may know all and to the others. */
  readonly #lately = new Map<string, string>();
  /** By the id that newcomers have; those without one get a snapshot. */
  readonly #presents = new Map<string, Present>();
  #unsubscribe: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #isSending = false;
  #restMs = 0;

  constructor(feed: Feed) {
    this.#feed = feed;
    this.#pace = feed.pace ?? PACE;
  }

  /**
   * Sends a snapshot of the unfinished jobs, then every change. Whoever has the id of an earlier event is sent what it missed
   * instead; when that is not known any more, `reset` and the snapshot.
   */
  async followAll(client: Client): Promise<ReadableStream> {
    const follower = this.#admit(client, () => void this.#all.delete(follower));
    try {
      const present = this.#presentFor(client);
      await present.ready;
      // In one go, so that nothing is sent to the others in between.
      for (const part of present.parts) follower.send(part);
      if (follower.isOpen) this.#all.add(follower);
    } catch (error) {
      follower.close();
      throw error;
    }
    return follower.body;
  }

  /** Sends the present state of one job, then every change of it; ends when the job does (or is deleted). */
  followJob(job: Job, client: Client): ReadableStream {
    const followers = this.#ofJob.get(job.id) ?? new Set();
    const follower = this.#admit(client, () => {
      followers.delete(follower);
      if (followers.size === 0 && this.#ofJob.get(job.id) === followers) this.#ofJob.delete(job.id);
    });
    follower.send(encoded(frame('job', toJob(job))));
    if (!isUnfinished(job)) {
      follower.close();
    } else {
      this.#ofJob.set(job.id, followers.add(follower));
      void this.#lookAgain(job);
    }
    return follower.body;
  }

  /** What changed between the reading of a job and the first follower of it was told to nobody. */
  async #lookAgain(job: Job): Promise<void> {
    const [present] = await this.#feed.uploads.jobs(SYSTEM, [job.id]).catch(() => []);
    if (present && JSON.stringify(toJob(present)) === JSON.stringify(toJob(job))) return;
    this.#note({ id: '', event: { kind: 'job', jobId: job.id } });
  }

  #admit(client: Client, onClose: () => void): Follower {
    const { address } = client;
    const before = this.#addresses.get(address) ?? 0;
    const { maxFollowers } = this.#feed.config;
    const headers = { 'retry-after': String(RETRY_AFTER_S) };
    if (this.#followers >= maxFollowers) {
      throw new HttpProblem('busy', because('too_many_followers'), { headers });
    }
    if (before >= Math.max(1, Math.floor(maxFollowers * ADDRESS_SHARE))) {
      throw new HttpProblem('too_many_requests', because('too_many_streams'), { headers });
    }
    if (this.#followers === 0) this.#begin();
    this.#followers++;
    this.#addresses.set(address, before + 1);
    return new Follower(() => {
      onClose();
      this.#leave(address);
    }, client);
  }

  #leave(address: string): void {
    const left = (this.#addresses.get(address) ?? 1) - 1;
    if (left === 0) this.#addresses.delete(address);
    else this.#addresses.set(address, left);
    this.#followers--;
    if (this.#followers === 0) this.#rest();
  }

  #begin(): void {
    const heartbeat = setInterval(() => void this.#beat(), this.#pace.heartbeatMs).unref();
    const stop = this.#feed.events.subscribe((told) => this.#note(told));
    this.#unsubscribe = () => {
      stop();
      clearInterval(heartbeat);
    };
  }

  #rest(): void {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#restMs = 0;
    for (const kept of [this.#pending, this.#shown, this.#presents, this.#lately]) kept.clear();
  }

  #note(told: StampedEvent): void {
    gather(this.#pending, told);
    this.#ring();
  }

  /** Has changes sent, but no more often than the pace allows: what happens in between is sent together. */
  #ring(): void {
    if (this.#timer !== undefined || this.#isSending || this.#followers === 0 || this.#pending.size === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#send();
      },
      Math.max(this.#pace.intervalMs, this.#restMs),
    );
  }

  async #send(): Promise<void> {
    await this.#deliver(async () => {
      const told = [...this.#pending].slice(0, MAX_TOLD);
      for (const [subject] of told) this.#pending.delete(subject);
      // Before anything is read: what is read may be newer than this, never older.
      const latest = this.#pending.size === 0 ? this.#feed.events.latestId() : '';
      const frames = await this.#framesOf(
        told.map(([, event]) => event),
        { again: false },
      );
      const bytesFor = encodedOnce(frames, placeOf(latest));
      for (const { parts, viewer } of this.#presents.values()) parts.push(bytesFor(viewer));
      return { bytesFor, to: [...this.#all] };
    });
  }

  async #framesOf(told: readonly StampedEvent[], options: { again: boolean }): Promise<Told[]> {
    const frames: Told[] = [];
    const jobIds = told.flatMap(({ event }) => (event.kind === 'job' ? [event.jobId] : []));
    const [ofSounds, others] = [jobIds.filter(isProcessingJob), jobIds.filter((id) => !isProcessingJob(id))];
    const jobs = byId(ofSounds.length > 0 ? await this.#feed.uploads.jobs(SYSTEM, ofSounds) : []);
    const works = byId(others.length > 0 ? await this.#feed.work.several(others) : []);
    // What other work is about need not be a sound: then nothing is found by its id.
    const subjects = [...works.values()].flatMap(({ subject }) => subject ?? []);
    const kept = await this.#accessFor(told, [...[...jobs.values()].map(({ soundId }) => soundId), ...subjects]);
    for (const { id, event } of told) {
      const work = event.kind === 'job' && works.get(event.jobId);
      if (work) frames.push(tellOfWork(work, kept.sounds.get(work.subject ?? ''), id));
      else if (event.kind === 'job') {
        const job = jobs.get(event.jobId);
        const access = job && kept.sounds.get(job.soundId);
        const text = this.#tellOfJob(event.jobId, job, access, id);
        frames.push(job ? onlyFor(access, text) : text);
      } else if (event.kind === 'sound') frames.push(frameFor(event, kept.sounds.get(event.soundId), id));
      else if (event.kind === 'collection') frames.push(frameOfCollection(event, kept, id));
      else if (event.kind === 'model') frames.push(await this.#activityFrame(id, options));
      else if (event.kind === 'index') frames.push(this.#indexFrame(event, id, options));
      else if (event.kind === 'personal') frames.push(frameOfOwn(event, id));
      else if (event.kind === 'tagging') frames.push(frameOfTagging(event, kept.sounds, id));
      else if (event.kind === 'folder' || event.kind === 'maintenance') frames.push(forRunning(frameOf(event, id)));
      else frames.push(frameOf(event, id));
    }
    return frames;
  }

  /** How what is told of is kept. Where nobody follows but those who see everything, nobody need know. */
  async #accessFor(
    told: readonly StampedEvent[],
    subjects: readonly string[],
  ): Promise<Record<Kind, Map<string, Access>>> {
    const ofJobs = [...this.#ofJob.values()].flatMap((followers) => [...followers]);
    const some = [...this.#all, ...ofJobs, ...this.#presents.values()].some(({ viewer }) => viewer.id !== null);
    if (!some) return { sounds: new Map<string, Access>(), collections: new Map<string, Access>() };
    const soundIds = [...subjects];
    const collectionIds: string[] = [];
    for (const { event } of told) {
      if (event.kind === 'sound') soundIds.push(event.soundId);
      else if (event.kind === 'collection') {
        collectionIds.push(event.collectionId);
        soundIds.push(...(event.soundIds ?? []));
      } else if (event.kind === 'tagging') soundIds.push(...(event.soundIds ?? []));
    }
    const { accessOf } = this.#feed;
    return {
      sounds: soundIds.length > 0 ? await accessOf.ofSounds(soundIds) : new Map<string, Access>(),
      collections: collectionIds.length > 0 ? await accessOf.ofCollections(collectionIds) : new Map<string, Access>(),
    };
  }

  #tellOfJob(jobId: string, job: Job | undefined, access: Access | undefined, id: string): string {
    const over = !job || !isUnfinished(job);
    if (over) this.#shown.delete(jobId);
    else this.#shown.add(jobId);
    const text = job ? frame('job', toJob(job), id) : '';
    const followers = [...(this.#ofJob.get(jobId) ?? [])];
    const bytes = followers.length > 0 ? encoded(text) : null;
    for (const follower of followers) {
      // Who does not see the sound any more hears no more of it.
      const seen = isFor(follower.viewer, access);
      if (bytes && seen) follower.send(bytes);
      if (over || !seen) follower.close();
    }
    return text;
  }

  async #activityFrame(id: string, { again }: { again: boolean }): Promise<Told> {
    const activity = await this.#feed.models.activity(SYSTEM);
    const all = this.#news('model', toActivity(activity), again);
    const little = this.#news('model, to others', toActivity(withoutFigures(activity)), again);
    return (viewer) => {
      const news = viewer.runs ? all : little;
      return news && frame('model', news, id);
    };
  }

  /** How much the index has grown by is known to those who run it; to others that it has another state. */
  #indexFrame(
    { state, segments }: Extract<AppEvent, { kind: 'index' }>,
    id: string,
    { again }: { again: boolean },
  ): Told {
    // That it is ready is what everybody takes it for at first.
    if (!this.#lately.has('index')) this.#news('index', { state: 'ready' }, false);
    const news = this.#news('index', { state }, again && state !== 'ready');
    return (viewer) => (viewer.runs ? frame('index', { state, segments }, id) : news && frame('index', news, id));
  }

  /** Empty when that was told already. */
  #news(name: string, data: object, again: boolean): string {
    const text = JSON.stringify(data);
    if (text === this.#lately.get(name) && !again) return '';
    this.#lately.set(name, text);
    return text;
  }

  /** Ends the streams of those who may not follow any more. */
  async #letGo(): Promise<void> {
    for (const follower of [...this.#all, ...[...this.#ofJob.values()].flatMap((some) => [...some])]) {
      // Where it cannot be known now, it is asked again with the next beat.
      if (await follower.isOver().catch(() => false)) follower.close();
    }
  }

  /** Shows that the connection stands. Should a notice have been lost, what is shown as running is looked up again. */
  async #beat(): Promise<void> {
    if (this.#isSending) return;
    await this.#letGo();
    await this.#deliver(async () => {
      const unfinished = new Map((await this.#feed.uploads.unfinished(SYSTEM)).map((job) => [job.id, job.state]));
      for (const jobId of [...this.#shown, ...this.#ofJob.keys()]) {
        if (unfinished.get(jobId) !== 'queued') this.#note({ id: '', event: { kind: 'job', jobId } });
      }
      const ofJobs = [...this.#ofJob.values()].flatMap((followers) => [...followers]);
      // Whoever was told nothing since goes on from here all the same, should the connection break.
      const latest = this.#pending.size === 0 ? this.#feed.events.latestId() : '';
      const bytes = encoded(`: still here\n${placeOf(latest) || '\n'}`);
      return { bytesFor: () => bytes, to: [...this.#all, ...ofJobs] };
    });
  }

  /** Writes to a few clients at a time, so that requests of others pass between them; then rests in proportion. */
  async #deliver(prepare: () => Promise<{ bytesFor: (viewer: Viewer) => Uint8Array; to: Follower[] }>): Promise<void> {
    this.#isSending = true;
    let tookMs = 0;
    try {
      const { bytesFor, to } = await prepare();
      for (let i = 0; i < to.length; i += SLICE) {
        const startedAt = performance.now();
        for (const follower of to.slice(i, i + SLICE)) follower.send(bytesFor(follower.viewer));
        tookMs += performance.now() - startedAt;
        await others();
      }
    } catch (error) {
      // A change that cannot be read now is told of with the next one, or asked for.
      this.#feed.logger.warn({ err: error }, 'events could not be sent');
    } finally {
      this.#restMs = Math.min(MAX_REST_MS, tookMs / SHARE);
      this.#isSending = false;
      this.#ring();
    }
  }

  #presentFor({ viewer, lastEventId }: Client): Present {
    const key = `${nameOfViewer(viewer)} ${lastEventId ?? ''}`;
    const now = performance.now();
    for (const [known, { at }] of this.#presents) if (now - at > FRESH_MS) this.#presents.delete(known);
    const kept = this.#presents.get(key);
    if (kept) return kept;
    const parts: Uint8Array[] = [];
    const made: Present = { viewer, at: now, parts, ready: Promise.resolve() };
    // In place before it is read: it is one of those who are told of what changes meanwhile.
    this.#presents.set(key, made);
    made.ready = this.#readPresent(viewer, lastEventId).then((text) => void parts.unshift(encoded(text)));
    made.ready.catch(() => this.#presents.delete(key));
    return made;
  }

  async #readPresent(viewer: Viewer, lastEventId: string | null): Promise<string> {
    const { events } = this.#feed;
    const latest = events.latestId();
    if (lastEventId === null) return this.#readSnapshot(viewer, latest);
    const missed = events.since(lastEventId);
    const distinct = new Map<string, StampedEvent>();
    for (const told of missed ?? []) gather(distinct, told);
    if (!missed || distinct.has('reset') || distinct.size > MAX_MISSED) {
      return frame('reset', {}) + (await this.#readSnapshot(viewer, latest));
    }
    const frames = await this.#framesOf([...distinct.values()], { again: true });
    return textFor(frames, viewer) + placeOf(latest);
  }

  async #readSnapshot(viewer: Viewer, latest: string): Promise<string> {
    const { uploads, models } = this.#feed;
    const all = await uploads.unfinished(SYSTEM);
    const kept = viewer.id === null ? null : await this.#feed.accessOf.ofSounds(all.map(({ soundId }) => soundId));
    const jobs = kept ? all.filter(({ soundId }) => isFor(viewer, kept.get(soundId))) : all;
    const shown = [...jobs].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_JOBS);
    for (const { id } of shown) this.#shown.add(id);
    const snapshot = frame('snapshot', { jobs: shown.map(toJob), total: jobs.length }, latest);
    const whole = await models.activity(SYSTEM);
    const activity = viewer.runs ? whole : withoutFigures(whole);
    const busy = activity.installs.length > 0 || activity.switch !== null;
    return busy ? snapshot + frame('model', toActivity(activity)) : snapshot;
  }
}

/** Several changes of one thing are told as one, in the place of the first of them. */
function gather(into: Map<string, StampedEvent>, { id, event }: StampedEvent): void {
  const subject = subjectOf(event);
  const known = into.get(subject);
  into.set(subject, { id: known?.id || id, event: merged(known?.event, event) });
}

type Kind = 'sounds' | 'collections';

/** Of what is gone without a trace nobody is told who did not see everything. */
const isFor = (viewer: Viewer, access: Access | undefined): boolean =>
  access ? sees(viewer, access) : viewer.id === null;

const onlyFor =
  (access: Access | undefined, text: string): Told =>
  (viewer) =>
    isFor(viewer, access) ? text : '';

const forRunning =
  (text: string): Told =>
  (viewer) =>
    viewer.runs ? text : '';

/** Of work on one sound whoever sees that is told, of work on the whole who runs the installation. */
const tellOfWork = (work: Work, of: Access | undefined, id: string): Told => {
  const text = frame('work', toWork(work), id);
  return of ? onlyFor(of, text) : forRunning(text);
};

const frameOfOwn = (event: Extract<AppEvent, { kind: 'personal' }>, id: string): Told => {
  const { ownerId, ...plain } = event;
  const text = frameOf(plain, id);
  return (viewer) => (viewer.id === null || viewer.id === ownerId ? text : '');
};

function frameOfTagging(
  { soundIds = [] }: Extract<AppEvent, { kind: 'tagging' }>,
  kept: ReadonlyMap<string, Access>,
  id: string,
): Told {
  const text = frame('tagging', {}, id);
  return (viewer) => (viewer.runs || soundIds.some((soundId) => isFor(viewer, kept.get(soundId))) ? text : '');
}

/**
 * A change of a sound or a collection, for each as they may know of it: who did not see it before is told that it came, who does not
 * any more that it went, and all others nothing.
 * @param now how it is kept; undefined where it is gone
 */
function frameFor(
  event: Extract<AppEvent, { kind: 'sound' | 'collection' }>,
  now: Access | undefined,
  id: string,
): Told {
  const { access: before = now, ...plain } = event;
  const as = (change: typeof event.change): string => frameOf({ ...plain, change } as typeof plain, id);
  if (event.change === 'deleted') return before ? onlyFor(before, as('deleted')) : as('deleted');
  return (viewer) => {
    const [saw, sees] = [isFor(viewer, before), isFor(viewer, now)];
    if (saw && sees) return as(event.change);
    if (sees) return as(event.kind === 'sound' ? 'restored' : 'created');
    return saw ? as('deleted') : '';
  };
}

function frameOfCollection(
  { soundIds, ...event }: Extract<AppEvent, { kind: 'collection' }>,
  kept: Record<Kind, ReadonlyMap<string, Access>>,
  id: string,
): Told {
  const told = frameFor(event, kept.collections.get(event.collectionId), id);
  if (!soundIds || typeof told === 'string') return told;
  return (viewer) => (soundIds.some((soundId) => isFor(viewer, kept.sounds.get(soundId))) ? told(viewer) : '');
}

const textFor = (told: readonly Told[], viewer: Viewer): string =>
  told.map((one) => (typeof one === 'string' ? one : one(viewer))).join('');

/** Each text is encoded once, for all who are told the same. Who is told nothing is not told either that something happened. */
function encodedOnce(told: readonly Told[], place: string): (viewer: Viewer) => Uint8Array {
  const texts = new Map<string, Uint8Array>();
  const viewers = new Map<string, Uint8Array>();
  return (viewer) => {
    const name = nameOfViewer(viewer);
    let bytes = viewers.get(name);
    if (bytes) return bytes;
    const news = textFor(told, viewer);
    const text = news && news + place;
    bytes = texts.get(text) ?? encoded(text);
    texts.set(text, bytes);
    viewers.set(name, bytes);
    return bytes;
  };
}

const byId = <T extends { id: string }>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [item.id, item]));
/** Running jobs before waiting ones. */
const rank = ({ state }: Job): number => (state === 'active' ? 0 : 1);

type Plain<Event> = Event extends unknown ? Omit<Event, 'access' | 'ownerId' | 'soundIds'> : never;

function frameOf(event: Plain<Exclude<AppEvent, { kind: 'job' | 'model' }>>, id: string): string {
  const { kind, ...data } = event;
  return frame(kind === 'sound' ? 'library' : kind, data, id);
}

const idLine = (id: string): string => (id === '' ? '' : `id: ${id}\n`);
/** Tells how far the stream has come, and nothing else. */
const placeOf = (id: string): string => (id === '' ? '' : `${idLine(id)}\n`);
const frame = (event: string, data: object | string, id = ''): string =>
  `${idLine(id)}event: ${event}\ndata: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

const encoder = new TextEncoder();
const encoded = (text: string): Uint8Array => encoder.encode(text);
