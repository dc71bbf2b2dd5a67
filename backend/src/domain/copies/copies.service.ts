import { notFound } from '../errors.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { Sound } from '../library/library.types.js';
import type { CopyRepository } from './copies.ports.js';
import type { CopyGroupPage } from './copies.types.js';

/** The same sounds in other files. */
export class CopiesService {
  constructor(private readonly parts: { copies: CopyRepository; sounds: SoundRepository }) {}

  /**
   * The other sounds that are copies of this one, best first.
   * @throws DomainError `not_found`
   */
  copiesOf(soundId: string): { bestId: string; items: Sound[] } {
    const { copies, sounds } = this.parts;
    const sound = sounds.get(soundId);
    if (!sound) throw notFound('sound', soundId);
    const group = sounds.getByKeys(copies.groupOf(sound.soundKey));
    return { bestId: group[0]?.id ?? soundId, items: group.filter(({ id }) => id !== soundId) };
  }

  /** All groups of copies, those first that take the most space without need. */
  duplicates(limit: number, offset: number): CopyGroupPage {
    const { groups, ...sums } = this.parts.copies.largest(limit, offset);
    return {
      ...sums,
      groups: groups.map(({ keys, freeableBytes }) => ({ sounds: this.parts.sounds.getByKeys(keys), freeableBytes })),
    };
  }
}
