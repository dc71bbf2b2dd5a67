import type { Awaitable } from '../awaitable.js';
import type { Readable } from 'node:stream';
import type {
  Hearing,
  ListPlace,
  ListRequest,
  Page,
  Peaks,
  Sound,
  SoundFilters,
  SoundKey,
  SoundPatch,
  SoundSort,
} from './library.types.js';
import type { Known } from './meanwhile.js';
import type { PcmFormat } from './wav.js';

/** The library's table of sounds, as far as the viewer sees it. */
export interface SoundRepository {
  get(id: string): Awaitable<Sound | null>;
  /** In the order of `ids`; those that do not exist are left out. */
  several(ids: readonly string[]): Awaitable<Sound[]>;
  /** With these bytes, an own one first. */
  findBySha256(sha256: string): Awaitable<Sound | null>;
  /** In the order of `keys`; keys that no longer exist are left out. */
  getByKeys(keys: readonly SoundKey[]): Awaitable<Sound[]>;
  list(request: ListRequest): Awaitable<Page<Sound>>;
  /** Ids in the list's order, at most `limit` of them, and how many there are. */
  ids(request: Omit<ListRequest, 'cursor' | 'offset'>): Awaitable<{ ids: string[]; total: number }>;
  /** At most `limit` places of the list, evenly spread from the first to the last. */
  places(request: Omit<ListRequest, 'cursor' | 'offset'>): Awaitable<{ places: ListPlace[]; total: number }>;
  /** The same keys in this order; those without a value last. */
  inOrder(keys: readonly SoundKey[], sort: SoundSort, order: 'asc' | 'desc'): Awaitable<SoundKey[]>;
  /** Keys of all sounds that meet the filters; null when no filter is set: all that is not {@link hidden}. */
  keysMatching(filters: SoundFilters): Awaitable<Int32Array | null>;
  /**
   * Returns the changed sound, or null if it does not exist.
   * @throws DomainError `changed_meanwhile` where it is not as `known` says: nothing is changed then
   */
  update(id: string, patch: SoundPatch, known?: Known): Awaitable<Sound | null>;
  peaks(id: string): Awaitable<Peaks | null>;
  counts(): Awaitable<{
    total: number;
    ready: number;
    processing: number;
    failed: number;
    durationS: number;
    sizeBytes: number;
  }>;
  /** What the files take up that the library keeps itself, each counted once: not those that stay in their folders. */
  keptBytes(): Awaitable<number>;
  /** Keys of all sounds that are kept from the viewer, in order, those in the bin too. */
  hidden(): Awaitable<SoundKey[]>;
  /** Ids of all sounds, oldest first. */
  allIds(): Awaitable<string[]>;
}

/** A byte range, both ends included, as in an HTTP Range header. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Files by content hash, wherever they are kept. What has a hash is always whole; where a file lies is nobody else's business,
 * so that a store need not be a disk of this machine.
 */
export interface AudioStore {
  /**
   * Takes bytes in, hashing on the way, and holds them until they are kept or discarded.
   * @throws DomainError `too_large` past `maxBytes`, `storage_full` when the disk is full.
   */
  receive(source: Readable, maxBytes: number): Promise<ReceivedFile>;
  /**
   * Lends the bytes as a file of this machine, for programs that read no other; it may be gone when `use` has ended.
   * @throws DomainError `not_found`; whatever `use` throws
   */
  withLocalFile<T>(sha256: string, use: (path: string) => Promise<T>): Promise<T>;
  /** Whether the library keeps these bytes itself. */
  has(sha256: string): Promise<boolean>;
  /** @throws DomainError `not_found`, or why the bytes cannot be had at the moment */
  check(sha256: string): Promise<void>;
  /**
   * All bytes, or a range of them.
   * @throws DomainError `not_found`
   */
  read(sha256: string, range?: ByteRange): Promise<Readable>;
  /**
   * An address at which a reader gets the bytes from the store itself, for a while; null where they come through this server.
   * @param as the headers that the answer has there
   */
  link?(sha256: string, as: { disposition: string; type: string }): Promise<string | null>;
  /** Does nothing when there are no such bytes. */
  remove(sha256: string): Promise<void>;
  /** Deletes what was received and left behind by a crash. */
  sweep(): Promise<void>;
  freeBytes(): Promise<number>;
  /** @throws DomainError `busy` when the bytes cannot be had at the moment */
  ping(): Promise<void>;
}

/** Decodes stored sounds for listeners, away from the thread that answers. */
export interface PcmSource {
  /**
   * Samples in a format, from the given frame on. Destroying the stream, or the signal, ends the work at once. Guests wait for each
   * other, and nobody else for them.
   * @throws DomainError `not_ready` when too many listen at the moment, `cancelled`, `not_found`
   */
  open(
    what: {
      sha256: string;
      codec: string | null;
      hearing: Hearing | null;
      maxDurationS: number;
      format: PcmFormat;
      /** What the channels, each for itself, are multiplied with; null: they are mixed as `hearing` says. */
      gain: number | null;
      fromFrame: number;
      forGuest: boolean;
    },
    signal?: AbortSignal,
  ): Promise<Readable>;
}

/** Makes a file smaller without loss. */
export interface FlacEncoder {
  /**
   * Encodes while it is read; leaving it, or the signal, ends the work.
   * @param wav with 16 or 24 bits
   * @param frames how many it holds
   */
  encode(wav: AsyncIterable<Uint8Array>, frames: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** A received file that is not yet part of the library: keep it or discard it. */
export interface ReceivedFile {
  sha256: string;
  sizeBytes: number;
  /** As that of the store, while it is neither kept nor discarded. */
  withLocalFile<T>(use: (path: string) => Promise<T>): Promise<T>;
  /** From now on the bytes are there by their hash. Idempotent. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}
