import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile, type ReadStreamOptions } from 'yazl';

/**
 * A ZIP that grows while it is read. Files are stored, not deflated (audio would not shrink), and one is open at a time; one that breaks
 * off in the middle breaks the ZIP off as well.
 */
export class FilesZip {
  readonly output: Readable;
  private readonly zip = new ZipFile();

  /** @param fill adds everything, one thing after the other */
  constructor(fill: (zip: FilesZip) => Promise<void>) {
    this.output = this.zip.outputStream as Readable;
    const breakOff = (error: unknown): void => void this.output.destroy(error as Error);
    this.zip.on('error', breakOff);
    fill(this).then(() => this.zip.end(), breakOff);
  }

  /** Ends when all of the file is in, which takes until somebody has read it, or when nobody reads any more. */
  async addFile(name: string, file: Readable, options: Partial<ReadStreamOptions>): Promise<void> {
    // Whoever asked for it has left meanwhile.
    if (this.output.destroyed) {
      file.destroy();
      throw new Error('nobody reads the archive any more');
    }
    const leave = (): void => void file.destroy();
    this.output.once('close', leave);
    this.zip.addReadStream(file, name, { compress: false, ...options });
    await finished(file).finally(() => this.output.off('close', leave));
  }

  addText(name: string, text: string): void {
    this.zip.addBuffer(Buffer.from(text), name);
  }
}
