import { ApiError } from '$lib/api/problem';
import type { Sound, SoundPatch } from '$lib/api/types';

const FIELDS = ['title', 'artist', 'album', 'genre', 'key', 'author', 'licence', 'description', 'bpm'] as const;
/** A field of which a change may come into the way of another. */
export type Field = (typeof FIELDS)[number];

/** What became of a change: it is saved, or another has put something else into the same fields meanwhile. */
export type Outcome = { saved: Sound } | { theirs: Sound; fields: Field[] };

interface Calls {
  sound(id: string): Promise<Sound>;
  update(id: string, patch: SoundPatch): Promise<Sound>;
}

/** Others may go on changing it while it is tried. */
const TRIES = 5;

/**
 * Saves a change without writing over what another changed meanwhile: what touches other fields, or other tags, goes beside it.
 * @param base the sound that the change was made from
 * @throws what the calls throw
 */
export async function save(api: Calls, base: Sound, patch: SoundPatch): Promise<Outcome> {
  let [known, wanted] = [base, patch];
  for (let i = 0; ; i++) {
    try {
      return { saved: await api.update(base.id, { ...wanted, was: knownOf(known, wanted) }) };
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'changed_meanwhile') || i === TRIES) throw error;
      const theirs = await api.sound(base.id);
      const fields = conflicts(base, theirs, patch);
      if (fields.length > 0) return { theirs, fields };
      known = theirs;
      wanted = patch.tags ? { ...patch, tags: mergedTags(ownTags(base), ownTags(theirs), patch.tags) } : patch;
    }
  }
}

/** Fields that both changed, not to the same. */
export const conflicts = (base: Sound, theirs: Sound, patch: SoundPatch): Field[] =>
  FIELDS.filter(
    (field) => patch[field] !== undefined && theirs[field] !== base[field] && theirs[field] !== patch[field],
  );

export const ownTags = (sound: Sound): string[] =>
  sound.tags.filter(({ source }) => source === 'user').map(({ name }) => name);

/** What both added, without what either took away. */
export function mergedTags(base: readonly string[], theirs: readonly string[], mine: readonly string[]): string[] {
  const stays = mine.filter((tag) => theirs.includes(tag) || !base.includes(tag));
  return [...stays, ...theirs.filter((tag) => !base.includes(tag) && !stays.includes(tag))];
}

function knownOf(sound: Sound, patch: SoundPatch): NonNullable<SoundPatch['was']> {
  const fields = FIELDS.filter((field) => patch[field] !== undefined).map((field) => [field, sound[field]] as const);
  return { ...Object.fromEntries(fields), ...(patch.tags && { tags: ownTags(sound) }) };
}
