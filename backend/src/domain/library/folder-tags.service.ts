import { demand, SYSTEM, type Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import { notFound } from '../errors.js';
import type { TagOutcome } from './bulk.ports.js';
import type { BulkService } from './bulk.service.js';
import type { FolderTags, FolderTagsRepository } from './folder-tags.ports.js';
import type { SoundRepository } from './library.ports.js';

const ALL = Number.MAX_SAFE_INTEGER;

/** "Everything in this folder gets these tags": for what comes in from now on, and, when asked to, for what is there. */
export class FolderTagsService {
  readonly #parts;

  constructor(parts: {
    rules: FolderTagsRepository;
    sounds: Seen<Pick<SoundRepository, 'ids'>>;
    bulk: Pick<BulkService, 'changeTags'>;
  }) {
    this.#parts = parts;
  }

  async list(actor: Actor): Promise<FolderTags[]> {
    demand(actor, 'admin');
    return this.#parts.rules.all();
  }

  /** In place of what was said of the folder before. What is there already stays as it is. */
  async set(actor: Actor, rule: FolderTags): Promise<FolderTags> {
    demand(actor, 'admin');
    await this.#parts.rules.set(rule);
    return rule;
  }

  /** Sounds keep the tags that they got. @throws DomainError `not_found` */
  async delete(actor: Actor, folder: string): Promise<void> {
    demand(actor, 'admin');
    if (!(await this.#parts.rules.delete(folder))) throw notFound('rule', folder);
  }

  /** Gives the tags to all that came from the folder until now, as one change of many that can be taken back. @throws DomainError `not_found` */
  async apply(actor: Actor, folder: string): Promise<TagOutcome> {
    demand(actor, 'admin');
    const rule = await this.#parts.rules.get(folder);
    if (!rule) throw notFound('rule', folder);
    const { ids } = await this.#parts
      .sounds(viewerOf(actor))
      .ids({ filters: { folders: [`/${rule.folder}`] }, sort: 'added', order: 'asc', limit: ALL });
    return this.#parts.bulk.changeTags(actor, ids, { add: rule.tags, remove: [] });
  }

  /** A sound has come from a folder that it was not known to come from. */
  async tag(soundId: string, folder: string): Promise<void> {
    const tags = (await this.#parts.rules.above(folder)).flatMap((rule) => rule.tags);
    if (tags.length > 0) await this.#parts.bulk.changeTags(SYSTEM, [soundId], { add: [...new Set(tags)], remove: [] });
  }
}
