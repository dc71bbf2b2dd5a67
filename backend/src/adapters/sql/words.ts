import type { RawBuilder } from 'kysely';
import type { Awaitable } from '../../domain/awaitable.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import type { Sql } from './dialect.js';

/** The columns of the keyword index, with the weight that a match in each has. */
export const FIELD_WEIGHTS = {
  title: 10,
  tags: 6,
  filename: 4,
  artist: 5,
  genre: 3,
  album: 2,
  auto_tags: 3,
  description: 1,
  notes: 2,
} as const;

export type Field = keyof typeof FIELD_WEIGHTS;
export const FIELDS = Object.keys(FIELD_WEIGHTS) as Field[];

/** Words side by side. An open phrase's last word may go on. Words hold letters and digits only: no text is read as syntax. */
export interface Phrase {
  words: readonly string[];
  open: boolean;
}

/** One of the phrases, in one of the columns (in any where none are named). */
export interface Wanted {
  anyOf: readonly Phrase[];
  in?: readonly Field[];
}

/** A word, and others that stand for it. */
export interface WordForms {
  word: string;
  forms: readonly string[];
}

/** A word that names or tags of the library hold, and in how many sounds. */
export interface KnownWord {
  term: string;
  doc: number;
  /** Holds digits. */
  numbered: boolean;
}

/** The index of words: one row per sound, its words already folded and cut. */
export interface WordIndex {
  /** Writes the row of a sound anew. */
  put(sql: Sql, key: SoundKey, columns: Readonly<Record<Field, string>>): Promise<void>;
  /** Must follow, in the same transaction, what takes rows away by itself. */
  changed(sql: Sql): Promise<void>;
  /** Of each word whether a sound has one that starts like it, or one of its forms. */
  knows(sql: Sql, words: readonly WordForms[]): Awaitable<boolean[]>;
  /** For each word, known ones that hold it, or are near it in their letters; more than needed rather than fewer. */
  near(sql: Sql, words: readonly string[]): Awaitable<(readonly KnownWord[])[]>;
  /** For each that is wanted, the keys of the sounds that have it; the same list again while nothing changes, where it is kept. */
  containing(sql: Sql, wanted: readonly Wanted[]): Awaitable<readonly (readonly SoundKey[])[]>;
  /** A condition over `sound_key`: the sound has all that is wanted. With `atMost`, so many of them are enough. */
  has(wanted: readonly Wanted[], atMost?: number): RawBuilder<boolean>;
  /** Sounds with all that is wanted, the words' rank (the smaller the better), and whether names are `exact`. */
  ranked(
    sql: Sql,
    request: { wanted: readonly Wanted[]; exactly: Exactly; condition: RawBuilder<boolean>; limit: number },
  ): Promise<{ key: SoundKey; rank: number; exact: number }[]>;
  /** Those of the sounds whose title or file name is the whole text. */
  exactAmong(sql: Sql, exactly: Exactly, keys: readonly SoundKey[]): Promise<SoundKey[]>;
}

/** A whole text as names may have it. */
export interface Exactly {
  /** Folded. */
  title: string;
  /** As the index has them. */
  words: string;
  filename: string;
}
