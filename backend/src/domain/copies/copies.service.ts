import { demand, type Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import { notFound } from '../errors.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { Sound } from '../library/library.types.js';
import type { CopyRepository } from './copies.ports.js';
import type { CopyGroupPage } from './copies.types.js';

/** The same sounds in other files. */
export class CopiesService {
  constructor(private readonly parts: { copies: Seen<CopyRepository>; sounds: Seen<SoundRepository> }) {}

  /**
   * The other sounds that are copies of this one, best first.
   * @throws DomainError `not_found`
   */
  async copiesOf(actor: Actor, soundId: string): Promise<{ bestId: string; items: Sound[] }> {
    demand(actor, 'read');
    const viewer = viewerOf(actor);
    const [copies, sounds] = [this.parts.copies(viewer), this.parts.sounds(viewer)];
    const sound = await sounds.get(soundId);
    if (!sound) throw notFound('sound', soundId);
    const group = await sounds.getByKeys(await copies.groupOf(sound.soundKey));
    return { bestId: group[0]?.id ?? soundId, items: group.filter(({ id }) => id !== soundId) };
  }

  /** All groups of copies, those first that take the most space without need. */
  async duplicates(actor: Actor, limit: number, offset: number): Promise<CopyGroupPage> {
    demand(actor, 'read');
    const { groups, ...sums } = await this.parts.copies(viewerOf(actor)).largest(limit, offset);
    const found = await this.parts.sounds(viewerOf(actor)).getByKeys(groups.flatMap(({ keys }) => keys));
    const byKey = new Map(found.map((sound) => [sound.soundKey, sound]));
    return {
      ...sums,
      groups: groups.map(({ keys, freeableBytes }) => ({
        sounds: keys.flatMap((key) => byKey.get(key) ?? []),
        freeableBytes,
      })),
    };
  }
}
