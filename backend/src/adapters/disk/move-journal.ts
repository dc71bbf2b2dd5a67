import { createHash } from 'node:crypto';
import { appendFile, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { MoveJournal } from '../../domain/moving/moving.ports.js';
import { makeDirectory } from '../make-directory.js';

/** A file of hashes, one to a line, by the name of the target. A line that was cut off counts as not written. */
export class DiskMoveJournal implements MoveJournal {
  private readonly file: string;

  constructor(private readonly options: { directory: string; target: string }) {
    const name = createHash('sha256').update(options.target).digest('hex').slice(0, 16);
    this.file = path.join(options.directory, `moving-${name}.txt`);
  }

  async read(): Promise<Set<string> | null> {
    const text = await readFile(this.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    return text === null ? null : new Set(text.match(/^[0-9a-f]{64}(?=\n)/gm) ?? []);
  }

  async begin(): Promise<void> {
    await makeDirectory(this.options.directory);
    // The end of a line that was cut off.
    await appendFile(this.file, '\n');
  }

  async add(sha256: string): Promise<void> {
    await appendFile(this.file, `${sha256}\n`);
  }

  async remove(): Promise<void> {
    await rm(this.file, { force: true });
  }
}
