import type { SoundKey } from '../library/library.types.js';

/** A word that may become a tag, and the descriptions of sounds that stand for it; their embeddings are averaged. */
export interface TagWord {
  name: string;
  prompts: readonly string[];
}

/** Words that are switched on and off together. */
export interface TagGroup {
  /** Stable name, such as `drums`. */
  id: string;
  words: readonly TagWord[];
}

/** What a person has changed of the words that the product brings; kept apart from these, so that they can grow. */
export interface VocabularyEdits {
  /** Ids of groups that are switched off. */
  disabledGroups: readonly string[];
  /** Names of built-in words that are not wanted. */
  removed: readonly string[];
  /** Words added. One with the name of a built-in word takes its place. */
  own: readonly TagWord[];
}

/** A tag that the model is fairly sure of. */
export interface AutoTag {
  name: string;
  /** Confidence 0..1. */
  score: number;
}

/** A sound whose automatic tags are not those of the present vocabulary and model. */
export interface StaleSound {
  soundKey: SoundKey;
  soundId: string;
  /** Moment of its last processing; names the state of its vectors. */
  processedAt: string;
}

/** How far tagging has come; sounds that are not ready do not count. */
export interface TaggingProgress {
  tagged: number;
  waiting: number;
}

/** A tag of the library with the number of sounds that have it. */
export interface TagCount {
  name: string;
  sounds: number;
  /** How many of these have it from each source; a sound may have it from several. */
  bySource: { file: number; auto: number; user: number };
}
