import { folderOf } from '../library/origins.js';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM } from '../accounts/actor.js';
import { DomainError } from '../errors.js';
import type { EventSink } from '../events.js';
import type { UploadService } from '../ingest/upload.service.js';
import type { Log } from '../log.js';
import type { FolderDisk, FolderRepository } from './folders.ports.js';
import type { Folder, FolderFile, FoundFile, Listing, ScanProgress } from './folders.types.js';
import { because, state, type Stated } from '../reasons.js';

export interface ScanParts {
  disk: FolderDisk;
  folders: FolderRepository;
  uploads: Pick<UploadService, 'receive'>;
  events: EventSink;
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

const SERVER_FAULT = state(because('upload_not_stored'));

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

  constructor(
    private readonly parts: ScanParts,
    private readonly request: ScanRequest,
  ) {}

  /**
   * @returns what was there
   * @throws DomainError `not_found`, `cancelled`, `storage_full`
   */
  async run(): Promise<Listing> {
    const { disk, folders } = this.parts;
    const { folder, signal, from } = this.request;
    const listing = await disk.list(folder.path, {
      recursive: folder.recursive,
      signal,
      onFound: (files) => (this.progress.found = files),
      ...(from ? { from } : {}),
    });
    const known = await folders.files(folder.id);
    await this.forgetGone(known, listing);
    const fresh = listing.files.filter((file) => this.isFresh(file, known.get(file.path)));
    Object.assign(this.progress, {
      state: 'importing',
      found: listing.files.length,
      fresh: fresh.length,
      ignored: listing.ignored,
    });
    this.known = known;
    this.tell();
    await this.importAll(fresh);
    return listing;
  }

  private tell(): void {
    this.parts.events.tell({ kind: 'folder', folderId: this.request.folder.id });
    this.request.onProgress?.({ ...this.progress });
  }

  private isFresh(file: FoundFile, known: FolderFile | undefined): boolean {
    if (!known || known.sizeBytes !== file.sizeBytes || known.modifiedMs !== file.modifiedMs) return true;
    return this.request.again && known.outcome === 'rejected';
  }

  private async forgetGone(known: ReadonlyMap<string, FolderFile>, listing: Listing): Promise<void> {
    const there = new Set(listing.files.map(({ path }) => path));
    const looked = new Set([...listing.directories, ...listing.gone]);
    const whole = this.request.from === undefined;
    const gone = [...known.keys()].filter((path) => !there.has(path) && (whole || looked.has(parentOf(path))));
    await this.parts.folders.forget(this.request.folder.id, gone);
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

  /** The sound that this file was before it changed, unless other files are the same sound. */
  private async replacedBy({ path }: FoundFile): Promise<string | undefined> {
    const before = this.known.get(path);
    if (!before?.soundId || before.outcome !== 'imported') return undefined;
    return (await this.parts.folders.filesOf(before.soundId)) === 1 ? before.soundId : undefined;
  }

  private async take(
    file: FoundFile,
  ): Promise<Pick<FolderFile, 'outcome' | 'reason' | 'soundId'> | 'changing' | 'gone'> {
    const { disk, uploads, logger } = this.parts;
    const { folder, signal } = this.request;
    if (file.refusal !== undefined) return rejected(file.refusal);
    let bytes: Readable | undefined;
    try {
      // Before the file is open: nobody would hear of a fault of it meanwhile.
      const replaces = await this.replacedBy(file);
      bytes = await disk.open(folder.path, file.path, signal);
      const name = file.path.split('/').at(-1) ?? file.path;
      const { status, soundId, error } = await uploads.receive(SYSTEM, name, bytes, {
        replaces,
        fromBin: false,
        batch: true,
        folder: folderOf(`${folder.path.split('/').filter(Boolean).at(-1) ?? ''}/${file.path}`),
      });
      if (status === 'rejected') return rejected(error ?? SERVER_FAULT);
      return { outcome: status === 'queued' ? 'imported' : 'duplicate', reason: null, soundId: soundId ?? null };
    } catch (error) {
      const code = error instanceof DomainError ? error.code : null;
      if (code === 'not_ready') return 'changing';
      if (code === 'not_found') return 'gone';
      if (code === 'storage_full' || code === 'cancelled') throw error;
      if (code === 'unreadable_media' || code === 'invalid_input') return rejected((error as DomainError).stated);
      logger.error({ folder: folder.id, err: error }, 'a file of a folder could not be imported');
      return rejected(SERVER_FAULT);
    } finally {
      bytes?.destroy();
    }
  }
}

const rejected = (reason: Stated) => ({ outcome: 'rejected' as const, reason, soundId: null });
const parentOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');
const cancelled = (): DomainError => new DomainError('cancelled', 'The scan was cancelled.');
