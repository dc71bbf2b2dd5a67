import type { Readable } from 'node:stream';
import { SYSTEM } from '../accounts/actor.js';
import { DomainError, isCancelled } from '../errors.js';
import type { EventSink } from '../events.js';
import type { UploadService } from '../ingest/upload.service.js';
import { safeFilename } from '../library/filename.js';
import type { AudioStore, ReceivedFile } from '../library/library.ports.js';
import { folderOf } from '../library/origins.js';
import type { FileStamp, FoundPlace, PlacedFile, PlacedFiles } from '../library/placed.ports.js';
import { because, state, type Stated } from '../reasons.js';
import type { FolderDisk, FolderRepository } from './folders.ports.js';
import type { Folder, FolderFile, FoundFile } from './folders.types.js';

export interface IntakeParts {
  disk: FolderDisk;
  folders: FolderRepository;
  uploads: Pick<UploadService, 'receive' | 'admit'>;
  placed: PlacedFiles;
  /** With the files that stay in their folders. */
  store: Pick<AudioStore, 'has' | 'withLocalFile'>;
  events: EventSink;
}

export type Taken = Pick<FolderFile, 'outcome' | 'reason' | 'soundId'>;

/** How files of one folder come into the library, during one scan. */
export interface Intake {
  /** Whether a file that is known has to be looked at although it looks as it did. */
  isUnfinished(file: FoundFile, known: FolderFile): boolean;
  /** @throws DomainError of the file; `not_ready` when it changes meanwhile, `not_found` when it is gone */
  take(file: FoundFile, known: FolderFile | undefined): Promise<Taken>;
}

/** What is known of the folder's places, by path. */
export type Places = ReadonlyMap<string, readonly PlacedFile[]>;

export function placesByPath(files: readonly PlacedFile[]): Places {
  const places = new Map<string, PlacedFile[]>();
  for (const file of files) {
    const known = places.get(file.path);
    if (known) known.push(file);
    else places.set(file.path, [file]);
  }
  return places;
}

const SERVER_FAULT = state(because('upload_not_stored'));

/** The bytes of each file become the library's own. */
export class CopyIntake implements Intake {
  constructor(
    private readonly parts: IntakeParts,
    private readonly scan: { folder: Folder; places: Places; signal: AbortSignal },
  ) {}

  /** The folder stayed in its place until lately. */
  isUnfinished({ path }: FoundFile, { outcome }: FolderFile): boolean {
    return outcome !== 'rejected' && this.isPlaced(path);
  }

  async take(file: FoundFile, known: FolderFile | undefined): Promise<Taken> {
    const { disk, uploads, placed } = this.parts;
    const { folder, signal } = this.scan;
    let bytes: Readable | undefined;
    try {
      // Before the file is open: nobody would hear of a fault of it meanwhile.
      const replaces = await this.replacedBy(known);
      bytes = await disk.open(folder.path, file.path, signal);
      const { filename, folder: from } = originOf(folder.path, file.path);
      const options = { replaces, fromBin: false, batch: true, folder: from };
      const { status, soundId, error } = await uploads.receive(SYSTEM, filename, bytes, options);
      if (status === 'rejected') return rejected(error ?? SERVER_FAULT);
      if (this.isPlaced(file.path)) await placed.release(folder.id, file.path);
      return { outcome: status === 'queued' ? 'imported' : 'duplicate', reason: null, soundId: soundId ?? null };
    } finally {
      bytes?.destroy();
    }
  }

  private isPlaced(path: string): boolean {
    return this.scan.places.get(path)?.some(({ state }) => state !== 'refused') ?? false;
  }

  /** The sound that this file was before it changed, unless other files are the same sound. */
  private async replacedBy(before: FolderFile | undefined): Promise<string | undefined> {
    if (!before?.soundId || before.outcome !== 'imported') return undefined;
    return (await this.parts.folders.filesOf(before.soundId)) === 1 ? before.soundId : undefined;
  }
}

/** Each file stays where it is: what is noted down is which content lies there. */
export class PlaceIntake implements Intake {
  constructor(
    private readonly parts: IntakeParts,
    private readonly scan: { folder: Folder; places: Places; signal: AbortSignal },
  ) {}

  isUnfinished(file: FoundFile, { outcome }: FolderFile): boolean {
    if (outcome === 'rejected') return false;
    const place = this.scan.places.get(file.path)?.find((each) => isAs(each, file));
    return place === undefined || place.state === 'missing' || place.state === 'away';
  }

  /** The place is noted before the sound is accepted: nothing accepted lacks its bytes, and what a crash leaves is looked at again. */
  async take(file: FoundFile, known: FolderFile | undefined): Promise<Taken> {
    const { disk, uploads, placed, store } = this.parts;
    const { folder, places, signal } = this.scan;
    const { path } = file;
    const { sha256, ...stamp } = await disk.hash(folder.path, path, signal);
    const place = { folderId: folder.id, path, sha256, ...stamp };
    if (await this.wasDeleted(place, file, known)) {
      await placed.refuse(place);
      await placed.settle(folder.id, path, sha256);
      return rejected(state(because('place_deleted')));
    }
    await this.lookForLost(place);
    const replaces = await this.replacedBy(place, known);
    const fromBin = await placed.isAway(sha256);
    await placed.put({ ...place, kept: await store.has(sha256) });
    const moved = await placed.settle(folder.id, path, sha256);
    const origin = originOf(folder.path, path);
    const received: ReceivedFile = {
      sha256,
      sizeBytes: stamp.sizeBytes,
      withLocalFile: (use) => store.withLocalFile(sha256, use),
      keep: () => Promise.resolve(),
      discard: async () => placed.drop(place),
    };
    const options = { replaces, anyRecording: true, fromBin, batch: true, folder: origin.folder, signal };
    const { status, soundId, error } = await uploads.admit(SYSTEM, origin.filename, received, options);
    if (status === 'rejected' || soundId === undefined) return rejected(error ?? SERVER_FAULT);
    // What the sound had before it was read again.
    for (const { sha256: other } of places.get(path) ?? []) {
      if (other !== sha256) await placed.drop({ ...place, sha256: other });
    }
    for (const from of moved) await this.renamed(soundId, originOf(from.root ?? '', from.path), origin);
    const returned = moved.length > 0 || (places.get(path)?.some((each) => each.sha256 === sha256) ?? false);
    const same = known?.soundId === soundId && known.outcome !== 'rejected' ? known.outcome : 'duplicate';
    return { outcome: status === 'duplicate' && !returned ? same : 'imported', reason: null, soundId };
  }

  private async wasDeleted(
    place: { sha256: string },
    file: FoundFile,
    known: FolderFile | undefined,
  ): Promise<boolean> {
    const { placed } = this.parts;
    if (await placed.isRefused(this.scan.folder.id, place.sha256)) return true;
    // It was a copy then.
    if (!known?.soundId || known.sizeBytes !== file.sizeBytes || known.modifiedMs !== file.modifiedMs) return false;
    return !(await placed.hasSound(known.soundId));
  }

  /** Where this content was until now it may be no longer, although nobody has looked there yet: it was moved. */
  private async lookForLost({ folderId, path, sha256 }: { folderId: string; path: string; sha256: string }) {
    const { disk, placed } = this.parts;
    for (const other of await placed.placesOf(sha256)) {
      if (other.state !== 'there' || (other.folderId === folderId && other.path === path)) continue;
      if (await this.isStillAt(other)) continue;
      if (await disk.isThere(other.root)) await placed.gone(other.folderId, [other.path]);
    }
  }

  private async isStillAt(other: FoundPlace): Promise<boolean> {
    const { disk } = this.parts;
    try {
      const stamp = await disk.stamp(other.root, other.path);
      if (stamp === null) return false;
      if (isAs(other, { path: other.path, ...stamp })) return true;
      return (await disk.hash(other.root, other.path, this.scan.signal)).sha256 === other.sha256;
    } catch (error) {
      // What cannot be read is not gone.
      if (isCancelled(error)) throw error;
      return true;
    }
  }

  /** The sound that this file was before it changed, unless its content is still to be had elsewhere. */
  private async replacedBy(
    place: { folderId: string; path: string; sha256: string },
    known: FolderFile | undefined,
  ): Promise<string | undefined> {
    const { placed } = this.parts;
    const before = this.scan.places
      .get(place.path)
      ?.find(({ sha256, state }) => sha256 !== place.sha256 && state !== 'refused' && state !== 'away');
    if (!before || !known?.soundId) return undefined;
    const places = await placed.placesOf(before.sha256);
    const isHere = (each: PlacedFile): boolean => each.folderId === place.folderId && each.path === place.path;
    return places.some((each) => each.kept || (each.state === 'there' && !isHere(each))) ? undefined : known.soundId;
  }

  private async renamed(soundId: string, from: Origin, to: Origin): Promise<void> {
    if (from.folder === to.folder && from.filename === to.filename) return;
    await this.parts.folders.rename(soundId, from, to);
    this.parts.events.tell({ kind: 'sound', change: 'updated', soundId });
  }
}

type Origin = ReturnType<typeof originOf>;

const lastOf = (path: string): string => path.split('/').filter(Boolean).at(-1) ?? '';

/** Where a sound says that it comes from: an imported folder is called by its own name. */
const originOf = (root: string, path: string) => ({
  folder: folderOf(`${lastOf(root)}/${path}`),
  filename: safeFilename(lastOf(path)),
});

const isAs = (place: FileStamp, { sizeBytes, modifiedMs, changedMs }: FoundFile): boolean =>
  place.sizeBytes === sizeBytes && place.modifiedMs === modifiedMs && place.changedMs === changedMs;

export const rejected = (reason: Stated): Taken => ({ outcome: 'rejected', reason, soundId: null });

/** What a fault while a file is taken means for it; null for one that ends the scan. */
export function meaningOf(error: unknown): 'changing' | 'gone' | Taken | null {
  const code = error instanceof DomainError ? error.code : null;
  if (code === 'not_ready') return 'changing';
  if (code === 'not_found') return 'gone';
  if (code === 'unreadable_media' || code === 'invalid_input') return rejected((error as DomainError).stated);
  return null;
}
