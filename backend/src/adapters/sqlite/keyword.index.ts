import type { SoundFilters, SoundKey } from '../../domain/library/library.types.js';
import type { KeywordIndex } from '../../domain/search/search.ports.js';
import type { KeywordHit } from '../../domain/search/search.types.js';
import { fold, indexedWords } from '../../domain/search/words.js';
import type { Database } from './database.js';
import { wordGroups } from './keyword.query.js';
import { conditionFor } from './sound.rows.js';

/** The columns of `sound_words` in their order, with the weight that a match in each has. */
const FIELD_WEIGHTS = {
  title: 10,
  tags: 6,
  filename: 4,
  artist: 5,
  genre: 3,
  album: 2,
  auto_tags: 3,
  description: 1,
} as const;
const FIELDS = Object.keys(FIELD_WEIGHTS) as (keyof typeof FIELD_WEIGHTS)[];
/** Where people have written words. What the model has written, it says again, and finer, when it is asked. */
const WRITTEN = `{${FIELDS.filter((field) => field !== 'auto_tags').join(' ')}}`;
const RANK = `bm25(sound_words, ${Object.values(FIELD_WEIGHTS).join(', ')})`;

/** What a word means that stands in no name at all: it says how something sounds, not what it is called. */
const UNNAMED = 1;

/** Below this share of the query's meaning a sound that has only some of the words is not worth naming. */
const MIN_COVERAGE = 0.3;

export class SqliteKeywordIndex implements KeywordIndex {
  private readonly containing;

  constructor(private readonly db: Database) {
    this.containing = db.prepare<[string], SoundKey>('SELECT rowid FROM sound_words WHERE sound_words MATCH ?').pluck();
  }

  search(text: string, filters: SoundFilters, limit: number, match: 'all' | 'any' = 'all'): KeywordHit[] {
    const anywhere = wordGroups(this.db, text);
    const groups = match === 'all' ? anywhere : anywhere.map((group) => `(${WRITTEN} : ${group})`);
    if (groups.length === 0) return [];
    const hits =
      match === 'all' || groups.length === 1
        ? this.withAllWords(groups, text, filters, limit)
        : this.withSomeWords(groups, text, filters, limit);
    return this.addFields(hits, anywhere);
  }

  private withAllWords(
    groups: string[],
    text: string,
    filters: SoundFilters,
    limit: number,
  ): Omit<KeywordHit, 'fields'>[] {
    const { where, params } = conditionFor(filters);
    const rows = this.db
      .prepare<unknown[], { key: SoundKey; rank: number; exact: number }>(
        `SELECT sound_key AS key, ${RANK} AS rank, ${EXACT} AS exact
         FROM sound_words JOIN library AS sounds ON sound_key = sound_words.rowid
         WHERE ${['sound_words MATCH ?', 'processed_at IS NOT NULL', ...where].join(' AND ')}
         ORDER BY exact DESC, rank, sound_key LIMIT ?`,
      )
      .all(...exactParams(text), groups.join(' AND '), ...params, limit);
    return rows.map(({ key, rank, exact }) => ({ soundKey: key, score: -rank, coverage: 1, exact: exact === 1 }));
  }

  /** Rare words say more about what is meant than common ones: each counts by the logarithm of its rarity. */
  private withSomeWords(
    groups: string[],
    text: string,
    filters: SoundFilters,
    limit: number,
  ): Omit<KeywordHit, 'fields'>[] {
    const { where, params } = conditionFor(filters);
    const total = this.db.prepare<[], number>('SELECT count(*) FROM sounds').pluck().get()!;
    const found = groups.map((group) => this.containing.all(group));
    if (found.every((keys) => keys.length === 0)) return [];
    const meanings = found.map((keys) => (keys.length > 0 ? Math.log(1 + (total + 1) / (keys.length + 0.5)) : UNNAMED));
    const whole = meanings.reduce((sum, meaning) => sum + meaning, 0);
    const coverage = new Map<SoundKey, number>();
    found.forEach((keys, word) => {
      for (const key of keys) coverage.set(key, (coverage.get(key) ?? 0) + meanings[word]! / whole);
    });
    const candidates = [...coverage].filter(([, share]) => share >= MIN_COVERAGE);
    const keys = this.db
      .prepare<unknown[], SoundKey>(
        `SELECT sound_key FROM library
         WHERE ${['sound_key IN (SELECT value FROM json_each(?))', 'processed_at IS NOT NULL', ...where].join(' AND ')}`,
      )
      .pluck()
      .all(JSON.stringify(candidates.map(([key]) => key)), ...params);
    // What the whole text is has all of its words.
    const exact = this.exactAmong(
      text,
      keys.filter((key) => coverage.get(key)! > ALL_OF_IT),
    );
    return keys
      .map((key) => {
        const share = Math.min(1, coverage.get(key)!);
        return { soundKey: key, score: share, coverage: share, exact: exact.has(key) };
      })
      .sort((a, b) => Number(b.exact) - Number(a.exact) || b.score - a.score || a.soundKey - b.soundKey)
      .slice(0, limit);
  }

  private exactAmong(text: string, keys: readonly SoundKey[]): Set<SoundKey> {
    if (keys.length === 0) return new Set();
    const rows = this.db
      .prepare<unknown[], SoundKey>(
        `SELECT sound_key FROM sounds JOIN sound_words ON sound_key = sound_words.rowid
         WHERE sound_key IN (SELECT value FROM json_each(?)) AND ${EXACT}`,
      )
      .pluck()
      .all(JSON.stringify(keys), ...exactParams(text));
    return new Set(rows);
  }

  private addFields(hits: Omit<KeywordHit, 'fields'>[], groups: string[]): KeywordHit[] {
    if (hits.length === 0) return [];
    const keysByField = FIELDS.map((field) => new Set(this.containing.all(`{${field}} : (${groups.join(' OR ')})`)));
    return hits.map((hit) => ({
      ...hit,
      fields: FIELDS.filter((_, position) => keysByField[position]!.has(hit.soundKey)),
    }));
  }
}

/** Shares of a sum that should be 1 may miss it by their rounding. */
const ALL_OF_IT = 0.999;
/** Whether the whole text is the sound's title or file name. */
const EXACT = '(title_folded = ? OR sound_words.title = ? OR sound_words.filename = ? OR lower(sounds.filename) = ?)';

function exactParams(text: string): string[] {
  const words = indexedWords(text).join(' ');
  return [fold(text.trim()), words, words, text.trim().toLowerCase()];
}
