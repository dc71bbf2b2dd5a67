import type { Sound } from '../../domain/library/library.types.js';
import type { SearchResult } from '../../domain/search/search.types.js';

/** A sound to export, with how it was found where it comes from a search. */
export interface ExportRow {
  sound: Sound;
  hit?: Pick<SearchResult, 'score' | 'relevance' | 'matches' | 'reasons'>;
}
