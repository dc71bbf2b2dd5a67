import type { TagRepository } from '../../domain/tagging/tagging.ports.js';
import type { AutoTag, StaleSound, TagCount, VocabularyEdits } from '../../domain/tagging/tagging.types.js';
import { NO_EDITS } from '../../domain/tagging/vocabulary.js';
import { fold } from '../../domain/search/words.js';
import type { Database } from './database.js';
import { AFTER_ALL } from './keyword.query.js';
import { IN_LIBRARY, indexWords } from './sound.rows.js';

const EDITS = 'tags.vocabulary';
/** Sounds looked at in one call: a few milliseconds. */
const SPAN = 2_000;

/** Ready, with vectors of the model (second parameter), and not tagged under the stamp (first) since it was processed. */
const STALE = `SELECT sounds.sound_key AS soundKey, sounds.id AS soundId, sounds.processed_at AS processedAt
  FROM library AS sounds LEFT JOIN auto_tagging USING (sound_key)
  WHERE status = 'ready' AND sounds.processed_at IS NOT NULL
    AND (stamp IS NOT ? OR auto_tagging.processed_at IS NOT sounds.processed_at)
    AND EXISTS (SELECT 1 FROM segments WHERE segments.sound_key = sounds.sound_key AND model_key = ?)`;

export class SqliteTagRepository implements TagRepository {
  constructor(private readonly db: Database) {}

  edits(): VocabularyEdits {
    const text = this.db.prepare<[string], string>('SELECT value FROM settings WHERE name = ?').pluck().get(EDITS);
    return text === undefined ? NO_EDITS : (JSON.parse(text) as VocabularyEdits);
  }

  saveEdits(edits: VocabularyEdits): void {
    this.db.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)').run(EDITS, JSON.stringify(edits));
  }

  stale(
    stamp: string,
    modelKey: string,
    cursor: number,
    limit: number,
  ): { sounds: StaleSound[]; cursor: number | null } {
    const last = this.db.prepare<[], number | null>('SELECT max(sound_key) FROM sounds').pluck().get() ?? 0;
    const end = cursor + SPAN;
    const sounds = this.db
      .prepare<[string, string, number, number, number], StaleSound>(
        `${STALE} AND sounds.sound_key > ? AND sounds.sound_key <= ? ORDER BY sounds.sound_key LIMIT ?`,
      )
      .all(stamp, modelKey, cursor, end, limit);
    const reached = sounds.length === limit ? sounds.at(-1)!.soundKey : end;
    return { sounds, cursor: reached < last ? reached : null };
  }

  staleAmong(stamp: string, modelKey: string, soundIds: readonly string[]): StaleSound[] {
    return this.db
      .prepare<[string, string, string], StaleSound>(`${STALE} AND sounds.id IN (SELECT value FROM json_each(?))`)
      .all(stamp, modelKey, JSON.stringify(soundIds));
  }

  save(stamp: string, results: readonly { sound: StaleSound; tags: readonly AutoTag[] }[]): string[] {
    return this.db
      .transaction(() =>
        results.filter(({ sound, tags }) => this.saveOne(stamp, sound, tags)).map(({ sound }) => sound.soundId),
      )
      .immediate();
  }

  forget(soundIds: readonly string[] | null, { rejected }: { rejected: boolean }): void {
    const chosen =
      soundIds === null
        ? ''
        : 'WHERE sound_key IN (SELECT sound_key FROM library AS sounds JOIN json_each(?) ON value = sounds.id)';
    const params = soundIds === null ? [] : [JSON.stringify(soundIds)];
    this.db
      .transaction(() => {
        this.db.prepare<unknown[]>(`DELETE FROM auto_tagging ${chosen}`).run(...params);
        if (rejected) this.db.prepare<unknown[]>(`DELETE FROM rejected_tags ${chosen}`).run(...params);
      })
      .immediate();
  }

  progress(stamp: string): { ready: number; tagged: number } {
    return this.db
      .prepare<[string], { ready: number; tagged: number }>(
        `SELECT (SELECT count(*) FROM library WHERE status = 'ready') AS ready,
                (SELECT count(*) FROM auto_tagging JOIN library AS sounds USING (sound_key)
                 WHERE stamp = ? AND status = 'ready' AND auto_tagging.processed_at = sounds.processed_at) AS tagged`,
      )
      .get(stamp)!;
  }

  counts(prefix: string, limit: number): { items: TagCount[]; total: number } {
    const folded = fold(prefix.trim());
    const range = { prefix: folded, end: folded + AFTER_ALL, inner: ` ${folded}` };
    const named =
      folded === '' ? '' : 'AND ((name_folded >= @prefix AND name_folded < @end) OR instr(name_folded, @inner))';
    const matching = `WHERE ${IN_LIBRARY} ${named}`;
    const total = this.db
      .prepare<[typeof range], number>(`SELECT count(DISTINCT name_folded) FROM tags ${matching}`)
      .pluck()
      .get(range)!;
    // Grouping needs the index alone; names and sources are looked up for the rows that are shown.
    const rows = this.db
      .prepare<
        [typeof range & { limit: number }],
        { name: string; sounds: number; file: number; auto: number; user: number }
      >(
        `WITH used AS (
           SELECT name_folded, count(DISTINCT sound_key) AS sounds FROM tags ${matching}
           GROUP BY name_folded ORDER BY sounds DESC, name_folded LIMIT @limit
         )
         SELECT min(name) AS name, sounds, count(*) FILTER (WHERE source = 'file') AS file,
                count(*) FILTER (WHERE source = 'auto') AS auto, count(*) FILTER (WHERE source = 'user') AS user
         FROM used JOIN tags USING (name_folded) WHERE ${IN_LIBRARY} GROUP BY name_folded ORDER BY sounds DESC, name_folded`,
      )
      .all({ ...range, limit });
    return {
      items: rows.map(({ name, sounds, file, auto, user }) => ({ name, sounds, bySource: { file, auto, user } })),
      total,
    };
  }

  private saveOne(stamp: string, { soundKey, processedAt }: StaleSound, tags: readonly AutoTag[]): boolean {
    const current = this.db
      .prepare<[number], string | null>("SELECT processed_at FROM library WHERE sound_key = ? AND status = 'ready'")
      .pluck()
      .get(soundKey);
    if (current !== processedAt) return false;
    this.db
      .prepare('INSERT OR REPLACE INTO auto_tagging (sound_key, stamp, processed_at) VALUES (?, ?, ?)')
      .run(soundKey, stamp, processedAt);
    const before = this.autoTags(soundKey);
    this.db.prepare("DELETE FROM tags WHERE sound_key = ? AND source = 'auto'").run(soundKey);
    const insert = this.db.prepare(
      `INSERT OR IGNORE INTO tags (sound_key, source, name_folded, name, score)
       SELECT @key, 'auto', @folded, @name, @score
       WHERE NOT EXISTS (SELECT 1 FROM rejected_tags WHERE sound_key = @key AND name_folded = @folded)`,
    );
    for (const { name, score } of tags) insert.run({ key: soundKey, folded: fold(name), name, score });
    const changed = this.autoTags(soundKey) !== before;
    if (changed) indexWords(this.db, soundKey);
    return changed;
  }

  private autoTags(soundKey: number): string {
    const rows = this.db
      .prepare<[number], unknown[]>(
        "SELECT name, score FROM tags WHERE sound_key = ? AND source = 'auto' ORDER BY name_folded",
      )
      .raw()
      .all(soundKey);
    return JSON.stringify(rows);
  }
}
