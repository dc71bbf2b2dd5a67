import type { Editable } from '../../domain/library/edits.js';
import type { Metadata, SoundRow } from './sound.rows.js';

/** What a person may change of a sound, as the domain decides about it. */
export const editableOf = (row: SoundRow): Editable => ({
  title: row.title,
  artist: row.artist,
  album: row.album,
  genre: row.genre,
  description: row.description,
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
  bpm: next.bpm,
  bpm_source: next.bpmSource,
  bpm_confidence: next.bpmConfidence,
  key: next.key,
  key_source: next.keySource,
  key_confidence: next.keyConfidence,
});
