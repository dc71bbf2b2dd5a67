import type { MusicFacts } from '../analysis/music-facts.js';
import { decideMusic } from '../analysis/music-facts.js';
import type { SoundAnalysis } from '../analysis/analysis.types.js';
import { licenceName } from './licence.js';
import type { FileTags, SoundPatch } from './library.types.js';

const TEXT_FIELDS = ['title', 'artist', 'album', 'genre', 'description', 'author', 'licence', 'key'] as const;
const FROM_FILE = ['title', 'artist', 'album', 'genre', 'description', 'author', 'licence'] as const;

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
  if (patch.licence) next.licence = licenceName(patch.licence.trim()) || null;
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

/** What there was before an edit of some fields: which of them a person had set, and where an estimate came from. */
export interface Before {
  edited: readonly string[];
  music: Pick<MusicFacts, 'bpmSource' | 'bpmConfidence' | 'keySource' | 'keyConfidence'>;
}

/** Remembers what {@link takeBack} needs. */
export const beforeOf = (current: Editable, edited: ReadonlySet<string>, fields: readonly string[]): Before => ({
  edited: fields.filter((field) => edited.has(field)).sort(),
  music: {
    bpmSource: current.bpmSource,
    bpmConfidence: current.bpmConfidence,
    keySource: current.keySource,
    keyConfidence: current.keyConfidence,
  },
});

/** An edit that gives values back: what nobody had set may change again when the file is read anew. */
export function takeBack(
  current: Editable,
  edited: ReadonlySet<string>,
  patch: SoundPatch,
  before: Before,
): { next: Editable; edited: Set<string> } {
  const changed = edit(current, edited, patch);
  for (const field of Object.keys(patch)) if (!before.edited.includes(field)) changed.edited.delete(field);
  const { bpmSource, bpmConfidence, keySource, keyConfidence } = before.music;
  if (patch.bpm !== undefined) Object.assign(changed.next, { bpmSource, bpmConfidence });
  if (patch.key !== undefined) Object.assign(changed.next, { keySource, keyConfidence });
  return changed;
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
