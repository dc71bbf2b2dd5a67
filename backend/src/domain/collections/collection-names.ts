import type { Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import { DomainError } from '../errors.js';
import { KeyedLock } from '../keyed-lock.js';
import { because } from '../reasons.js';
import type { CollectionRepository } from './collections.ports.js';

/** Names of collections: one is looked up and taken without another coming in between. */
export class CollectionNames {
  readonly #lock = new KeyedLock();

  constructor(private readonly collections: Seen<Pick<CollectionRepository, 'named'>>) {}

  /**
   * Does the work that takes a name.
   * @param except the collection that may have it
   * @throws DomainError `conflict` when another one has it that the actor sees; what the work throws
   */
  taking<T>(actor: Actor, name: string, except: string | null, work: () => Promise<T>): Promise<T> {
    return this.#lock.run('names', async () => {
      const other = await this.collections(viewerOf(actor)).named(name);
      if (other && other.id !== except) {
        const message = because('collection_name_taken', { name: other.name });
        throw new DomainError('conflict', message, { fields: [{ path: 'name', message: 'is taken' }] });
      }
      return work();
    });
  }
}
