import { DomainError } from '../../domain/errors.js';
import type { PlacedFiles } from '../../domain/library/placed.ports.js';
import type { FileAudit } from '../../domain/maintenance/maintenance.ports.js';
import type { FileFault } from '../../domain/maintenance/maintenance.types.js';
import { HashThread } from '../hash-thread.js';
import type { PlacedAudioStore } from './placed-audio-store.js';

/** Looks at the files of a {@link PlacedAudioStore}. */
export class PlacedFileAudit implements FileAudit {
  private readonly hashing = new HashThread();

  constructor(
    private readonly parts: {
      kept: FileAudit;
      store: PlacedAudioStore;
      placed: Pick<PlacedFiles, 'placesOf'>;
    },
  ) {}

  async examine(
    sound: { sha256: string; sizeBytes: number },
    options: { hash: boolean; signal: AbortSignal },
  ): Promise<FileFault | null> {
    const { kept, store, placed } = this.parts;
    const places = await placed.placesOf(sound.sha256);
    if (places.length === 0 || places.some((place) => place.kept)) return kept.examine(sound, options);
    try {
      if (!options.hash) return await store.check(sound.sha256).then(() => null);
      const found = await store.withLocalFile(sound.sha256, (file) => this.hashing.hash(file, options.signal));
      return found === sound.sha256 ? null : 'damaged';
    } catch (error) {
      if (options.signal.aborted || !(error instanceof DomainError)) throw error;
      if (error.code === 'busy') return 'unplugged';
      return error.code === 'not_ready' ? 'damaged' : 'missing';
    }
  }

  strays(known: ReadonlySet<string>, before: Date): Promise<{ files: number; bytes: number }> {
    return this.parts.kept.strays(known, before);
  }

  async close(): Promise<void> {
    await this.hashing.close();
    await this.parts.kept.close();
  }
}
