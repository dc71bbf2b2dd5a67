import { sql as raw } from 'kysely';
import type { SoundKey } from '../../domain/library/library.types.js';
import { fold } from '../../domain/search/words.js';
import type { Sql } from './dialect.js';
import { insertTags } from './sound.rows.js';

/** Names by their folded form, without empty ones. */
export const namesByFold = (names: readonly string[]): Map<string, string> =>
  new Map(names.map((name) => [fold(name.trim()), name.trim()] as const).filter(([folded]) => folded !== ''));

/** Takes automatic tags away and remembers them, with the confidence they had. Call inside the update's transaction. */
export async function rejectTags({ db }: Sql, key: SoundKey, names: readonly string[]): Promise<void> {
  for (const [folded, name] of namesByFold(names)) {
    const gone = await db
      .deleteFrom('tags')
      .where('sound_key', '=', key)
      .where('source', '=', 'auto')
      .where('name_folded', '=', folded)
      .returning('score')
      .executeTakeFirst();
    await db
      .insertInto('rejected_tags')
      .values({ sound_key: key, name_folded: folded, name, score: gone?.score ?? null })
      .onConflict((conflict) =>
        conflict
          .columns(['sound_key', 'name_folded'])
          .doUpdateSet({ score: raw`coalesce(excluded.score, rejected_tags.score)` }),
      )
      .execute();
  }
}

/** Takes rejections back; a tag that had been there is there again. Call inside the update's transaction. */
export async function acceptTags({ db }: Sql, key: SoundKey, names: readonly string[]): Promise<void> {
  for (const folded of namesByFold(names).keys()) {
    const accepted = await db
      .deleteFrom('rejected_tags')
      .where('sound_key', '=', key)
      .where('name_folded', '=', folded)
      .returning(['name', 'score'])
      .executeTakeFirst();
    if (!accepted || accepted.score === null) continue;
    await insertTags({ db }, [{ sound_key: key, source: 'auto', name_folded: folded, ...accepted }]);
  }
}
