import { createHash } from 'node:crypto';
import { DomainError } from '../errors.js';
import { because } from '../reasons.js';
import type { Sound, SoundPatch } from './library.types.js';

/** What whoever changes a sound takes it to be. Nothing is checked where nothing is said. */
export interface Known {
  /** Values that the change began from. */
  was?: Partial<Pick<SoundPatch, (typeof FIELDS)[number]>> | undefined;
  /** Versions that the change is meant for, one of which it must be. */
  versions?: readonly string[] | undefined;
}

/** Another one after every change of the sound; the same in every process. */
export const versionOf = (sound: Sound): string =>
  createHash('sha256').update(JSON.stringify(sound)).digest('hex').slice(0, 32);

const FIELDS = ['title', 'artist', 'album', 'genre', 'description', 'author', 'licence', 'bpm', 'key', 'tags'] as const;

/**
 * Sees to it that nobody writes over what another wrote meanwhile. Called in the transaction that writes.
 * @throws DomainError `changed_meanwhile`; `errors` names the fields, where they are known
 */
export function mustBeAsKnown(sound: Sound, { was = {}, versions }: Known): void {
  const others = FIELDS.filter((field) => was[field] !== undefined && !isSame(valueOf(sound, field), was[field]));
  if (others.length > 0) {
    const fields = others.map((path) => ({ path, message: 'was changed meanwhile' }));
    throw new DomainError('changed_meanwhile', because('sound_changed_fields', { fields: others.join(', ') }), {
      fields,
    });
  }
  if (versions && !versions.includes(versionOf(sound)))
    throw new DomainError('changed_meanwhile', because('sound_changed'));
}

const valueOf = (sound: Sound, field: (typeof FIELDS)[number]): string | number | string[] | null =>
  field === 'tags' ? sound.tags.filter(({ source }) => source === 'user').map(({ name }) => name) : sound[field];

/** Tags have no order. */
const isSame = (one: unknown, other: unknown): boolean =>
  Array.isArray(one) && Array.isArray(other)
    ? JSON.stringify([...(one as string[])].sort()) === JSON.stringify([...(other as string[])].sort())
    : one === other;
