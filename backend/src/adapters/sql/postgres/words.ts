import { sql, type RawBuilder } from 'kysely';
import type { SoundKey } from '../../../domain/library/library.types.js';
import { List, type Sql } from '../dialect.js';
import { every } from '../sound.condition.js';
import {
  FIELDS,
  FIELD_WEIGHTS,
  type Exactly,
  type Field,
  type KnownWord,
  type Phrase,
  type Wanted,
  type WordForms,
  type WordIndex,
} from '../words.js';

/** Places go up to 16,383, and a word takes up to 2 KB; what comes after counts as not written. */
const MAX_PLACES = 16_000;
const MAX_WORD = 400;
const MAX_LETTERS = 200_000;
/** No phrase reaches from one column into the next. */
const COLUMN_GAP = 2;
/** The usual constants of BM25, those of FTS5. */
const K1 = 1.2;
const B = 0.75;
/** How old the sizes of a library may be that ranks are reckoned from, while it is large. */
const SIZES_MS = 60_000;
const SMALL = 5_000;

/** Words are letters and digits, so that a mark never begins one. */
const markOf = (field: Field): string => `:${String.fromCharCode(97 + FIELDS.indexOf(field))}`;
const isWord = (text: string): boolean => /^[\p{L}\p{N}]+$/u.test(text);
const cut = (word: string): string => [...word.slice(0, MAX_WORD)].join('');

/** Full text by tsvector, without stems and stop words; mistyped words by their trigrams. */
export class PostgresWords implements WordIndex {
  private sizes: { sounds: number; words: number; at: number } | null = null;

  async put({ db }: Sql, key: SoundKey, columns: Readonly<Record<Field, string>>): Promise<void> {
    const { entries, known, count } = entriesOf(columns);
    await sql`INSERT INTO sound_words (words_of, title_words, filename_words, word_count, words)
      VALUES (${key}, ${columns.title}, ${columns.filename}, ${count}, ${entries}::tsvector)
      ON CONFLICT (words_of) DO UPDATE SET title_words = excluded.title_words, filename_words = excluded.filename_words,
        word_count = excluded.word_count, words = excluded.words`.execute(db);
    // In one order, so that no two wait for each other.
    await sql`INSERT INTO known_words (word) SELECT word FROM unnest(${new List(known)}::text[]) AS listed (word)
      WHERE NOT EXISTS (SELECT 1 FROM known_words WHERE known_words.word = listed.word)
      ON CONFLICT DO NOTHING`.execute(db);
  }

  changed(): Promise<void> {
    return Promise.resolve();
  }

  async knows({ db }: Sql, words: readonly WordForms[]): Promise<boolean[]> {
    const known = words.map(({ word, forms }) => {
      const phrases = [{ words: [word], open: true }, ...forms.map((form) => ({ words: [form], open: false }))];
      return sql`EXISTS (SELECT 1 FROM sound_words WHERE words @@ ${anyOf(phrases, '')}::tsquery)`;
    });
    const { rows } = await sql<{ known: boolean[] }>`SELECT ARRAY[${sql.join(known)}] AS known`.execute(db);
    return rows[0]!.known;
  }

  async near({ db }: Sql, words: readonly string[]): Promise<KnownWord[][]> {
    const parts = words.map(
      (word, place) => sql`SELECT ${sql.lit(place)} AS place, word AS term,
          (SELECT count(*) FROM sound_words WHERE words @@ quote_literal(word)::tsquery) AS doc
        FROM known_words WHERE word LIKE ${`%${word}%`}
          OR (word % ${word} AND char_length(word) BETWEEN ${word.length - 2} AND ${word.length + 2})`,
    );
    const { rows } = await sql<{ place: number; term: string; doc: number }>`${sql.join(
      parts,
      sql` UNION ALL `,
    )}`.execute(db);
    const lists = words.map((): KnownWord[] => []);
    for (const { place, term, doc } of rows) {
      if (doc > 0) lists[place]!.push({ term, doc, numbered: /\p{N}/u.test(term) });
    }
    return lists;
  }

  /** All of it in one statement: each way to the server and back costs more than looking up a word. */
  async containing({ db }: Sql, wanted: readonly Wanted[]): Promise<SoundKey[][]> {
    const parts = wanted.map(
      (one, place) => sql`SELECT ${sql.lit(place)} AS place, words_of AS key FROM sound_words WHERE ${matches([one])}`,
    );
    const { rows } = await sql<{ place: number; key: SoundKey }>`${sql.join(parts, sql` UNION ALL `)}`.execute(db);
    const lists = wanted.map((): SoundKey[] => []);
    for (const { place, key } of rows) lists[place]!.push(key);
    return lists;
  }

  has(wanted: readonly Wanted[], atMost?: number): RawBuilder<boolean> {
    const limit = atMost === undefined ? sql`` : sql` LIMIT ${atMost}`;
    return sql`sound_key IN (SELECT words_of FROM sound_words WHERE ${matches(wanted)}${limit})`;
  }

  async ranked(
    tx: Sql,
    { wanted, exactly, condition, limit }: Parameters<WordIndex['ranked']>[1],
  ): Promise<{ key: SoundKey; rank: number; exact: number }[]> {
    const rank = await this.rankOf(tx, wanted);
    const { rows } = await sql<{ key: SoundKey; rank: number; exact: number }>`
      SELECT sound_key AS key, ${rank} AS rank, CASE WHEN ${exact(exactly)} THEN 1 ELSE 0 END AS exact
      FROM sound_words JOIN library AS sounds ON sound_key = words_of
      WHERE ${matches(wanted)} AND ${condition}
      ORDER BY exact DESC, rank, key LIMIT ${limit}`.execute(tx.db);
    return rows;
  }

  async exactAmong({ db, dialect }: Sql, exactly: Exactly, keys: readonly SoundKey[]): Promise<SoundKey[]> {
    const { rows } = await sql<{ key: SoundKey }>`
      SELECT sound_key AS key FROM sounds JOIN sound_words ON sound_key = words_of
      WHERE sound_key IN ${dialect.keys(new List(keys))} AND ${exact(exactly)}`.execute(db);
    return rows.map(({ key }) => key);
  }

  /** BM25 over what is wanted, each column with its weight; the smaller the better, as FTS5 has it. */
  private async rankOf(tx: Sql, wanted: readonly Wanted[]): Promise<RawBuilder<number>> {
    const { sounds, words } = await this.sizesOf(tx);
    const average = Math.max(1, words);
    // With one word its rarity is the same for all.
    const rarities = wanted.length === 1 ? [1] : await raritiesOf(tx, wanted, sounds);
    const terms = wanted.map((one, place) => {
      const often = sql.join(
        (one.in ?? FIELDS).map(
          (field) =>
            sql`CASE WHEN words @@ ${anyOf(one.anyOf, markOf(field))}::tsquery THEN ${sql.lit(FIELD_WEIGHTS[field])} ELSE 0 END`,
        ),
        sql` + `,
      );
      return sql`${sql.lit(rarities[place]!)}::float8 * ((${often}) * ${sql.lit(K1 + 1)}::float8
        / ((${often}) + ${sql.lit(K1)}::float8 * (${sql.lit(1 - B)}::float8 + ${sql.lit(B / average)}::float8 * word_count)))`;
    });
    return sql`-(${sql.join(terms, sql` + `)})`;
  }

  private async sizesOf({ db }: Sql): Promise<{ sounds: number; words: number }> {
    const { sizes } = this;
    if (sizes && sizes.sounds > SMALL && Date.now() - sizes.at < SIZES_MS) return sizes;
    const { rows } = await sql<{ sounds: number; words: number | null }>`
      SELECT count(*) AS sounds, avg(word_count) AS words FROM sound_words`.execute(db);
    const { sounds, words } = rows[0]!;
    this.sizes = { sounds, words: words ?? 1, at: Date.now() };
    return this.sizes;
  }
}

async function raritiesOf({ db }: Sql, wanted: readonly Wanted[], sounds: number): Promise<number[]> {
  const counts = wanted.map((one) => sql`(SELECT count(*) FROM sound_words WHERE ${matches([one])})`);
  const { rows } = await sql<{ counts: number[] }>`SELECT ARRAY[${sql.join(counts)}]::float8[] AS counts`.execute(db);
  return rows[0]!.counts.map((having) => {
    const all = Math.max(sounds, having);
    return Math.max(1e-6, Math.log((all - having + 0.5) / (having + 0.5)));
  });
}

const exact = ({ title, words, filename }: Exactly): RawBuilder<boolean> =>
  sql`(title_folded = ${title} OR title_words = ${words} OR filename_words = ${words} OR lower(sounds.filename) = ${filename})`;

/** All that is wanted; nothing is what no word is named for. */
function matches(wanted: readonly Wanted[]): RawBuilder<boolean> {
  return every(
    wanted.map((one) => {
      const marks = one.in ? one.in.map(markOf) : [''];
      const query = marks.map((mark) => anyOf(one.anyOf, mark)).filter((text) => text !== '');
      return query.length === 0 ? sql`FALSE` : sql`words @@ ${query.join(' | ')}::tsquery`;
    }),
  );
}

/** One of the phrases, in the column of the mark (in any without one), as a tsquery. */
const anyOf = (phrases: readonly Phrase[], mark: string): string =>
  phrases
    .filter(({ words }) => words.length > 0)
    .map(({ words, open }) => {
      const lexemes = words.map((word) => `'${mark}${cut(word)}'`);
      return `(${lexemes.join(' <-> ')}${open ? ':*' : ''})`;
    })
    .join(' | ');

/** The tsvector of a row, the words in it (each once, in order), and how many there are. */
function entriesOf(columns: Readonly<Record<Field, string>>): { entries: string; known: string[]; count: number } {
  const entries: string[] = [];
  const known = new Set<string>();
  let [place, count, letters] = [0, 0, 0];
  for (const field of FIELDS) {
    for (const text of columns[field].split(' ')) {
      if (text === '') continue;
      place++;
      // What is no word keeps its place: it parts phrases.
      if (!isWord(text) || place > MAX_PLACES || letters > MAX_LETTERS) continue;
      const word = cut(text);
      entries.push(`'${word}':${place}`, `'${markOf(field)}${word}':${place}`);
      known.add(word);
      letters += word.length;
      count++;
    }
    place += COLUMN_GAP;
  }
  return { entries: entries.join(' '), known: [...known].sort(), count };
}
