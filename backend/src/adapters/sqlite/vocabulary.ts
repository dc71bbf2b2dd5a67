import type { Database } from './database.js';

/** A word that names or tags of the library hold, and in how many sounds. */
export interface KnownWord {
  term: string;
  doc: number;
  /** Holds digits: a number, which no word is a mistyping of. */
  numbered: boolean;
}

const kept = new WeakMap<Database, { stamp: string; words: readonly KnownWord[] }>();
const ownChanges = new WeakMap<Database, number>();

/** Must be called by whatever changes the words of a sound over this connection. */
export const wordsChanged = (db: Database): void => void ownChanges.set(db, (ownChanges.get(db) ?? 0) + 1);

/**
 * All words of the library. Reading them takes a while, so they are kept until this connection changes words or another
 * one writes anything. Words of deleted sounds may still be among them.
 */
export function knownWords(db: Database): readonly KnownWord[] {
  const stamp = `${String(db.pragma('data_version', { simple: true }))} ${ownChanges.get(db) ?? 0}`;
  const before = kept.get(db);
  if (before?.stamp === stamp) return before.words;
  const words = db
    .prepare<[], Omit<KnownWord, 'numbered'>>('SELECT term, doc FROM sound_vocabulary')
    .all()
    .map((word) => ({ ...word, numbered: /\p{N}/u.test(word.term) }));
  kept.set(db, { stamp, words });
  return words;
}
