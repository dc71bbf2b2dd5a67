import { randomUUID } from 'node:crypto';
import { demand, type Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import { DomainError, notFound } from '../errors.js';
import type { EventSink } from '../events.js';
import type { SoundRepository } from '../library/library.ports.js';
import { because } from '../reasons.js';
import { inTimeZone } from '../library/days.js';
import { joinFilters } from '../search/query-fields.js';
import { withTyped, type ReadQuery } from '../search/query.reader.js';
import type { SearchAnswer, SearchRequest } from '../search/search.types.js';
import { upTo } from '../search/words.js';
import type { SavedSearchRepository } from './personal.ports.js';
import type { SavedSearch } from './personal.types.js';

/** Of one person. How many sounds are new to each is looked up whenever the list is. */
const MOST = 200;
/** Of characters, as those that people give. */
const LONGEST_NAME = 200;

/** A saved search with what has come since it was last looked at. */
export interface SavedSearchNews extends SavedSearch {
  /** How many new sounds fit; null when that cannot be told at the moment. */
  fresh: number | null;
}

/** What is left out is as it is for a search of which nothing else is said. */
type NewSavedSearch = Pick<SavedSearch, 'query' | 'mode'> & {
  [Name in 'name' | 'sort' | 'order' | 'view' | 'seenAt' | 'createdAt']?: SavedSearch[Name] | undefined;
};

interface Parts {
  saved: SavedSearchRepository;
  sounds: Seen<Pick<SoundRepository, 'list'>>;
  search: {
    read(actor: Actor, typed: string, timeZone: string): Promise<ReadQuery>;
    search(actor: Actor, request: SearchRequest): Promise<SearchAnswer>;
  };
  events: EventSink;
}

/** Searches that people come back to: everybody has their own. */
export class SavedSearchesService {
  constructor(private readonly parts: Parts) {}

  /** With how many sounds came since each was looked at that fit it. */
  async list(actor: Actor, timeZone: string): Promise<SavedSearchNews[]> {
    demand(actor, 'read');
    const listed: SavedSearchNews[] = [];
    for (const saved of await this.parts.saved.all(actor.ownerId)) {
      listed.push({ ...saved, fresh: await this.#fresh(actor, saved, timeZone) });
    }
    return listed;
  }

  /**
   * @param search with `seenAt` and `createdAt` of one that was forgotten, it stands where it stood, with what was new
   * @throws DomainError `conflict` when there are too many
   */
  async save(actor: Actor, search: NewSavedSearch): Promise<SavedSearch> {
    demand(actor, 'own');
    const { query, mode, name = upTo(query, LONGEST_NAME), sort = 'relevance', view = 'sounds' } = search;
    const order = sort === 'relevance' ? 'asc' : (search.order ?? 'asc');
    const found = { query, mode, sort, order, view };
    const isOther = (one: SavedSearch): boolean =>
      Object.entries(found).some(([part, value]) => one[part as keyof typeof found] !== value);
    if ((await this.parts.saved.all(actor.ownerId)).filter(isOther).length >= MOST)
      throw new DomainError('conflict', because('saved_searches_too_many', { most: MOST }));
    const saved = await this.parts.saved.save(actor.ownerId, {
      id: randomUUID(),
      name,
      ...found,
      seenAt: search.seenAt ?? (await this.#now(actor)),
      createdAt: search.createdAt ?? new Date().toISOString(),
    });
    this.#tell(actor);
    return saved;
  }

  /** @throws DomainError `not_found` */
  async rename(actor: Actor, id: string, name: string): Promise<SavedSearch> {
    demand(actor, 'own');
    return this.#update(actor, id, { name });
  }

  /** What is there now is no longer new. @throws DomainError `not_found` */
  async seen(actor: Actor, id: string): Promise<SavedSearch> {
    demand(actor, 'own');
    return this.#update(actor, id, { seenAt: await this.#now(actor) });
  }

  /** @throws DomainError `not_found` */
  async delete(actor: Actor, id: string): Promise<void> {
    demand(actor, 'own');
    if (!(await this.parts.saved.delete(actor.ownerId, id))) throw notFound('saved search', id);
    this.#tell(actor);
  }

  async #update(actor: Actor, id: string, patch: { name?: string; seenAt?: string }): Promise<SavedSearch> {
    const saved = await this.parts.saved.update(actor.ownerId, id, patch);
    if (!saved) throw notFound('saved search', id);
    this.#tell(actor);
    return saved;
  }

  #tell({ ownerId }: Actor): void {
    this.parts.events.tell({ kind: 'personal', about: 'searches', ownerId });
  }

  /** The present; or, while sounds are still listened to, the moment when the oldest of those came: they will be new. */
  async #now(actor: Actor): Promise<string> {
    const { items } = await this.parts.sounds(viewerOf(actor)).list({
      filters: { status: 'processing' },
      sort: 'added',
      order: 'asc',
      limit: 1,
    });
    return items[0]?.createdAt ?? new Date().toISOString();
  }

  async #fresh(actor: Actor, { query, mode, seenAt }: SavedSearch, timeZone: string): Promise<number | null> {
    const { search } = this.parts;
    const page = { mode, limit: 1, offset: 0, recorded: false };
    try {
      const given = { text: [], like: [], clips: [], filters: {}, ...page };
      const request = withTyped(given, query, await search.read(actor, query, timeZone));
      const filters = joinFilters(inTimeZone(request.filters, timeZone), { addedAfter: seenAt });
      return (await search.search(actor, { ...request, filters })).fitting;
    } catch (error) {
      if (error instanceof DomainError) return null;
      throw error;
    }
  }
}
