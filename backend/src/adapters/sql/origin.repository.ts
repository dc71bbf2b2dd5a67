import { randomUUID } from 'node:crypto';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import type { OriginRepository } from '../../domain/library/origins.js';
import { fold } from '../../domain/search/words.js';
import type { Storage } from './dialect.js';
import { inLibraryOf } from './access.js';
import { AFTER_ALL, now } from './values.js';

export class SqlOriginRepository implements OriginRepository {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  add(soundId: string, { folder, filename }: { folder: string; filename: string }): Promise<boolean> {
    return this.sql.transaction(async ({ db }) => {
      const sound = await db.selectFrom('sounds').select('sound_key').where('id', '=', soundId).executeTakeFirst();
      if (!sound) return false;
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('origins')
        .values({
          id: randomUUID(),
          sound_key: sound.sound_key,
          folder,
          folder_folded: fold(folder),
          filename,
          created_at: now(),
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    });
  }

  async below(folder: string): Promise<{ folder: string; soundKey: SoundKey }[]> {
    const from = folder === '' ? '' : `${fold(folder)}/`;
    return await this.sql.db
      .selectFrom('origins')
      .select(['folder', 'sound_key as soundKey'])
      .distinct()
      .where('folder_folded', '>=', from)
      .where('folder_folded', '<', from + AFTER_ALL)
      .where(inLibraryOf(this.viewer))
      .execute();
  }
}
