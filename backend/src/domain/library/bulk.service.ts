import { isUnfinished } from '../ingest/ingest.types.js';
import type { JobQueue, JobRepository } from '../ingest/ingest.ports.js';
import type { KeyedLock } from '../keyed-lock.js';
import type { BulkRepository, TagChange, TagOutcome } from './bulk.ports.js';
import type { AudioStore, SoundRepository } from './library.ports.js';
import type { LibraryChange } from './library.service.js';

/** What people do with many sounds at once. */
export class BulkService {
  readonly #parts;

  /** @param parts `locks` as for the library service; `onChange` is told of every sound */
  constructor(parts: {
    bulk: BulkRepository;
    sounds: SoundRepository;
    jobs: JobRepository;
    store: AudioStore;
    queue: JobQueue;
    locks: KeyedLock;
    onChange: (change: LibraryChange) => void;
  }) {
    this.#parts = parts;
  }

  async changeTags(ids: readonly string[], change: TagChange): Promise<TagOutcome> {
    const outcome = await this.#parts.bulk.changeTags([...new Set(ids)], change);
    for (const soundId of [...outcome.done, ...outcome.fromFile]) this.#parts.onChange({ change: 'updated', soundId });
    return outcome;
  }

  /** Removes what exists of these from the library in one go, then their jobs and bytes. */
  async delete(ids: readonly string[]): Promise<{ deleted: string[]; notFound: string[] }> {
    const { bulk, sounds, jobs, store, queue, locks, onChange } = this.#parts;
    const wanted = [...new Set(ids)];
    const hashes = wanted.flatMap((id) => sounds.get(id)?.sha256 ?? []);
    const removed = await locks.runAll(hashes, async () => {
      const open = wanted.flatMap((id) => jobs.latestFor(id) ?? []).filter(isUnfinished);
      const gone = await bulk.delete(wanted);
      // A job that stays in the queue finds no row and is skipped, so a queue that is down does not matter.
      for (const { id } of open) await queue.remove(id).catch(() => undefined);
      for (const { sha256 } of gone) await store.remove(sha256);
      return gone;
    });
    const deleted = removed.map(({ id }) => id);
    for (const soundId of deleted) onChange({ change: 'deleted', soundId });
    const present = new Set(deleted);
    return { deleted, notFound: wanted.filter((id) => !present.has(id)) };
  }
}
