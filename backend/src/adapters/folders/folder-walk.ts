import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../../domain/errors.js';
import { isAudioName, isHidden } from '../../domain/folders/audio-names.js';
import type { FolderDisk } from '../../domain/folders/folders.ports.js';
import type { Listing } from '../../domain/folders/folders.types.js';
import { isInside, LEADS_OUT } from './paths.js';
import { because, state, type Reason } from '../../domain/reasons.js';

const AT_ONCE = 32;
const UNREADABLE = because('folder_not_readable');
const BAD_NAME = because('file_name_odd');

/** One walk through a folder. Each real directory is read once, so that links in a circle come to an end. */
export class FolderWalk {
  private readonly listing: Listing = { files: [], directories: [], gone: [], ignored: 0 };
  private readonly seen = new Set<string>();

  constructor(
    private readonly root: string,
    private readonly allowed: readonly string[],
    private readonly options: Parameters<FolderDisk['list']>[1],
    private readonly leadsOut = LEADS_OUT,
  ) {}

  async run(): Promise<Listing> {
    const { from, signal } = this.options;
    const left = from ? [...from.directories] : [''];
    for (let directory = left.pop(); directory !== undefined; directory = left.pop()) {
      if (signal.aborted) throw new DomainError('cancelled', 'The scan was cancelled.');
      const below = await this.read(directory);
      if (this.options.recursive || from) left.push(...below.filter((child) => this.isWanted(child)));
      this.options.onFound?.(this.listing.files.length);
    }
    return this.listing;
  }

  private isWanted(directory: string): boolean {
    return this.options.recursive && !this.options.from?.known.has(directory);
  }

  /** @returns the directories in it */
  private async read(directory: string): Promise<string[]> {
    const absolute = path.join(this.root, directory);
    const real = await realpath(absolute).catch(() => null);
    if (real !== null && !this.isAllowed(real)) {
      this.refuse(directory, this.leadsOut);
      return [];
    }
    const entries = real === null ? null : await this.entriesOf(real, directory);
    if (entries === null && directory === '') {
      throw new DomainError('not_found', because('folder_gone'));
    }
    if (real === null || entries === null) {
      if (real === null) this.listing.gone.push(directory);
      return [];
    }
    if (this.seen.has(real)) return [];
    this.seen.add(real);
    this.listing.directories.push(directory);
    const below: string[] = [];
    const visible = entries.filter(({ name }) => !isHidden(name));
    for (let i = 0; i < visible.length; i += AT_ONCE) {
      const children = await Promise.all(
        visible
          .slice(i, i + AT_ONCE)
          .map((entry) => this.visit(entry, directory === '' ? entry.name : `${directory}/${entry.name}`)),
      );
      below.push(...children.filter((child) => child !== null));
    }
    return below;
  }

  private async entriesOf(real: string, directory: string): Promise<Dirent[] | null> {
    try {
      return await readdir(real, { withFileTypes: true });
    } catch {
      if (directory !== '') this.refuse(directory, UNREADABLE);
      return null;
    }
  }

  /** @returns the path when it is a directory */
  private async visit(entry: Dirent, relative: string): Promise<string | null> {
    if (entry.isDirectory()) return relative;
    if (!entry.isFile() && !entry.isSymbolicLink()) return null;
    const absolute = path.join(this.root, relative);
    if (entry.isSymbolicLink()) {
      const real = await realpath(absolute).catch(() => null);
      if (real === null) return null;
      if (!this.isAllowed(real)) {
        this.refuse(relative, this.leadsOut);
        return null;
      }
    }
    const found = await stat(absolute).catch(() => null);
    if (found?.isDirectory()) return relative;
    if (!isAudioName(entry.name)) this.listing.ignored += 1;
    else if (entry.name.includes('\ufffd')) this.refuse(relative, BAD_NAME);
    else if (found?.isFile()) {
      this.listing.files.push({
        path: relative,
        sizeBytes: found.size,
        modifiedMs: found.mtimeMs,
        changedMs: found.ctimeMs,
      });
    }
    return null;
  }

  private refuse(relative: string, reason: Reason): void {
    this.listing.files.push({ path: relative, sizeBytes: 0, modifiedMs: 0, refusal: state(reason) });
  }

  private isAllowed(real: string): boolean {
    return this.allowed.some((root) => isInside(root, real));
  }
}
