import { existsSync, watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import type { FolderWatch } from '../../domain/folders/folders.ports.js';

/**
 * One watch per directory, which also tells of the files in it. Libraries for watching trees take one per file, and the
 * system has a limit (Linux: `fs.inotify.max_user_watches`) that a sample collection soon reaches.
 */
export class DiskWatch implements FolderWatch {
  onChange: (directory: string) => void = () => undefined;
  private readonly watches = new Map<string, FSWatcher>();

  follow(directories: readonly string[]): { begun: string[]; failed: number } {
    const begun: string[] = [];
    let failed = 0;
    for (const directory of directories) {
      if (this.watches.has(directory) || !existsSync(directory)) continue;
      if (this.begin(directory)) begun.push(directory);
      else failed += 1;
    }
    return { begun, failed };
  }

  drop(directories: readonly string[]): void {
    for (const directory of directories) {
      this.watches.get(directory)?.close();
      this.watches.delete(directory);
    }
  }

  close(): void {
    this.drop([...this.watches.keys()]);
  }

  private begin(directory: string): boolean {
    try {
      const watcher = watch(directory, { persistent: false }, (_event, name) => {
        // A change of the directory itself: it may be another one under the same name by now, which nobody watches.
        if (name === path.basename(directory)) this.drop([directory]);
        this.onChange(directory);
      });
      // A disk that goes away: the next scan sees it.
      watcher.on('error', () => this.drop([directory]));
      this.watches.set(directory, watcher);
      return true;
    } catch {
      return false;
    }
  }
}
