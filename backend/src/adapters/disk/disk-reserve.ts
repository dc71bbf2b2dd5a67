import { randomBytes } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { asStorageFull } from '../../domain/errors.js';
import type { Reserve } from '../../domain/library/bin.ports.js';
import { freeBytesOf } from '../free-space.js';

/** Enough to note down a hundred deleted sounds. */
const BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** A file that does nothing but take space, until the disk is full and it makes room. */
export class DiskReserve implements Reserve {
  private filling: Promise<void> = Promise.resolve();

  constructor(private readonly options: { file: string; bytes?: number }) {}

  async use<T>(work: () => T | Promise<T>, { keepHalf } = { keepHalf: false }): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const left = await this.size();
      if (!asStorageFull(error) || left === 0 || (keepHalf && left < this.bytes / 2)) throw error;
      await rm(this.options.file, { force: true });
      try {
        return await work();
      } finally {
        await this.fill();
      }
    }
  }

  /** Does the work with the space of the reserve from the beginning, where there is little other: what cannot be done once more. */
  async lend<T>(work: () => Promise<T>): Promise<T> {
    const free = await freeBytesOf(path.dirname(this.options.file)).catch(() => Infinity);
    if (free < this.bytes) await rm(this.options.file, { force: true });
    try {
      return await work();
    } finally {
      await this.fill();
    }
  }

  fill(): Promise<void> {
    this.filling = this.filling.then(() => this.extend());
    return this.filling;
  }

  private get bytes(): number {
    return this.options.bytes ?? BYTES;
  }

  private async size(): Promise<number> {
    return stat(this.options.file).then(
      ({ size }) => size,
      () => 0,
    );
  }

  /** Takes what there is, and no fault of the disk is worth more than doing without. */
  private async extend(): Promise<void> {
    const file = await open(this.options.file, 'a', 0o600).catch(() => null);
    if (!file) return;
    try {
      let { size } = await file.stat();
      while (size < this.bytes) {
        // Noise: a file system that compresses would take no space for zeros.
        const { bytesWritten } = await file.write(randomBytes(Math.min(CHUNK_BYTES, this.bytes - size)));
        size += bytesWritten;
      }
    } catch {
      // Full before the reserve is whole: the rest follows when there is space.
    } finally {
      await file.close();
    }
  }
}
