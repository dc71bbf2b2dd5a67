import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PictureCache } from '../../domain/library/spectrogram.ports.js';

/** Named in the file, so that pictures of an older way of drawing are not shown. */
const VERSION = 1;
/** The share of the oldest that goes when there are too many. */
const SWEPT = 0.1;

/** Pictures as files under `directory`, no more than `most`. A disk that is full or read-only costs only the time to draw them again. */
export class DiskPictures implements PictureCache {
  constructor(private readonly options: { directory: string; most: number }) {}

  get(name: string): Promise<Buffer | null> {
    return readFile(this.fileOf(name)).catch(() => null);
  }

  async put(name: string, picture: Buffer): Promise<void> {
    const { directory } = this.options;
    const temporary = path.join(directory, `${randomUUID()}.part`);
    try {
      await mkdir(directory, { recursive: true });
      await this.makeRoom();
      await writeFile(temporary, picture);
      await rename(temporary, this.fileOf(name));
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  private async makeRoom(): Promise<void> {
    const { directory, most } = this.options;
    const names = await readdir(directory);
    if (names.length < most) return;
    const aged = await Promise.all(
      names.map(async (name) => ({ name, at: (await stat(path.join(directory, name))).mtimeMs })),
    );
    const oldest = aged.sort((a, b) => a.at - b.at).slice(0, Math.ceil(SWEPT * most));
    await Promise.all(oldest.map(({ name }) => rm(path.join(directory, name), { force: true })));
  }

  private fileOf(name: string): string {
    return path.join(this.options.directory, `${name}-v${VERSION}.png`);
  }
}
