import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { demand, type Actor } from '../accounts/actor.js';
import { changerOf, processorOf, viewerOf, type Seen } from '../accounts/viewer.js';
import { DomainError, notFound } from '../errors.js';
import type { EventSink } from '../events.js';
import { isUnfinished } from '../jobs/jobs.types.js';
import type { JobQueue, JobRepository } from '../ingest/ingest.ports.js';
import type { BinService } from './bin.service.js';
import type { AudioStore, ByteRange, PcmSource, SoundRepository } from './library.ports.js';
import type { ListPlace, ListRequest, Page, Sound, SoundPatch } from './library.types.js';
import { mustMayChange } from './may-change.js';
import type { Known } from './meanwhile.js';
import { withRater } from './own-ratings.js';
import { DRAWN, depthInFlac, FLAC_HEAD_BYTES, formatOf, gainOf } from './pcm-format.js';
import { firstFrameOf, needsSamples, wavBytes, wavSize } from './wav.js';
import { overview, type Waveform } from './waveform.js';
import { because } from '../reasons.js';
import { mustBeginWithin, samplesWithin } from './stretch.js';

/** The bytes of a sound as they were uploaded. */
export interface SoundFile {
  sound: Sound;
  form: 'original';
  sizeBytes: number;
  /** Opens the bytes (or a part of them) only when called. */
  read(range?: ByteRange): Promise<Readable>;
  /** Where a reader gets them otherwise, for a while; null where they come through this server. */
  link(as: { disposition: string; type: string }): Promise<string | null>;
}

/** A sound decoded for players that do not know its format. */
export interface DecodedFile {
  sound: Sound;
  form: 'wav';
  /** The stretch that it is, such as `3.2-5`; empty for all of it. */
  part: string;
  /** Tells it from the same in another format. */
  mark: string;
  frames: number;
  sizeBytes: number;
  /**
   * Starts decoding where the range begins, in its turn.
   * @throws DomainError `not_ready` when too many listen at the moment
   */
  read(range: ByteRange | undefined, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

/** What people do with sounds that are there. */
export class LibraryService {
  readonly #parts;

  constructor(parts: {
    sounds: Seen<SoundRepository>;
    jobs: Seen<JobRepository>;
    store: AudioStore;
    queue: JobQueue;
    pcm: PcmSource;
    bin: Pick<BinService, 'delete'>;
    events: EventSink;
  }) {
    this.#parts = parts;
  }

  async list(actor: Actor, request: ListRequest): Promise<Page<Sound>> {
    demand(actor, 'read');
    return this.#parts.sounds(viewerOf(actor)).list({ ...request, filters: withRater(request.filters, actor.ownerId) });
  }

  /** The ids alone, at most `limit`, in the order of the list. */
  async ids(actor: Actor, request: Omit<ListRequest, 'cursor' | 'offset'>): Promise<{ ids: string[]; total: number }> {
    demand(actor, 'read');
    return this.#parts.sounds(viewerOf(actor)).ids({ ...request, filters: withRater(request.filters, actor.ownerId) });
  }

  /** Along what a list is sorted: at most `limit` places, evenly spread. */
  async places(
    actor: Actor,
    request: Omit<ListRequest, 'cursor' | 'offset'>,
  ): Promise<{ places: ListPlace[]; total: number }> {
    demand(actor, 'read');
    const filters = withRater(request.filters, actor.ownerId);
    return this.#parts.sounds(viewerOf(actor)).places({ ...request, filters });
  }

  /** @throws DomainError `not_found` */
  async get(actor: Actor, id: string): Promise<Sound> {
    demand(actor, 'read');
    const sound = await this.#parts.sounds(viewerOf(actor)).get(id);
    if (!sound) throw notFound('sound', id);
    return sound;
  }

  /** As {@link get}, for whoever wants to change it. @throws DomainError `not_found`; `forbidden` */
  async getToChange(actor: Actor, id: string): Promise<Sound> {
    demand(actor, 'edit');
    await mustMayChange(this.#parts.sounds, actor, [id]);
    return this.get(actor, id);
  }

  /** @throws DomainError `not_found` when one of them does not exist */
  async several(actor: Actor, ids: readonly string[]): Promise<Sound[]> {
    demand(actor, 'read');
    const sounds = await this.#parts.sounds(viewerOf(actor)).several(ids);
    const present = new Set(sounds.map(({ id }) => id));
    const missing = ids.find((id) => !present.has(id));
    if (missing !== undefined) throw notFound('sound', missing);
    return sounds;
  }

  /** @throws DomainError `not_found`; `changed_meanwhile` where the sound is not as `known` says */
  async update(actor: Actor, id: string, patch: SoundPatch, known: Known = {}): Promise<Sound> {
    demand(actor, 'edit');
    await mustMayChange(this.#parts.sounds, actor, [id]);
    const sound = await this.#parts.sounds(changerOf(actor)).update(id, patch, known);
    if (!sound) throw notFound('sound', id);
    this.#parts.events.tell({ kind: 'sound', change: 'updated', soundId: id });
    return sound;
  }

  /**
   * Stops a job. A sound that was never ready goes with it; one that is processed again keeps what it has.
   * @throws DomainError `not_found`; `conflict` when the job is over
   */
  async cancelJob(actor: Actor, jobId: string): Promise<void> {
    demand(actor, 'upload');
    const { sounds, jobs, queue, bin } = this.#parts;
    const changer = processorOf(actor);
    const job = await jobs(changer).get(jobId);
    if (!job) throw notFound('job', jobId);
    if (!isUnfinished(job)) {
      throw new DomainError('conflict', because('job_over'));
    }
    if ((await sounds(changer).peaks(job.soundId)) === null) {
      await bin.delete(actor, [job.soundId], { permanent: true });
      return;
    }
    await jobs(changer).cancel(jobId);
    await queue.remove(jobId).catch(() => undefined);
  }

  /** Bytes that the library keeps itself, whosever they are, for whoever takes all of it along; null when it does not. */
  async keptBytes(actor: Actor, sha256: string): Promise<Readable | null> {
    demand(actor, 'admin');
    const { store } = this.#parts;
    return (await store.has(sha256)) ? store.read(sha256) : null;
  }

  /**
   * The bytes of a sound as they were uploaded.
   * @throws DomainError `not_found` when there is no such sound, or its file has gone; `busy` or `not_ready` when a file that stays
   *   in its folder cannot be had at the moment
   */
  async file(actor: Actor, id: string): Promise<SoundFile> {
    demand(actor, 'read');
    const sound = await this.get(actor, id);
    const { store } = this.#parts;
    await store.check(sound.sha256);
    return {
      sound,
      form: 'original',
      sizeBytes: sound.sizeBytes,
      read: (range) => store.read(sound.sha256, range),
      link: async (as) => (await store.link?.(sound.sha256, as)) ?? null,
    };
  }

  /**
   * The sound, or a stretch of it in seconds, as WAV, decoded while it is read. See `formatOf`.
   * @param drawn as it is searched and drawn: its channels as one
   * @throws DomainError as {@link file}; `conflict` while its length is not known; `invalid_input` for a stretch behind its end, or
   *   of less than a sample
   */
  async wav(
    actor: Actor,
    id: string,
    { stretch, drawn = false }: { stretch?: { startS: number; endS: number } | undefined; drawn?: boolean } = {},
  ): Promise<DecodedFile> {
    demand(actor, 'read');
    const { sound } = await this.file(actor, id);
    const { pcm } = this.#parts;
    const { durationS, codec } = sound;
    if (durationS === null || sound.status === 'failed') {
      throw new DomainError('conflict', because('sound_not_decoded'));
    }
    const { startS, endS } = stretch ?? { startS: 0, endS: durationS };
    mustBeginWithin(durationS, startS);
    const lengthS = Math.min(endS, durationS) - startS;
    const format = drawn ? DRAWN : formatOf(sound, await this.#depthOf(sound), lengthS);
    const { first, count: frames } = samplesWithin(durationS, { startS, endS }, format.rateHz);
    const sizeBytes = wavSize({ format, frames });
    const source = {
      sha256: sound.sha256,
      codec,
      maxDurationS: durationS + 60,
      hearing: sound.hearing,
      format,
      gain: format === DRAWN ? null : gainOf(sound),
      forGuest: actor.kind === 'link',
    };
    return {
      sound,
      form: 'wav',
      part: stretch ? `${startS}-${endS}` : '',
      mark: format === DRAWN ? 'mono' : `wav-${format.channels}-${format.rateHz}-${format.bits}`,
      frames,
      sizeBytes,
      read: async (range = { start: 0, end: sizeBytes - 1 }, signal) => {
        const open = () => pcm.open({ ...source, fromFrame: first + firstFrameOf(format, range) }, signal);
        return wavBytes(needsSamples(range) ? await open() : [], { format, frames }, range);
      },
    };
  }

  /** Bits of each sample; of a FLAC that came before they were kept, from its head. */
  async #depthOf({ codec, bitsPerSample, sha256, sizeBytes }: Sound): Promise<number | null> {
    if (bitsPerSample !== null) return bitsPerSample;
    if (codec !== 'flac' || sizeBytes < FLAC_HEAD_BYTES) return null;
    return depthInFlac(await buffer(await this.#parts.store.read(sha256, { start: 0, end: FLAC_HEAD_BYTES - 1 })));
  }

  /**
   * Waveform overview with at most `points` buckets.
   * @throws DomainError `not_found`; `conflict` while the sound has not been decoded
   */
  async waveform(actor: Actor, id: string, points: number): Promise<Waveform> {
    demand(actor, 'read');
    const sound = await this.get(actor, id);
    const peaks = await this.#parts.sounds(viewerOf(actor)).peaks(id);
    if (!peaks) {
      throw new DomainError(
        'conflict',
        sound.status === 'failed' ? because('waveform_failed') : because('waveform_not_yet'),
      );
    }
    return overview(peaks, points, sound.durationS);
  }
}
