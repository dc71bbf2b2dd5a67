import { fold } from '../../domain/search/words.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import type { Database } from './database.js';

const foldedNames = (names: readonly string[]): Map<string, string> =>
  new Map(names.map((name) => [fold(name.trim()), name.trim()] as const).filter(([folded]) => folded !== ''));

/** Takes automatic tags away and remembers them, with the confidence they had. Call inside the update's transaction. */
export function rejectTags(db: Database, key: SoundKey, names: readonly string[]): void {
  const remember = db.prepare(
    `INSERT INTO rejected_tags (sound_key, name_folded, name, score)
     VALUES (@key, @folded, @name, (SELECT score FROM tags WHERE sound_key = @key AND source = 'auto' AND name_folded = @folded))
     ON CONFLICT DO UPDATE SET score = coalesce(excluded.score, score)`,
  );
  const remove = db.prepare("DELETE FROM tags WHERE sound_key = @key AND source = 'auto' AND name_folded = @folded");
  for (const [folded, name] of foldedNames(names)) {
    remember.run({ key, folded, name });
    remove.run({ key, folded });
  }
}

/** Takes rejections back; a tag that had been there is there again. Call inside the update's transaction. */
export function acceptTags(db: Database, key: SoundKey, names: readonly string[]): void {
  const restore = db.prepare(
    `INSERT OR IGNORE INTO tags (sound_key, source, name_folded, name, score)
     SELECT sound_key, 'auto', name_folded, name, score FROM rejected_tags
     WHERE sound_key = @key AND name_folded = @folded AND score IS NOT NULL`,
  );
  const forget = db.prepare('DELETE FROM rejected_tags WHERE sound_key = @key AND name_folded = @folded');
  for (const folded of foldedNames(names).keys()) {
    restore.run({ key, folded });
    forget.run({ key, folded });
  }
}
