import type { MusicFacts } from '../analysis/music-facts.js';
import { decideMusic } from '../analysis/music-facts.js';
import type { SoundAnalysis } from '../analysis/analysis.types.js';
import type { FileTags, SoundPatch } from './library.types.js';

const TEXT_FIELDS = ['title', 'artist', 'album', 'genre', 'description', 'key'] as const;
const FROM_FILE = ['title', 'artist', 'album', 'genre', 'description'] as const;

/** What a person may change of a sound, and where it comes from. */
export type Editable = MusicFacts & Record<(typeof FROM_FILE)[number], string | null>;

/** What a person says: it wins from then on, also over what is found when the file is read anew. */
export function edit(
  current: Editable,
  edited: ReadonlySet<string>,
  patch: SoundPatch,
): { next: Editable; edited: Set<string> } {
  const next = { ...current };
  const fields = new Set(edited);
  for (const field of TEXT_FIELDS) {
    const value = patch[field];
    if (value === undefined) continue;
    next[field] = value?.trim() ? value.trim() : null;
    fields.add(field);
  }
  if (patch.key !== undefined) {
    next.keySource = next.key === null ? null : 'user';
    next.keyConfidence = null;
  }
  if (patch.bpm !== undefined) {
    next.bpm = patch.bpm;
    next.bpmSource = patch.bpm === null ? null : 'user';
    next.bpmConfidence = null;
    fields.add('bpm');
  }
  return { next, edited: fields };
}

/** What the file and listening say, where a person has not said otherwise. */
export function readAnew(
  current: Editable,
  edited: ReadonlySet<string>,
  tags: FileTags,
  analysis: SoundAnalysis,
): Editable {
  const next = { ...current, ...decideMusic(current, edited, tags, analysis) };
  for (const field of FROM_FILE) if (!edited.has(field)) next[field] = tags[field];
  return next;
}
