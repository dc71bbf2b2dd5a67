import { Readable } from 'node:stream';
import { DomainError } from '../../domain/errors.js';
import type { AudioStore, ByteRange, ReceivedFile } from '../../domain/library/library.ports.js';
import type { FoundPlace, PlacedFiles } from '../../domain/library/placed.ports.js';
import { because, type ReasonId } from '../../domain/reasons.js';
import { isSame, stampOf, type DiskFolders, type OpenFile } from './disk-folders.js';

/** Programs that ask again after so long may find the drive. */
const UNPLUGGED_RETRY_S = 30;
const CHUNK_BYTES = 256 * 1024;

interface Parts {
  /** What the library keeps itself. */
  kept: AudioStore;
  placed: Pick<PlacedFiles, 'placesOf' | 'restamp' | 'kept'>;
  disk: DiskFolders;
}

type Fault = 'gone' | 'changed' | 'unplugged' | 'unreadable';

/**
 * The files of the library with those that stay in imported folders. These are only ever read, and only while they are what they were
 * when they were listened to; nothing is written there, and nothing deleted.
 */
export class PlacedAudioStore implements AudioStore {
  constructor(private readonly parts: Parts) {}

  async receive(source: Readable, maxBytes: number): Promise<ReceivedFile> {
    const { kept, placed } = this.parts;
    const received = await kept.receive(source, maxBytes);
    return {
      ...received,
      keep: async () => {
        await received.keep();
        await placed.kept(received.sha256);
      },
    };
  }

  async withLocalFile<T>(sha256: string, use: (path: string) => Promise<T>): Promise<T> {
    const opened = await this.open(sha256);
    if (opened === null) return this.parts.kept.withLocalFile(sha256, use);
    try {
      // Also what went wrong may have come from a change.
      const [result] = await Promise.allSettled([use(opened.name)]);
      await demandSame(opened);
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    } finally {
      await opened.handle.close();
    }
  }

  has(sha256: string): Promise<boolean> {
    return this.parts.kept.has(sha256);
  }

  async check(sha256: string): Promise<void> {
    const opened = await this.open(sha256);
    if (opened === null) return this.parts.kept.check(sha256);
    await opened.handle.close();
  }

  async read(sha256: string, range?: ByteRange): Promise<Readable> {
    const opened = await this.open(sha256);
    if (opened === null) return this.parts.kept.read(sha256, range);
    const bytes = Readable.from(unchanging(opened, range ?? {}));
    return bytes.once('close', () => void opened.handle.close());
  }

  async link(sha256: string, as: { disposition: string; type: string }): Promise<string | null> {
    if ((await this.parts.placed.placesOf(sha256)).some(({ kept }) => !kept)) return null;
    return (await this.parts.kept.link?.(sha256, as)) ?? null;
  }

  /** What lies in a folder stays there. */
  remove(sha256: string): Promise<void> {
    return this.parts.kept.remove(sha256);
  }

  sweep(): Promise<void> {
    return this.parts.kept.sweep();
  }

  freeBytes(): Promise<number> {
    return this.parts.kept.freeBytes();
  }

  ping(): Promise<void> {
    return this.parts.kept.ping();
  }

  /**
   * @returns null for what the library keeps itself, or what nobody knows
   * @throws DomainError when the content lies in folders alone, and in none of them at the moment
   */
  private async open(sha256: string): Promise<OpenFile | null> {
    const places = await this.parts.placed.placesOf(sha256);
    if (places.length === 0 || places.some(({ kept }) => kept)) return null;
    const faults = new Set<Fault>();
    for (const place of places) {
      const opened = await this.openAt(place);
      if (typeof opened !== 'string') return opened;
      faults.add(opened);
    }
    // It may have been copied a moment ago.
    if (await this.parts.kept.has(sha256)) return null;
    throw lacking(faults);
  }

  private async openAt(place: FoundPlace): Promise<OpenFile | Fault> {
    const { disk, placed } = this.parts;
    let opened: OpenFile;
    try {
      opened = await disk.openFile(place.root, place.path);
    } catch (error) {
      if (!(await disk.isThere(place.root))) return 'unplugged';
      return error instanceof DomainError && error.code === 'not_found' ? 'gone' : 'unreadable';
    }
    if (isSame(place, opened.stamp)) return opened;
    await opened.handle.close();
    const { sizeBytes, modifiedMs } = opened.stamp;
    if (sizeBytes !== place.sizeBytes || modifiedMs !== place.modifiedMs) return 'changed';
    // Only the system's own time is another: a change that set back the other one, a new name, or a drive that was mounted anew.
    try {
      const { sha256, ...stamp } = await disk.hash(place.root, place.path, new AbortController().signal);
      if (sha256 !== place.sha256) return 'changed';
      await placed.restamp(place, stamp);
      const again = await disk.openFile(place.root, place.path);
      if (isSame(stamp, again.stamp)) return again;
      await again.handle.close();
    } catch {
      return 'unreadable';
    }
    return 'changed';
  }
}

/** @throws DomainError `not_ready` at the end when the file was changed meanwhile */
async function* unchanging(opened: OpenFile, range: Partial<ByteRange>): AsyncGenerator<Buffer> {
  const stream = opened.handle.createReadStream({ ...range, autoClose: false, highWaterMark: CHUNK_BYTES });
  for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
  await demandSame(opened);
}

async function demandSame({ handle, stamp }: OpenFile): Promise<void> {
  if (!isSame(stamp, stampOf(await handle.stat()))) throw lacking(new Set<Fault>(['changed']));
}

function lacking(faults: ReadonlySet<Fault>): DomainError {
  const [id] = (
    [
      ['unplugged', 'place_unplugged'],
      ['changed', 'place_changed'],
      ['unreadable', 'place_unreadable'],
      ['gone', 'place_gone'],
    ] as const satisfies [Fault, ReasonId][]
  )
    .filter(([fault]) => faults.has(fault))
    .map(([, reason]) => reason);
  if (id === 'place_unplugged') {
    return new DomainError('busy', because(id), { transient: true, retryAfterS: UNPLUGGED_RETRY_S });
  }
  if (id === 'place_changed') return new DomainError('not_ready', because(id), { transient: true });
  return new DomainError('not_found', because(id ?? 'place_gone'));
}
