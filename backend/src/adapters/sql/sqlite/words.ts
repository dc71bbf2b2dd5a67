import { sql, type RawBuilder } from 'kysely';
import type { SoundKey } from '../../../domain/library/library.types.js';
import { List, type Sql } from '../dialect.js';
import { hot } from '../hot.js';
import {
  FIELDS,
  FIELD_WEIGHTS,
  type Exactly,
  type Field,
  type KnownWord,
  type Wanted,
  type WordForms,
  type WordIndex,
} from '../words.js';
import { AFTER_ALL } from '../values.js';
import type { Database } from './database.js';
import { KeptLists } from './kept-lists.js';

const RANK = sql.raw<number>(`bm25(sound_words, ${Object.values(FIELD_WEIGHTS).join(', ')})`);
const CHANGES = 'words.changes';

/** Full text by FTS5. What searches read comes straight from prepared statements: each costs microseconds only. */
export class SqliteWords implements WordIndex {
  private kept: { stamp: string; words: readonly KnownWord[] } | null = null;
  private readonly found = new KeptLists();

  constructor(private readonly file: Database) {}

  async put({ db }: Sql, key: SoundKey, columns: Readonly<Record<Field, string>>): Promise<void> {
    await sql`DELETE FROM sound_words WHERE rowid = ${key}`.execute(db);
    const names = sql.join(FIELDS.map((field) => sql.ref(field)));
    const values = sql.join(FIELDS.map((field) => columns[field]));
    await sql`INSERT INTO sound_words (rowid, ${names}) VALUES (${key}, ${values})`.execute(db);
    await this.changed({ db });
  }

  /** Readers are other connections, which keep the words of the library until this number is another. */
  async changed({ db }: Pick<Sql, 'db'>): Promise<void> {
    await sql`INSERT INTO settings (name, value) VALUES (${CHANGES}, '1')
      ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1`.execute(db);
  }

  knows(_sql: Sql, words: readonly WordForms[]): boolean[] {
    const starting = this.file
      .prepare<[string, string], SoundKey>('SELECT 1 FROM sound_vocabulary WHERE term >= ? AND term < ? LIMIT 1')
      .pluck();
    const found = this.found.asOf(this.stamp());
    // Whether there is one at all is kept like a list of it.
    const isKnown = (from: string, to: string): boolean =>
      (found.get(`known ${from} ${to}`) ?? found.keep(`known ${from} ${to}`, starting.all(from, to))).length > 0;
    return words.map(
      ({ word, forms }) => isKnown(word, word + AFTER_ALL) || forms.some((form) => isKnown(form, `${form}\u0001`)),
    );
  }

  /** All words, whichever is asked for: reading them takes a while, so they are kept. Words of deleted sounds may still be among them. */
  near(_sql: Sql, words: readonly string[]): (readonly KnownWord[])[] {
    const all = this.knownWords();
    return words.map(() => all);
  }

  private knownWords(): readonly KnownWord[] {
    const stamp = this.stamp();
    if (this.kept?.stamp === stamp) return this.kept.words;
    const words = this.file
      .prepare<[], Omit<KnownWord, 'numbered'>>('SELECT term, doc FROM sound_vocabulary')
      .all()
      .map((word) => ({ ...word, numbered: /\p{N}/u.test(word.term) }));
    this.kept = { stamp, words };
    return words;
  }

  containing(_sql: Sql, wanted: readonly Wanted[]): (readonly SoundKey[])[] {
    const search = this.file
      .prepare<[string], SoundKey>('SELECT rowid FROM sound_words WHERE sound_words MATCH ?')
      .pluck();
    const found = this.found.asOf(this.stamp());
    return wanted.map((one) => {
      const text = expression(one);
      return found.get(text) ?? found.keep(text, search.all(text));
    });
  }

  has(wanted: readonly Wanted[], atMost?: number): RawBuilder<boolean> {
    const limit = atMost === undefined ? sql`` : sql` LIMIT ${atMost}`;
    return sql`sound_key IN (SELECT rowid FROM sound_words WHERE sound_words MATCH ${all(wanted)}${limit})`;
  }

  async ranked(
    { db }: Sql,
    { wanted, exactly, condition, limit }: Parameters<WordIndex['ranked']>[1],
  ): Promise<{ key: SoundKey; rank: number; exact: number }[]> {
    const found = await sql<{ key: SoundKey; rank: number; exact: number }>`
      SELECT sound_key AS key, ${RANK} AS rank, ${exact(exactly)} AS exact
      FROM sound_words JOIN library AS sounds ON sound_key = sound_words.rowid
      WHERE sound_words MATCH ${all(wanted)} AND ${condition}
      ORDER BY exact DESC, rank, sound_key LIMIT ${limit}`.execute(db);
    return found.rows;
  }

  async exactAmong(sql: Sql, { title, words, filename }: Exactly, keys: readonly SoundKey[]): Promise<SoundKey[]> {
    // Whatever is named like the whole text starts like it: far fewer are looked at.
    const start = `{title filename} : ^ "${words.split(' ', 1)[0]!}"`;
    return (await exactly(sql, start, new List(keys), title, words, filename)).map(({ key }) => key);
  }

  /** Another one whenever the words of the library have changed. */
  private stamp(): string {
    return this.file.prepare<[string], string>('SELECT value FROM settings WHERE name = ?').pluck().get(CHANGES) ?? '';
  }
}

const exact = ({ title, words, filename }: Exactly): RawBuilder<boolean> =>
  sql`(title_folded = ${title} OR sound_words.title = ${words} OR sound_words.filename = ${words}
    OR lower(sounds.filename) = ${filename})`;

const exactly = hot(
  ({ db, dialect }: Sql, start: string, keys: List<number>, title: string, words: string, filename: string) =>
    sql<{ key: SoundKey }>`
      SELECT sound_key AS key FROM sound_words JOIN sounds ON sound_key = sound_words.rowid
      WHERE sound_words MATCH ${start} AND +sound_words.rowid IN ${dialect.keys(keys)} AND ${exact({ title, words, filename })}`.compile(
      db,
    ),
);

function expression({ anyOf, in: fields }: Wanted): string {
  const phrases = anyOf.map(({ words, open }) => `"${words.join(' ')}"${open ? ' *' : ''}`);
  return `${fields ? `{${fields.join(' ')}} : ` : ''}(${phrases.join(' OR ')})`;
}

const all = (wanted: readonly Wanted[]): string => wanted.map(expression).join(' AND ');
