import type { FactSource, SoundAnalysis } from '../../domain/analysis/analysis.types.js';
import type { FileTags, SoundFilters } from '../../domain/library/library.types.js';
import type { SoundRow } from './sound.rows.js';

/** The columns of tempo and key with where they come from. */
export type MusicFacts = Pick<
  SoundRow,
  'bpm' | 'bpm_source' | 'bpm_confidence' | 'key' | 'key_source' | 'key_confidence'
>;

/** Tempo and key of a sound: what a person has set, else what the file's tags say, else what was heard. */
export function musicFacts(
  row: MusicFacts & Pick<SoundRow, 'edited'>,
  tags: Pick<FileTags, 'bpm' | 'key'>,
  { tempo, key }: SoundAnalysis,
): MusicFacts {
  const edited = new Set(JSON.parse(row.edited) as string[]);
  const bpm = chosen(edited.has('bpm') ? row.bpm : undefined, tags.bpm, tempo && { ...tempo, value: tempo.bpm });
  const named = chosen(edited.has('key') ? row.key : undefined, tags.key, key && { ...key, value: key.key });
  return {
    bpm: bpm.value,
    bpm_source: bpm.source,
    bpm_confidence: bpm.confidence,
    key: named.value,
    key_source: named.source,
    key_confidence: named.confidence,
  };
}

/** What stays when a person has said nothing and nothing new was heard of the tags. */
export const taggedValues = (row: MusicFacts): Pick<FileTags, 'bpm' | 'key'> => ({
  bpm: row.bpm_source === 'tag' ? row.bpm : null,
  key: row.key_source === 'tag' ? row.key : null,
});

interface Fact<T> {
  value: T | null;
  source: FactSource | null;
  confidence: number | null;
}

/** @param own undefined where a person has said nothing, null where the value was cleared */
function chosen<T>(
  own: T | null | undefined,
  tagged: T | null,
  heard: { value: T; confidence: number } | null,
): Fact<T> {
  if (own !== undefined) return { value: own, source: own === null ? null : 'user', confidence: null };
  if (tagged !== null) return { value: tagged, source: 'tag', confidence: null };
  if (heard !== null) return { value: heard.value, source: 'estimated', confidence: heard.confidence };
  return { value: null, source: null, confidence: null };
}

/** Whether an estimate means a beat, its half or its double cannot be known: between two ends all three count. */
export function addTempo({ minBpm, maxBpm }: SoundFilters, add: (sql: string, ...values: number[]) => void): void {
  if (minBpm !== undefined && maxBpm !== undefined) {
    add(
      `(bpm BETWEEN ? AND ? OR (bpm_source = 'estimated' AND (bpm * 2 BETWEEN ? AND ? OR bpm / 2.0 BETWEEN ? AND ?)))`,
      ...[minBpm, maxBpm, minBpm, maxBpm, minBpm, maxBpm],
    );
    return;
  }
  if (minBpm !== undefined) add('bpm >= ?', minBpm);
  if (maxBpm !== undefined) add('bpm <= ?', maxBpm);
}

const SAME_NOTE = ['c# db', 'd# eb', 'f# gb', 'g# ab', 'a# bb', 'b cb', 'e fb', 'c b#', 'f e#'].map((names) =>
  names.split(' '),
);

/** A folded key as it may be written: `f#m` is `gbm`. */
export function spellings(key: string): string[] {
  const note = key.replace(/m$/, '');
  const mode = key.slice(note.length);
  return (SAME_NOTE.find((names) => names.includes(note)) ?? [note]).map((name) => name + mode);
}
