import type { Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import { DomainError } from '../errors.js';
import { because } from '../reasons.js';
import type { SoundRepository } from './library.ports.js';
import { soundNameOf } from './names.js';

/**
 * What is shared with somebody they only see. Of what they do not see nothing is said.
 * @throws DomainError `forbidden` when one of the sounds is of that kind
 */
export async function mustMayChange(
  sounds: Seen<Pick<SoundRepository, 'several'>>,
  actor: Actor,
  ids: readonly string[],
): Promise<void> {
  const viewer = viewerOf(actor);
  if (viewer.id === null) return;
  for (const sound of await sounds(viewer).several(ids)) {
    if (sound.visibility === 'public' || sound.ownerId === viewer.id) continue;
    throw new DomainError('forbidden', because('sound_of_another', { name: soundNameOf(sound) }));
  }
}
