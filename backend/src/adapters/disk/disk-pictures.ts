import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PictureCache } from '../../domain/library/spectrogram.ports.js';

/** Named in the file, so that pictures of an older way of drawing are not shown. */
const VERSION = 1;
const MAX_PICTURES = 2000;
/** How many of the oldest go when there are too many. */
const SWEPT = 200;

/** Pictures as files under `directory`. A disk that is full or read-only costs only the time to draw them again. */
export class DiskPictures implements PictureCache {
  constructor(private readonly options: { directory: string }) {}

  get(sha256: string): Promise<Buffer | null> {
    return readFile(this.fileOf(sha256)).catch(() => null);
  }

  async put(sha256: string, picture: Buffer): Promise<void> {
    const { directory } = this.options;
    const temporary = path.join(directory, `${randomUUID()}.part`);
    try {
      await mkdir(directory, { recursive: true });
      await this.makeRoom();
      await writeFile(temporary, picture);
      await rename(temporary, this.fileOf(sha256));
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  private async makeRoom(): Promise<void> {
    const { directory } = this.options;
    const names = await readdir(directory);
    if (names.length < MAX_PICTURES) return;
    const aged = await Promise.all(
      names.map(async (name) => ({ name, at: (await stat(path.join(directory, name))).mtimeMs })),
    );
    const oldest = aged.sort((a, b) => a.at - b.at).slice(0, SWEPT);
    await Promise.all(oldest.map(({ name }) => rm(path.join(directory, name), { force: true })));
  }

  private fileOf(sha256: string): string {
    return path.join(this.options.directory, `${sha256}-v${VERSION}.png`);
  }
}
