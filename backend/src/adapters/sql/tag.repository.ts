import { sql as raw, type RawBuilder } from 'kysely';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { TagRepository } from '../../domain/tagging/tagging.ports.js';
import type { AutoTag, StaleSound, TagCount, VocabularyEdits } from '../../domain/tagging/tagging.types.js';
import { NO_EDITS } from '../../domain/tagging/vocabulary.js';
import { fold } from '../../domain/search/words.js';
import { List, type Sql, type Storage } from './dialect.js';
import { holdSounds } from './held-sounds.js';
import { setting, setSetting } from './settings.js';
import { inLibraryOf, seenBy } from './access.js';
import { every } from './sound.condition.js';
import { indexWords, insertTags } from './sound.rows.js';
import { AFTER_ALL, literally } from './values.js';

const EDITS = 'tags.vocabulary';
/** Sounds looked at in one call: a few milliseconds. */
const SPAN = 2_000;

export class SqlTagRepository implements TagRepository {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  async edits(): Promise<VocabularyEdits> {
    const text = await setting(this.sql, EDITS);
    return text === null ? NO_EDITS : (JSON.parse(text) as VocabularyEdits);
  }

  async saveEdits(edits: VocabularyEdits): Promise<void> {
    await setSetting(this.sql, EDITS, JSON.stringify(edits));
  }

  async stale(
    stamp: string,
    modelKey: string,
    cursor: number,
    limit: number,
  ): Promise<{ sounds: StaleSound[]; cursor: number | null }> {
    const newest = await this.sql.db
      .selectFrom('sounds')
      .select(({ fn }) => fn.max<number | null>('sound_key').as('key'))
      .executeTakeFirst();
    const last = newest?.key ?? 0;
    const end = cursor + SPAN;
    const sounds = await stale(
      this.sql,
      stamp,
      modelKey,
      raw`sounds.sound_key > ${cursor} AND sounds.sound_key <= ${end} ORDER BY sounds.sound_key LIMIT ${limit}`,
    );
    const reached = sounds.length === limit ? sounds.at(-1)!.soundKey : end;
    return { sounds, cursor: reached < last ? reached : null };
  }

  staleAmong(stamp: string, modelKey: string, soundIds: readonly string[]): Promise<StaleSound[]> {
    return stale(this.sql, stamp, modelKey, raw`sounds.id IN ${this.sql.dialect.texts(new List(soundIds))}`);
  }

  save(stamp: string, results: readonly { sound: StaleSound; tags: readonly AutoTag[] }[]): Promise<string[]> {
    return this.sql.transaction(async (tx) => {
      await holdSounds(tx, { keys: results.map(({ sound }) => sound.soundKey) });
      const changed: string[] = [];
      for (const { sound, tags } of results) if (await saveOne(tx, stamp, sound, tags)) changed.push(sound.soundId);
      return changed;
    });
  }

  forget(soundIds: readonly string[] | null, { rejected }: { rejected: boolean }): Promise<string[]> {
    return this.sql.transaction(async (tx) => {
      const chosen = tx.db
        .selectFrom('library')
        .$if(soundIds !== null, (some) => some.where('id', 'in', tx.dialect.texts(new List(soundIds!))))
        .where(every(seenBy(this.viewer)));
      for (const table of rejected ? (['auto_tagging', 'rejected_tags'] as const) : (['auto_tagging'] as const)) {
        await tx.db
          .deleteFrom(table)
          .$if(soundIds !== null || this.viewer.id !== null, (query) =>
            query.where('sound_key', 'in', chosen.select('sound_key')),
          )
          .execute();
      }
      if (soundIds === null) return [];
      const known = new Set((await chosen.select('id').execute()).map(({ id }) => id));
      return [...new Set(soundIds)].filter((id) => !known.has(id));
    });
  }

  async progress(stamp: string): Promise<{ ready: number; tagged: number }> {
    const { rows } = await raw<{ ready: number; tagged: number }>`
      SELECT (SELECT count(*) FROM library WHERE ${every([raw`status = 'ready'`, ...seenBy(this.viewer)])}) AS ready,
             (SELECT count(*) FROM auto_tagging JOIN library AS sounds USING (sound_key)
              WHERE ${every([raw`stamp = ${stamp} AND status = 'ready'`, ...seenBy(this.viewer, 'sounds')])}
                AND auto_tagging.processed_at = sounds.processed_at) AS tagged`.execute(this.sql.db);
    return rows[0]!;
  }

  async counts(prefix: string, limit: number): Promise<{ items: TagCount[]; total: number }> {
    const folded = fold(prefix.trim());
    const conditions: RawBuilder<boolean>[] = [inLibraryOf(this.viewer)];
    if (folded !== '') {
      conditions.push(raw`((name_folded >= ${folded} AND name_folded < ${folded + AFTER_ALL})
        OR name_folded LIKE ${`% ${literally(folded)}%`} ESCAPE '\\')`);
    }
    const matching = every(conditions);
    const counted = raw<{ total: number }>`SELECT count(DISTINCT name_folded) AS total FROM tags WHERE ${matching}`;
    const { total } = (await counted.execute(this.sql.db)).rows[0]!;
    // Grouping needs the index alone; names and sources are looked up for the rows that are shown.
    const { rows } = await raw<{ name: string; sounds: number; file: number; auto: number; user: number }>`
      WITH used AS (
        SELECT name_folded, count(DISTINCT sound_key) AS sounds FROM tags WHERE ${matching}
        GROUP BY name_folded ORDER BY sounds DESC, name_folded LIMIT ${limit}
      )
      SELECT min(name) AS name, max(sounds) AS sounds, count(*) FILTER (WHERE source = 'file') AS file,
             count(*) FILTER (WHERE source = 'auto') AS auto, count(*) FILTER (WHERE source = 'user') AS "user"
      FROM used JOIN tags USING (name_folded) WHERE ${inLibraryOf(this.viewer)}
      GROUP BY name_folded ORDER BY sounds DESC, name_folded`.execute(this.sql.db);
    return {
      items: rows.map(({ name, sounds, file, auto, user }) => ({ name, sounds, bySource: { file, auto, user } })),
      total,
    };
  }
}

/** Ready, with vectors of the model, and not tagged under the stamp since it was processed. */
async function stale(
  { db }: Sql,
  stamp: string,
  modelKey: string,
  further: RawBuilder<unknown>,
): Promise<StaleSound[]> {
  const { rows } = await raw<StaleSound>`
    SELECT sounds.sound_key AS "soundKey", sounds.id AS "soundId", sounds.processed_at AS "processedAt"
    FROM library AS sounds LEFT JOIN auto_tagging ON auto_tagging.sound_key = sounds.sound_key
    WHERE status = 'ready' AND sounds.processed_at IS NOT NULL
      AND (stamp IS DISTINCT FROM ${stamp} OR auto_tagging.processed_at IS DISTINCT FROM sounds.processed_at)
      AND EXISTS (SELECT 1 FROM segments WHERE segments.sound_key = sounds.sound_key AND model_key = ${modelKey})
      AND ${further}`.execute(db);
  return rows;
}

async function saveOne(
  tx: Sql,
  stamp: string,
  { soundKey: key, processedAt }: StaleSound,
  tags: readonly AutoTag[],
): Promise<boolean> {
  const current = await tx.db
    .selectFrom('library')
    .select('processed_at')
    .where('sound_key', '=', key)
    .where('status', '=', 'ready')
    .executeTakeFirst();
  if (current?.processed_at !== processedAt) return false;
  await tx.db
    .insertInto('auto_tagging')
    .values({ sound_key: key, stamp, processed_at: processedAt })
    .onConflict((conflict) => conflict.column('sound_key').doUpdateSet({ stamp, processed_at: processedAt }))
    .execute();
  const before = await autoTags(tx, key);
  await tx.db.deleteFrom('tags').where('sound_key', '=', key).where('source', '=', 'auto').execute();
  const rejected = await tx.db.selectFrom('rejected_tags').select('name_folded').where('sound_key', '=', key).execute();
  const unwanted = new Set(rejected.map((row) => row.name_folded));
  const rows = tags.map(({ name, score }) => ({
    sound_key: key,
    source: 'auto' as const,
    name_folded: fold(name),
    name,
    score,
  }));
  await insertTags(
    tx,
    rows.filter((row) => !unwanted.has(row.name_folded)),
  );
  const changed = (await autoTags(tx, key)) !== before;
  if (changed) await indexWords(tx, key);
  return changed;
}

async function autoTags({ db }: Sql, key: number): Promise<string> {
  const rows = await db
    .selectFrom('tags')
    .select(['name', 'score'])
    .where('sound_key', '=', key)
    .where('source', '=', 'auto')
    .orderBy('name_folded')
    .execute();
  return JSON.stringify(rows);
}
