import { randomUUID } from 'node:crypto';
import { demand, type Actor } from '../accounts/actor.js';
import { changerOf, viewerOf, type Seen, type Visibility } from '../accounts/viewer.js';
import { DomainError, notFound } from '../errors.js';
import { MOST_NAMED, type CollectionChange, type EventSink } from '../events.js';
import type { Page, Sound } from '../library/library.types.js';
import type { CollectionRepository } from './collections.ports.js';
import type { Added, Collection, CollectionListRequest, CollectionPatch, Removed } from './collections.types.js';
import { because } from '../reasons.js';

/** Sounds of an export, read in parts of this many. */
const PART = 500;

/** What people do with lists of sounds. Every call but `list` and `create` throws `not_found` for an unknown id. */
export class CollectionsService {
  readonly #collections;
  readonly #events;

  constructor(parts: { collections: Seen<CollectionRepository>; events: EventSink }) {
    this.#collections = parts.collections;
    this.#events = parts.events;
  }

  async list(actor: Actor, request: CollectionListRequest): Promise<Page<Collection>> {
    demand(actor, 'read');
    return this.#collections(viewerOf(actor)).list(request);
  }

  async get(actor: Actor, id: string): Promise<Collection> {
    demand(actor, 'read');
    const collection = await this.#collections(viewerOf(actor)).get(id);
    if (!collection) throw notFound('collection', id);
    return collection;
  }

  /** @throws DomainError `conflict` when there is one of this name */
  async create(
    actor: Actor,
    name: string,
    description: string | null,
    visibility: Visibility = 'public',
  ): Promise<Collection> {
    demand(actor, 'edit');
    const made = await this.#collections(viewerOf(actor)).create({
      id: randomUUID(),
      name,
      description,
      access: { ownerId: actor.ownerId, visibility },
    });
    this.#tell('created', made.id);
    return made;
  }

  /** @throws DomainError `not_found`; `conflict` when another one has this name */
  async update(actor: Actor, id: string, patch: CollectionPatch): Promise<Collection> {
    demand(actor, 'edit');
    await this.#mustMayChange(actor, id);
    const changed = await this.#collections(changerOf(actor)).update(id, patch, viewerOf(actor));
    this.#tell('updated', id);
    return changed ?? (await this.get(actor, id));
  }

  async sounds(actor: Actor, id: string, page: { limit: number; cursor?: string | undefined }): Promise<Page<Sound>> {
    demand(actor, 'read');
    await this.get(actor, id);
    return this.#collections(viewerOf(actor)).sounds(id, page);
  }

  /** Every sound, in order. */
  async allSounds(actor: Actor, id: string): Promise<Sound[]> {
    demand(actor, 'read');
    const all: Sound[] = [];
    let cursor: string | undefined;
    do {
      const { items, nextCursor } = await this.sounds(actor, id, { limit: PART, cursor });
      all.push(...items);
      cursor = nextCursor ?? undefined;
    } while (cursor !== undefined);
    return all;
  }

  async add(actor: Actor, id: string, soundIds: readonly string[]): Promise<Added> {
    demand(actor, 'edit');
    await this.#mustMayChange(actor, id);
    const added = await this.#collections(viewerOf(actor)).add(id, soundIds);
    this.#tellOf(id, added.added);
    return added;
  }

  async remove(actor: Actor, id: string, soundIds: readonly string[]): Promise<Removed> {
    demand(actor, 'edit');
    await this.#mustMayChange(actor, id);
    const removed = await this.#collections(viewerOf(actor)).remove(id, soundIds);
    this.#tellOf(id, removed.removed);
    return removed;
  }

  async move(actor: Actor, id: string, soundIds: readonly string[], before: string | null): Promise<void> {
    demand(actor, 'edit');
    await this.#mustMayChange(actor, id);
    await this.#collections(viewerOf(actor)).move(id, soundIds, before);
    this.#tellOf(id, soundIds);
  }

  #tell(change: CollectionChange['change'], collectionId: string): void {
    this.#events.tell({ kind: 'collection', change, collectionId });
  }

  /** That some of its sounds came, went, or have another place. */
  #tellOf(collectionId: string, soundIds: readonly string[]): void {
    if (soundIds.length > MOST_NAMED) this.#tell('updated', collectionId);
    else if (soundIds.length > 0) this.#events.tell({ kind: 'collection', change: 'updated', collectionId, soundIds });
  }

  /** @throws DomainError `not_found`; `forbidden` for one that is only shared with the actor */
  async #mustMayChange(actor: Actor, id: string): Promise<void> {
    const collection = await this.get(actor, id);
    if (await this.#collections(changerOf(actor)).get(id)) return;
    throw new DomainError('forbidden', because('collection_of_another', { name: collection.name }));
  }
}
