import type { FileTags, Sound } from '../library/library.types.js';
import type { FactSource, SoundAnalysis } from './analysis.types.js';

/** Tempo and key of a sound with where they come from. Confidences are 0..1 of an estimate, else null. */
export type MusicFacts = Pick<Sound, 'bpm' | 'bpmSource' | 'bpmConfidence' | 'key' | 'keySource' | 'keyConfidence'>;

/**
 * Who wins on tempo and key: what a person has set, else what the file's tags say, else what was heard.
 * @param edited the fields that a person has set, also to nothing
 */
export function decideMusic(
  current: MusicFacts,
  edited: ReadonlySet<string>,
  tags: Pick<FileTags, 'bpm' | 'key'>,
  { tempo, key }: Pick<SoundAnalysis, 'tempo' | 'key'>,
): MusicFacts {
  const bpm = decide(edited.has('bpm') ? current.bpm : undefined, tags.bpm, tempo && { ...tempo, value: tempo.bpm });
  const named = decide(edited.has('key') ? current.key : undefined, tags.key, key && { ...key, value: key.key });
  return {
    bpm: bpm.value,
    bpmSource: bpm.source,
    bpmConfidence: bpm.confidence,
    key: named.value,
    keySource: named.source,
    keyConfidence: named.confidence,
  };
}

/** What stays of the file's tags when a sound is only listened to again. */
export const taggedMusic = (current: MusicFacts): Pick<FileTags, 'bpm' | 'key'> => ({
  bpm: current.bpmSource === 'tag' ? current.bpm : null,
  key: current.keySource === 'tag' ? current.key : null,
});

interface Fact<T> {
  value: T | null;
  source: FactSource | null;
  confidence: number | null;
}

/** @param own undefined where a person has said nothing, null where the value was cleared */
function decide<T>(
  own: T | null | undefined,
  tagged: T | null,
  heard: { value: T; confidence: number } | null,
): Fact<T> {
  if (own !== undefined) return { value: own, source: own === null ? null : 'user', confidence: null };
  if (tagged !== null) return { value: tagged, source: 'tag', confidence: null };
  if (heard !== null) return { value: heard.value, source: 'estimated', confidence: heard.confidence };
  return { value: null, source: null, confidence: null };
}
