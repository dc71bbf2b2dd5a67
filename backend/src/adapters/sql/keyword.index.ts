import { sql as raw, type RawBuilder } from 'kysely';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { SoundFilters, SoundKey } from '../../domain/library/library.types.js';
import { isAll } from '../../domain/search/fusion.js';
import type { KeywordIndex } from '../../domain/search/search.ports.js';
import type { KeywordHit } from '../../domain/search/search.types.js';
import { fold, indexedWords } from '../../domain/search/words.js';
import { seenBy } from './access.js';
import { List, type Sql, type Storage } from './dialect.js';
import { hot } from './hot.js';
import { wantedOf } from './keyword.query.js';
import { conditionsFor, every } from './sound.condition.js';
import { FieldsByKey } from './fields-by-key.js';
import { FIELDS, type Exactly, type Wanted } from './words.js';

type Hit = Omit<KeywordHit, 'fields'>;

/** Where people have written words. What the model has written, it says again, and finer, when it is asked. */
const WRITTEN = FIELDS.filter((field) => field !== 'auto_tags');

/** What a word means that stands in no name at all: it says how something sounds, not what it is called. */
const UNNAMED = 1;

/** Below this share of the query's meaning a sound that has only some of the words is not worth naming. */
const MIN_COVERAGE = 0.3;

const countSounds = hot(({ db }: Sql) => raw<{ count: number }>`SELECT count(*) AS count FROM sounds`.compile(db));
const processedAmong = hot(({ db, dialect }: Sql, keys: List<number>) =>
  db
    .selectFrom('library')
    .select('sound_key')
    .where('sound_key', 'in', dialect.keys(keys))
    .where('processed_at', 'is not', null),
);

export class SqlKeywordIndex implements KeywordIndex {
  /** @param processed sounds of which that is known: the same whoever looks */
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
    private readonly processed = new Set<SoundKey>(),
  ) {}

  seenBy(viewer: Viewer): SqlKeywordIndex {
    return viewer.id === null ? this : new SqlKeywordIndex(this.sql, viewer, this.processed);
  }

  async search(
    text: string,
    filters: SoundFilters,
    limit: number,
    match: 'all' | 'any' = 'all',
  ): Promise<KeywordHit[]> {
    const anywhere = await wantedOf(this.sql, text);
    if (anywhere.length === 0) return [];
    const wanted = match === 'all' ? anywhere : anywhere.map(({ anyOf }) => ({ anyOf, in: WRITTEN }));
    const hits =
      match === 'all' || wanted.length === 1
        ? await this.withAllWords(wanted, text, filters, limit)
        : await this.withSomeWords(wanted, text, filters, limit);
    return this.addFields(hits, anywhere);
  }

  private async withAllWords(
    wanted: readonly Wanted[],
    text: string,
    filters: SoundFilters,
    limit: number,
  ): Promise<Hit[]> {
    const { dialect } = this.sql;
    const condition = every([raw`processed_at IS NOT NULL`, ...this.conditions(filters)]);
    const request = { wanted, exactly: exactly(text), condition, limit };
    const rows = await dialect.words.ranked(this.sql, request);
    return rows.map(({ key, rank, exact }) => ({ soundKey: key, score: -rank, coverage: 1, exact: exact === 1 }));
  }

  /** Rare words say more about what is meant than common ones: each counts by the logarithm of its rarity. */
  private async withSomeWords(
    wanted: readonly Wanted[],
    text: string,
    filters: SoundFilters,
    limit: number,
  ): Promise<Hit[]> {
    const total = (await countSounds(this.sql))[0]!.count;
    const found = await this.sql.dialect.words.containing(this.sql, wanted);
    if (found.every((keys) => keys.length === 0)) return [];
    const meanings = found.map((keys) => (keys.length > 0 ? Math.log(1 + (total + 1) / (keys.length + 0.5)) : UNNAMED));
    const whole = meanings.reduce((sum, meaning) => sum + meaning, 0);
    const coverage = new Map<SoundKey, number>();
    found.forEach((keys, word) => {
      for (const key of keys) coverage.set(key, (coverage.get(key) ?? 0) + meanings[word]! / whole);
    });
    const ranked: Hit[] = [];
    coverage.forEach((sum, soundKey) => {
      const share = Math.min(1, sum);
      if (share >= MIN_COVERAGE) ranked.push({ soundKey, score: share, coverage: share, exact: false });
    });
    // What the whole text is has all of its words.
    const complete = ranked.filter((hit) => isAll(hit.coverage)).map((hit) => hit.soundKey);
    if (complete.length > 0) {
      const exact = new Set(await this.sql.dialect.words.exactAmong(this.sql, exactly(text), complete));
      for (const hit of ranked) hit.exact = exact.has(hit.soundKey);
    }
    ranked.sort((a, b) => Number(b.exact) - Number(a.exact) || b.coverage - a.coverage || a.soundKey - b.soundKey);
    const hits: Hit[] = [];
    // Nearly all match unless there are filters: the best are looked up first, and mostly are enough.
    for (let at = 0, step = limit; at < ranked.length && hits.length < limit; at += step, step *= 4) {
      const some = ranked.slice(at, at + step);
      const matching = await this.matching(
        some.map((hit) => hit.soundKey),
        filters,
      );
      for (const hit of some) if (matching.has(hit.soundKey)) hits.push(hit);
    }
    return hits.slice(0, limit);
  }

  /** Those that meet the filters and were processed at least once. */
  private async matching(candidates: readonly SoundKey[], filters: SoundFilters): Promise<ReadonlySet<SoundKey>> {
    const conditions = this.conditions(filters);
    if (conditions.length > 0) {
      const rows = await this.sql.db
        .selectFrom('library')
        .select('sound_key')
        .where('sound_key', 'in', this.sql.dialect.keys(new List(candidates)))
        .where('processed_at', 'is not', null)
        .where(every(conditions))
        .execute();
      return new Set(rows.map((row) => row.sound_key));
    }
    // Once processed is processed for good, and what leaves the library leaves the index of words with it.
    const unknown = candidates.filter((key) => !this.processed.has(key));
    if (unknown.length > 0) {
      for (const row of await processedAmong(this.sql, new List(unknown))) this.processed.add(row.sound_key);
    }
    return this.processed;
  }

  private conditions(filters: SoundFilters): RawBuilder<boolean>[] {
    return [...conditionsFor(this.sql.dialect, filters, this.viewer), ...seenBy(this.viewer)];
  }

  /** Each word is looked up for itself, as other searches may have done before. */
  private async addFields(hits: Hit[], wanted: readonly Wanted[]): Promise<KeywordHit[]> {
    if (hits.length === 0) return [];
    const asked = wanted.flatMap(({ anyOf }) => FIELDS.map((field) => ({ anyOf, in: [field] })));
    const lists = await this.sql.dialect.words.containing(this.sql, asked);
    const words = wanted.map((_, at) => fieldsByKey(lists.slice(at * FIELDS.length, (at + 1) * FIELDS.length)));
    return hits.map(({ soundKey, score, coverage, exact }) => {
      let fields = 0;
      for (const byKey of words) fields |= byKey.get(soundKey);
      return { soundKey, score, fields: NAMES[fields]!, coverage, exact };
    });
  }
}

const known = new WeakMap<readonly SoundKey[], { lists: Lists; fields: FieldsByKey }>();
type Lists = readonly (readonly SoundKey[])[];

/** The fields, as bits, in which each sound has a word. Made once of lists that are given again. */
function fieldsByKey(lists: Lists): FieldsByKey {
  const before = known.get(lists[0]!);
  if (before && lists.every((list, at) => list === before.lists[at])) return before.fields;
  const fields = new FieldsByKey(lists);
  known.set(lists[0]!, { lists, fields });
  return fields;
}

/** By the bits of the fields, of which there are few: shared by all hits, and not to be changed. */
const NAMES = Array.from({ length: 1 << FIELDS.length }, (_, bits) => FIELDS.filter((_, field) => bits & (1 << field)));

const exactly = (text: string): Exactly => ({
  title: fold(text.trim()),
  words: indexedWords(text).join(' '),
  filename: text.trim().toLowerCase(),
});
