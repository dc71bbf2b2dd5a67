import path from 'node:path';
import type { FolderWatch } from './folders.ports.js';

/** Collects which parts of one folder changed, and says so once it has been quiet for a moment. */
export class FolderFollower {
  /** Folders that are watched, relative to the folder. */
  readonly known = new Set<string>();
  /** Some folders cannot be watched: the system has a limit. */
  partly = false;
  private readonly changed = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly parts: {
      root: string;
      watch: FolderWatch;
      quietMs: number;
      onQuiet: () => void;
    },
  ) {
    parts.watch.onChange = (directory) => this.note(this.relative(directory));
  }

  /** After a pass over everything. What came while it ran is looked at again. */
  follow(directories: readonly string[]): void {
    const there = new Set(directories);
    this.drop([...this.known].filter((directory) => !there.has(directory)));
    this.partly = false;
    this.begin(directories);
  }

  /** After a pass over what had changed. */
  followAlso(directories: readonly string[], gone: readonly string[]): void {
    this.drop(gone);
    this.begin(directories);
  }

  /** What changed since the last call. */
  take(): string[] {
    const directories = [...this.changed];
    this.changed.clear();
    return directories;
  }

  close(): void {
    clearTimeout(this.timer);
    this.parts.watch.close();
  }

  private begin(directories: readonly string[]): void {
    const { begun, failed } = this.parts.watch.follow(this.absolute(directories));
    if (failed > 0) this.partly = true;
    for (const directory of directories) this.known.add(directory);
    for (const directory of begun) this.note(this.relative(directory));
  }

  private drop(directories: readonly string[]): void {
    for (const directory of directories) this.known.delete(directory);
    this.parts.watch.drop(this.absolute(directories));
  }

  private note(directory: string): void {
    this.changed.add(directory);
    clearTimeout(this.timer);
    this.timer = setTimeout(this.parts.onQuiet, this.parts.quietMs);
  }

  private relative(directory: string): string {
    return path.relative(this.parts.root, directory).split(path.sep).join('/');
  }

  private absolute(directories: readonly string[]): string[] {
    return directories.map((directory) => path.join(this.parts.root, directory));
  }
}
