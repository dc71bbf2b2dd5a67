import type { Readable } from 'node:stream';
import { demand, SYSTEM, type Actor } from '../accounts/actor.js';
import type { AccessService } from '../accounts/access.service.js';
import { adderOf, EVERYTHING, processorOf, viewerOf, type Seen } from '../accounts/viewer.js';
import { DomainError, notFound, type ErrorCode } from '../errors.js';
import type { EventSink } from '../events.js';
import type { KeyedLock } from '../keyed-lock.js';
import type { BinService } from '../library/bin.service.js';
import { safeFilename } from '../library/filename.js';
import { mustMayChange } from '../library/may-change.js';
import type { FolderTagsService } from '../library/folder-tags.service.js';
import type { OriginRepository } from '../library/origins.js';
import type { AudioStore, ReceivedFile, SoundRepository } from '../library/library.ports.js';
import type { AudioFacts, NewSound, Sound } from '../library/library.types.js';
import { inSlices } from '../slices.js';
import type { AudioProbe, Flow, JobQueue, JobRepository } from './ingest.ports.js';
import type { Job, UploadOutcome } from './ingest.types.js';
import { expectedLengthS } from './length.js';
import { because } from '../reasons.js';

/** Failures that lie in the file itself: the file is rejected, others go on. */
const FAULTS_OF_THE_FILE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalid_input',
  'too_large',
  'quota_exceeded',
  'unsupported_media',
  'unreadable_media',
  'no_audio',
  'too_long',
]);

const FULL_RETRY_S = 60;
const ALL = Number.MAX_SAFE_INTEGER;
/** Sounds that are looked up together. */
const SLICE = 100;

interface TakeOptions extends ReceiveOptions {
  /** The bytes get a place in the store, which they have before the sound is in the database. */
  isCopied?: boolean;
}

interface ReceiveOptions {
  /** The folders that it lies in, as {@link folderOf} gives them; empty for a file by itself. */
  folder?: string;
  replaces?: string | undefined;
  fromBin?: boolean;
  /** Part of an import: others go first, and it waits for room by itself. */
  batch?: boolean;
  /** What `replaces` names is the same sound whatever these bytes are. */
  anyRecording?: boolean;
  signal?: AbortSignal;
}

/** Takes files into the library and hands their processing to the queue. */
export class UploadService {
  readonly #parts;

  /** @param parts `locks` must be the same object that the library service has. */
  constructor(parts: {
    store: AudioStore;
    probe: AudioProbe;
    jobs: Seen<JobRepository>;
    sounds: Seen<SoundRepository>;
    queue: JobQueue;
    bin: Pick<BinService, 'expect' | 'findBySha256' | 'isUsed' | 'restore'>;
    access: Pick<AccessService, 'forNew'>;
    locks: KeyedLock;
    events: EventSink;
    origins: Pick<OriginRepository, 'add'>;
    /** What all in a folder gets; absent: nothing. */
    folderTags?: Pick<FolderTagsService, 'tag'>;
    maxUploadBytes: number;
    /** Sounds that may wait to be processed before uploads are told to come later; 0: any number. */
    maxWaiting?: number;
  }) {
    this.#parts = parts;
  }

  /**
   * Streams one file to the store and accepts it. The bytes have their final name before the sound is in the database, so
   * that nothing accepted lacks its bytes; and the job is in the database before it is in the queue, so that a queue that is
   * down delays the work but loses nothing.
   * @param options `replaces`: a sound that came from the same place; where these bytes are the same recording with other tags,
   *   it gets them. `fromBin`: whether bytes that lie in the bin bring their sound back (as by default), or are rejected. `signal`: aborts while
   *   the file is looked at; what was accepted stays
   * @throws DomainError `busy` when too many sounds wait already
   * @returns `rejected` with the reason when the file itself is at fault; nothing of it is kept then
   * @throws DomainError `storage_full`, `cancelled`; whatever breaks `source`
   */
  async receive(
    actor: Actor,
    givenName: string,
    source: Readable,
    options: ReceiveOptions = {},
  ): Promise<UploadOutcome> {
    demand(actor, 'upload');
    const filename = safeFilename(givenName);
    if (!options.batch) await this.#demandRoom(source);
    const { store, maxUploadBytes } = this.#parts;
    const arrive = async (): Promise<ReceivedFile> => {
      const { bytes } = await this.#parts.jobs(EVERYTHING).room(actor.ownerId);
      return receiveWithin(store, source, { bytes, maxUploadBytes });
    };
    return this.#take(actor, filename, arrive, { ...options, isCopied: true });
  }

  /** As {@link receive}, for bytes that are where they belong already, or can be put there. */
  async admit(
    actor: Actor,
    givenName: string,
    file: ReceivedFile,
    options: ReceiveOptions = {},
  ): Promise<UploadOutcome> {
    demand(actor, 'upload');
    return this.#take(actor, safeFilename(givenName), () => Promise.resolve(file), options);
  }

  async #take(
    actor: Actor,
    filename: string,
    arrive: () => Promise<ReceivedFile>,
    options: TakeOptions,
  ): Promise<UploadOutcome> {
    let file: ReceivedFile | undefined;
    try {
      const received = (file = await arrive());
      const outcome = await this.#parts.locks.run(received.sha256, () =>
        this.#admit(actor, filename, received, options),
      );
      await this.#cameFrom(outcome, options.folder ?? '');
      return outcome;
    } catch (error) {
      await file?.discard();
      if (error instanceof DomainError && FAULTS_OF_THE_FILE.has(error.code)) {
        return { filename, status: 'rejected', error: error.stated, code: error.code };
      }
      throw error;
    }
  }

  /** The same bytes from another place are told of there as well. */
  async #cameFrom({ soundId, filename, status }: UploadOutcome, folder: string): Promise<void> {
    if (folder === '' || soundId === undefined) return;
    const { origins, folderTags } = this.#parts;
    if (await origins.add(soundId, { folder, filename })) await folderTags?.tag(soundId, folder);
    if (status === 'duplicate') this.#parts.events.tell({ kind: 'sound', change: 'updated', soundId });
  }

  /** @throws DomainError `busy` */
  async #demandRoom(source: Readable): Promise<void> {
    const { maxWaiting = 0 } = this.#parts;
    const jobs = this.#parts.jobs(EVERYTHING);
    if (maxWaiting === 0 || (await jobs.waiting(maxWaiting)) < maxWaiting) return;
    // What comes after it in the same request can be read.
    source.on('error', () => undefined).resume();
    throw new DomainError('busy', because('queue_full', { waiting: maxWaiting }), {
      transient: true,
      retryAfterS: FULL_RETRY_S,
    });
  }

  /** The same bytes are the same sound, unless that is somebody else's and not to be seen: then they are one more. */
  async #admit(
    actor: Actor,
    filename: string,
    file: ReceivedFile,
    {
      folder = '',
      replaces,
      anyRecording = false,
      fromBin = true,
      batch = false,
      signal,
      isCopied = false,
    }: TakeOptions,
  ): Promise<UploadOutcome> {
    const { probe, bin, access } = this.#parts;
    const viewer = adderOf(actor);
    const [sounds, jobs] = [this.#parts.sounds(viewer), this.#parts.jobs(viewer)];
    const flow = { owner: actor.ownerId, batch };
    if (file.sizeBytes === 0) {
      throw new DomainError('unreadable_media', because('file_empty_copy'));
    }
    const existing = await sounds.findBySha256(file.sha256);
    if (existing) return await this.#readmit(filename, file, existing, flow);
    const binned = await bin.findBySha256({ ...viewer, shared: false }, file.sha256);
    if (binned) {
      if (!fromBin) {
        throw new DomainError('invalid_input', because('sound_in_bin'));
      }
      await bin.restore(SYSTEM, [binned.id]);
      const { soundId, jobId } = await this.#readmit(filename, file, binned, flow);
      return { filename, status: 'restored', ...(soundId ? { soundId } : {}), ...(jobId ? { jobId } : {}) };
    }

    const { tracks, ...facts } = await file.withLocalFile((path) => probe.probe(path, { signal }));
    const [track = 0] = tracks;
    if (isCopied) await bin.expect(file.sha256);
    await file.keep();
    const bytes = {
      ...facts,
      filename,
      sizeBytes: file.sizeBytes,
      sha256: file.sha256,
      hearing: track === 0 ? null : { track, weights: null },
    };
    const earlier = replaces === undefined ? null : await sounds.get(replaces);
    if (earlier && (anyRecording || isSameRecording(earlier, facts))) return await this.#replace(earlier, bytes, flow);
    let accepted;
    try {
      accepted = await jobs.accept({ ...bytes, id: crypto.randomUUID(), access: await access.forNew(actor, folder) });
    } catch (error) {
      await this.#drop(file.sha256);
      throw error;
    }
    if (accepted.kind === 'duplicate') return { filename, status: 'duplicate', soundId: accepted.soundId };
    this.#parts.events.tell({ kind: 'sound', change: 'created', soundId: accepted.job.soundId });
    await this.#deliver(accepted.job, flow);
    return { filename, status: 'queued', soundId: accepted.job.soundId, jobId: accepted.job.id };
  }

  /** What a person has edited stays; all that was read from the old bytes is read again. */
  async #replace(earlier: Sound, bytes: Omit<NewSound, 'id'>, flow: Flow): Promise<UploadOutcome> {
    const { locks } = this.#parts;
    const job = await this.#parts.jobs(EVERYTHING).replace(earlier.id, bytes);
    if (!job) {
      await this.#drop(bytes.sha256);
      throw notFound('sound', earlier.id);
    }
    await locks.run(earlier.sha256, () => this.#drop(earlier.sha256));
    this.#parts.events.tell({ kind: 'sound', change: 'updated', soundId: earlier.id });
    await this.#deliver(job, flow);
    return { filename: bytes.filename, status: 'queued', soundId: earlier.id, jobId: job.id };
  }

  /** Bytes that no sound has, of whomever, need not be kept. */
  async #drop(sha256: string): Promise<void> {
    if (!(await this.#parts.bin.isUsed(sha256))) await this.#parts.store.remove(sha256);
  }

  /** The same bytes again: brings back a lost file and gives a failed sound another try. */
  async #readmit(filename: string, file: ReceivedFile, sound: Sound, flow: Flow): Promise<UploadOutcome> {
    const { store } = this.#parts;
    const jobs = this.#parts.jobs(EVERYTHING);
    if (await store.has(file.sha256)) await file.discard();
    else await file.keep();
    const job = sound.status === 'failed' ? await jobs.restart(sound.id) : null;
    if (!job) return { filename, status: 'duplicate', soundId: sound.id };
    await this.#deliver(job, flow);
    return { filename, status: 'queued', soundId: sound.id, jobId: job.id };
  }

  /**
   * Processes sounds anew, of others only for who may change them. A sound whose job is queued or running keeps that job, unless forced.
   * @throws DomainError `not_found` (before anything is started) when one of `soundIds` does not exist
   */
  async reprocess(
    actor: Actor,
    request: {
      soundIds?: readonly string[] | undefined;
      all?: boolean | undefined;
      failed?: boolean | undefined;
      force?: boolean | undefined;
    },
  ): Promise<{ jobs: { soundId: string; jobId: string }[] }> {
    demand(actor, 'upload');
    const changer = processorOf(actor);
    const [sounds, jobs] = [this.#parts.sounds(changer), this.#parts.jobs(changer)];
    const ids = request.all
      ? await sounds.allIds()
      : request.failed
        ? (await sounds.ids({ filters: { status: 'failed' }, sort: 'added', order: 'asc', limit: ALL })).ids
        : [...new Set(request.soundIds)];
    if (!request.all && !request.failed) {
      const present = new Set((await sounds.several(ids)).map(({ id }) => id));
      const missing = ids.find((id) => !present.has(id));
      if (missing !== undefined) {
        await mustMayChange(this.#parts.sounds, actor, [missing]);
        throw notFound('sound', missing);
      }
    }
    const started: { soundId: string; jobId: string }[] = [];
    await inSlices(ids, SLICE, async (slice) => {
      const open = request.force ? [] : await jobs.openOf(slice);
      const openOf = new Map(open.map((job) => [job.soundId, job]));
      const soundOf = new Map((await sounds.several(slice)).map((sound) => [sound.id, sound]));
      for (const soundId of slice) {
        const job = openOf.get(soundId) ?? (await jobs.restart(soundId));
        if (!job) continue;
        await this.#enqueue(job, soundOf.get(soundId), { owner: actor.ownerId, batch: ids.length > 1 });
        started.push({ soundId, jobId: job.id });
      }
    });
    return { jobs: started };
  }

  /** @throws DomainError `not_found` */
  async job(actor: Actor, jobId: string): Promise<Job> {
    demand(actor, 'read');
    const job = await this.#parts.jobs(viewerOf(actor)).get(jobId);
    if (!job) throw notFound('job', jobId);
    return job;
  }

  /** Those of the jobs that there are. */
  async jobs(actor: Actor, jobIds: readonly string[]): Promise<Job[]> {
    demand(actor, 'read');
    return this.#parts.jobs(viewerOf(actor)).several(jobIds);
  }

  /**
   * All runs of a sound, newest first.
   * @throws DomainError `not_found`
   */
  async historyOf(actor: Actor, soundId: string): Promise<Job[]> {
    demand(actor, 'read');
    const viewer = viewerOf(actor);
    if (!(await this.#parts.sounds(viewer).get(soundId))) throw notFound('sound', soundId);
    return this.#parts.jobs(viewer).historyOf(soundId);
  }

  /** Jobs that are queued or running, oldest first. */
  async unfinished(actor: Actor): Promise<Job[]> {
    demand(actor, 'read');
    return this.#parts.jobs(viewerOf(actor)).unfinished();
  }

  async #deliver(job: Job, flow: Flow): Promise<void> {
    await this.#enqueue(job, (await this.#parts.sounds(EVERYTHING).get(job.soundId)) ?? undefined, flow);
  }

  /** A queue that is down delays the job only: it is in the database, and recovery hands it over when the queue is back. */
  async #enqueue({ id }: Job, sound: Sound | undefined, flow: Flow): Promise<void> {
    await this.#parts.queue.add(id, sound ? expectedLengthS(sound) : undefined, flow).catch(() => undefined);
  }
}

/** What is more than its owner may add is not stored to its end. @throws DomainError as the store; `quota_exceeded` */
async function receiveWithin(
  store: AudioStore,
  source: Readable,
  { bytes, maxUploadBytes }: { bytes: number; maxUploadBytes: number },
): Promise<ReceivedFile> {
  try {
    return await store.receive(source, Math.min(bytes, maxUploadBytes));
  } catch (error) {
    if (bytes >= maxUploadBytes || !(error instanceof DomainError) || error.code !== 'too_large') throw error;
    throw new DomainError('quota_exceeded', because('quota_left', { leftMB: Math.floor(bytes / 1024 / 1024) }));
  }
}

/** Headers of a recording whose tags were changed say the same of its sound. Lengths were counted or estimated. */
const isSameRecording = (a: AudioFacts, b: AudioFacts): boolean =>
  a.codec === b.codec &&
  a.sampleRateHz === b.sampleRateHz &&
  a.channels === b.channels &&
  a.durationS !== null &&
  b.durationS !== null &&
  Math.abs(a.durationS - b.durationS) <= 0.1 + 0.01 * b.durationS;
