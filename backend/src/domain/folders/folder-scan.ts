import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../errors.js';
import type { Log } from '../log.js';
import { because, state } from '../reasons.js';
import type { Folder, FolderFile, FoundFile, Listing, ScanProgress } from './folders.types.js';
import {
  CopyIntake,
  meaningOf,
  PlaceIntake,
  placesByPath,
  rejected,
  type Intake,
  type IntakeParts,
  type Places,
  type Taken,
} from './intake.js';

export interface ScanParts extends IntakeParts {
  logger: Log;
  /** A file must have rested this long before it is read: what is still being written would be half a sound. */
  settleMs: number;
}

export interface ScanRequest {
  folder: Folder;
  signal: AbortSignal;
  /** Rejected files are tried again although they have not changed. */
  again: boolean;
  /** Look only into these folders, and into new ones below them; all without it. */
  from?: { directories: readonly string[]; known: ReadonlySet<string> };
  /** Told whenever `progress` has changed. */
  onProgress?: (progress: ScanProgress) => void;
}

/**
 * One pass over a folder: every file that is new or changed goes the way of an upload. What became of it is written down
 * at once, so that an interrupted pass goes on where it was.
 */
export class FolderScan {
  readonly progress: ScanProgress = {
    state: 'looking',
    found: 0,
    fresh: 0,
    done: 0,
    imported: 0,
    duplicates: 0,
    rejected: 0,
    ignored: 0,
  };

  private known: ReadonlyMap<string, FolderFile> = new Map();
  private intake: Intake | null = null;

  constructor(
    private readonly parts: ScanParts,
    private readonly request: ScanRequest,
  ) {}

  /**
   * @returns what was there
   * @throws DomainError `not_found`, `cancelled`, `storage_full`
   */
  async run(): Promise<Listing> {
    const { disk, folders, placed } = this.parts;
    const { folder, signal, from } = this.request;
    this.known = await folders.files(folder.id);
    const places = placesByPath(await placed.of(folder.id));
    const Chosen = folder.inPlace ? PlaceIntake : CopyIntake;
    this.intake = new Chosen(this.parts, { folder, places, signal });
    const listing = await disk.list(folder.path, {
      recursive: folder.recursive,
      inPlace: folder.inPlace,
      signal,
      onFound: (files) => (this.progress.found = files),
      ...(from ? { from } : {}),
    });
    if (folder.inPlace && !from && this.known.size > 0 && listing.files.length === 0) throw unplugged();
    await this.demandThere();
    await this.forgetGone(places, listing);
    const fresh = listing.files.filter((file) => this.isFresh(file, this.known.get(file.path)));
    Object.assign(this.progress, {
      state: 'importing',
      found: listing.files.length,
      fresh: fresh.length,
      ignored: listing.ignored,
    });
    this.tell();
    await this.importAll(fresh);
    await this.demandThere();
    return listing;
  }

  private tell(): void {
    this.parts.events.tell({ kind: 'folder', folderId: this.request.folder.id });
    this.request.onProgress?.({ ...this.progress });
  }

  private isFresh(file: FoundFile, known: FolderFile | undefined): boolean {
    if (!known || known.sizeBytes !== file.sizeBytes || known.modifiedMs !== file.modifiedMs) return true;
    if (this.request.again && known.outcome === 'rejected') return true;
    return file.refusal === undefined && this.intake!.isUnfinished(file, known);
  }

  /** What lies in a folder that cannot be read now is not gone. */
  private async forgetGone(places: Places, listing: Listing): Promise<void> {
    const { folders, placed } = this.parts;
    const { folder, from } = this.request;
    const there = new Set(listing.files.map(({ path }) => path));
    const looked = new Set([...listing.directories, ...listing.gone]);
    const closed = listing.files.filter(({ refusal }) => refusal !== undefined).map(({ path }) => `${path}/`);
    const isGone = (path: string): boolean =>
      !there.has(path) &&
      (from === undefined || looked.has(parentOf(path))) &&
      !closed.some((directory) => path.startsWith(directory));
    await folders.forget(folder.id, [...this.known.keys()].filter(isGone));
    await placed.gone(folder.id, [...places.keys()].filter(isGone));
  }

  /** Files that are still being written go to the end of the line, again and again until they rest. */
  private async importAll(files: FoundFile[]): Promise<void> {
    const { settleMs } = this.parts;
    const { signal } = this.request;
    let line = files;
    while (line.length > 0) {
      const unsettled: FoundFile[] = [];
      for (const file of line) {
        if (signal.aborted) throw cancelled();
        const age = Date.now() - file.modifiedMs;
        const settled = file.refusal !== undefined || age >= settleMs || age < 0;
        if (!settled || !(await this.importOne(file))) unsettled.push(file);
      }
      if (unsettled.length === 0) return;
      await sleep(settleMs, undefined, { signal }).catch(() => undefined);
      line = await this.lookAgain(unsettled);
    }
  }

  /** The same files with the size and time they have now; those that are gone are left out. */
  private async lookAgain(files: readonly FoundFile[]): Promise<FoundFile[]> {
    const { folder, signal } = this.request;
    const directories = [...new Set(files.map(({ path }) => parentOf(path)))];
    const listing = await this.parts.disk.list(folder.path, {
      recursive: false,
      signal,
      from: { directories, known: new Set(directories) },
    });
    const wanted = new Set(files.map(({ path }) => path));
    const there = listing.files.filter(({ path }) => wanted.has(path));
    this.progress.fresh -= files.length - there.length;
    return there;
  }

  /** False when the file changed while it was read. */
  private async importOne(file: FoundFile): Promise<boolean> {
    const result = await this.take(file);
    if (result === 'changing') return false;
    this.progress.done += 1;
    this.tell();
    if (result === 'gone') return true;
    const { outcome } = result;
    this.progress[outcome === 'duplicate' ? 'duplicates' : outcome] += 1;
    await this.parts.folders.record(this.request.folder.id, { ...file, ...result });
    return true;
  }

  private async take(file: FoundFile): Promise<Taken | 'changing' | 'gone'> {
    if (file.refusal !== undefined) return rejected(file.refusal);
    try {
      return await this.intake!.take(file, this.known.get(file.path));
    } catch (error) {
      if (error instanceof DomainError && (error.code === 'storage_full' || error.code === 'cancelled')) throw error;
      await this.demandThere();
      const meaning = meaningOf(error);
      if (meaning !== null) return meaning;
      this.parts.logger.error(
        { folder: this.request.folder.id, err: error },
        'a file of a folder could not be imported',
      );
      // It is that sound still, when it is tried again.
      const soundId = this.known.get(file.path)?.soundId ?? null;
      return { ...rejected(state(because('upload_not_stored'))), soundId };
    }
  }

  /** A drive that is not mounted must not look like one from which everything was deleted. @throws DomainError `not_found` */
  private async demandThere(): Promise<void> {
    const { folder } = this.request;
    if (folder.inPlace && this.known.size > 0 && !(await this.parts.disk.isThere(folder.path))) throw unplugged();
  }
}

const parentOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');
const cancelled = (): DomainError => new DomainError('cancelled', 'The scan was cancelled.');
const unplugged = (): DomainError => new DomainError('not_found', because('folder_unplugged'));
