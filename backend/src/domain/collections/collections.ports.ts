import type { Access, Viewer } from '../accounts/viewer.js';
import type { Awaitable } from '../awaitable.js';
import type { Page, Sound } from '../library/library.types.js';
import type {
  Added,
  BinnedCollection,
  Collection,
  CollectionListRequest,
  CollectionPatch,
  Removed,
} from './collections.types.js';

/**
 * Collections and what is in them. Each call is one transaction. Sounds that are deleted leave by themselves. Whatever takes a name
 * throws `conflict` when another one has it, also one that another process makes at the same time. `among`: who must see the other one
 * for that; the viewer where nobody is named.
 */
export interface CollectionRepository {
  /** By name. @throws DomainError `invalid_input` for a cursor of another list */
  list(request: CollectionListRequest): Awaitable<Page<Collection>>;
  get(id: string): Awaitable<Collection | null>;
  /** Without `access` it is the first account's, and everybody's to see. @throws DomainError `conflict` */
  create(collection: {
    id: string;
    name: string;
    description: string | null;
    access?: Omit<Access, 'people'>;
  }): Awaitable<Collection>;
  /** @throws DomainError `conflict` */
  update(id: string, patch: CollectionPatch, among?: Viewer): Awaitable<Collection | null>;
  /** Moves one into the bin: everything but the bin loses sight of it. False where it is not there. */
  put(id: string): Awaitable<boolean>;
  /** Those in the bin, latest deleted first. @throws DomainError `invalid_input` for a cursor of another list */
  binned(page: { limit: number; cursor?: string | undefined }): Awaitable<Page<BinnedCollection>>;
  getBinned(id: string): Awaitable<BinnedCollection | null>;
  /** Out of the bin, as it was; null where it is not in there. @throws DomainError `conflict` */
  restore(id: string, among?: Viewer): Awaitable<Collection | null>;
  /** For good; false where it is not there. @param from `bin` leaves alone what is not, or no longer, in the bin */
  erase(id: string, from: 'bin' | 'anywhere'): Awaitable<boolean>;
  /** In their order. @throws DomainError `invalid_input` for a cursor of another list */
  sounds(id: string, page: { limit: number; cursor?: string | undefined }): Awaitable<Page<Sound>>;
  /** At the end, in the order given. */
  add(id: string, soundIds: readonly string[]): Awaitable<Added>;
  remove(id: string, soundIds: readonly string[]): Awaitable<Removed>;
  /**
   * Puts sounds, in the order given, before another one or (with null) at the end. Those not in it are left out.
   * @throws DomainError `not_found` when the other one is not in it
   */
  move(id: string, soundIds: readonly string[], before: string | null): Awaitable<void>;
}
