import type { Database } from './database.js';

/** A word that names or tags of the library hold, and in how many sounds. */
export interface KnownWord {
  term: string;
  doc: number;
  /** Holds digits: a number, which no word is a mistyping of. */
  numbered: boolean;
}

const kept = new WeakMap<Database, { stamp: string; words: readonly KnownWord[] }>();
const CHANGES = 'words.changes';

/** Must be called by whatever changes the words of a sound, in the same transaction: readers are other connections. */
export const wordsChanged = (db: Database): void =>
  void db
    .prepare(
      `INSERT INTO settings (name, value) VALUES ('${CHANGES}', '1')
       ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1`,
    )
    .run();

/**
 * All words of the library. Reading them takes a while, so they are kept until words change. Words of deleted sounds may
 * still be among them.
 */
export function knownWords(db: Database): readonly KnownWord[] {
  const stamp = db.prepare<[], string>(`SELECT value FROM settings WHERE name = '${CHANGES}'`).pluck().get() ?? '';
  const before = kept.get(db);
  if (before?.stamp === stamp) return before.words;
  const words = db
    .prepare<[], Omit<KnownWord, 'numbered'>>('SELECT term, doc FROM sound_vocabulary')
    .all()
    .map((word) => ({ ...word, numbered: /\p{N}/u.test(word.term) }));
  kept.set(db, { stamp, words });
  return words;
}
