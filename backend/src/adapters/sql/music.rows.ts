import type { Loudness, SoundAnalysis } from '../../domain/analysis/analysis.types.js';
import type { Editable } from '../../domain/library/edits.js';
import type { Metadata, SoundRow } from './sound.rows.js';

/** What a person may change of a sound, as the domain decides about it. */
export const editableOf = (row: SoundRow): Editable => ({
  title: row.title,
  artist: row.artist,
  album: row.album,
  genre: row.genre,
  description: row.description,
  author: row.author,
  licence: row.licence,
  bpm: row.bpm,
  bpmSource: row.bpm_source,
  bpmConfidence: row.bpm_confidence,
  key: row.key,
  keySource: row.key_source,
  keyConfidence: row.key_confidence,
});

/** The same as columns. */
export const columnsOf = (next: Editable): Omit<Metadata, 'filename'> => ({
  title: next.title,
  artist: next.artist,
  album: next.album,
  genre: next.genre,
  description: next.description,
  author: next.author,
  licence: next.licence,
  bpm: next.bpm,
  bpm_source: next.bpmSource,
  bpm_confidence: next.bpmConfidence,
  key: next.key,
  key_source: next.keySource,
  key_confidence: next.keyConfidence,
});

/** What was heard, as columns, apart from tempo and key. What was not measured stays as it was. */
export const heardColumns = (analysis: SoundAnalysis, loudness: Loudness | null) => ({
  analysis_version: analysis.version,
  sound_kind: analysis.kind,
  brightness_hz: analysis.brightnessHz,
  ...(loudness && { loudness_lufs: loudness.lufs, peak_db: loudness.peakDb }),
});
