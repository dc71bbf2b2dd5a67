import type { Sound, SoundPatch } from '$lib/api/types';
import { ownTags } from './saving';

export const EDITABLE = ['title', 'artist', 'bpm', 'key', 'tags'] as const;
export type EditableColumn = (typeof EDITABLE)[number];

export const isEditable = (column: string): column is EditableColumn => EDITABLE.some((name) => name === column);

/** What stands in the field when editing begins. */
export function editedText(sound: Sound, column: EditableColumn): string {
  if (column === 'tags') return ownTags(sound).join(', ');
  return String(sound[column] ?? '');
}

/** What the typed text changes; null when it changes nothing, `bad` when it cannot be meant. */
export function patchFor(sound: Sound, column: EditableColumn, typed: string): SoundPatch | null | 'bad' {
  const text = typed.trim();
  if (text === editedText(sound, column)) return null;
  if (column === 'tags') {
    const names = text.split(',').map((name) => name.trim());
    return { tags: [...new Map(names.filter(Boolean).map((name) => [name.toLowerCase(), name])).values()] };
  }
  if (column !== 'bpm') return { [column]: text || null };
  const bpm = text === '' ? null : Number(text.replace(',', '.'));
  return bpm !== null && !(bpm > 0 && bpm <= 1000) ? 'bad' : { bpm };
}

/** The sound as it will be once the server has taken the change. */
export function patched(sound: Sound, { tags, ...patch }: SoundPatch): Sound {
  const others = sound.tags.filter(({ source, name }) => source !== 'user' && !tags?.includes(name));
  const own = tags?.map((name) => ({ name, score: null, source: 'user' as const }));
  return { ...sound, ...patch, ...(own ? { tags: [...own, ...others] } : {}) };
}
