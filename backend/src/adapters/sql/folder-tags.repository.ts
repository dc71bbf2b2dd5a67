import type { FolderTags, FolderTagsRepository } from '../../domain/library/folder-tags.ports.js';
import { fold } from '../../domain/search/words.js';
import { List, type Storage } from './dialect.js';
import { now } from './values.js';

const toRule = ({ folder, tags }: { folder: string; tags: string }): FolderTags => ({
  folder,
  tags: JSON.parse(tags) as string[],
});

export class SqlFolderTags implements FolderTagsRepository {
  constructor(private readonly sql: Storage) {}

  async all(): Promise<FolderTags[]> {
    const rows = await this.sql.db.selectFrom('folder_tags').selectAll().orderBy('folder_folded').execute();
    return rows.map(toRule);
  }

  async get(folder: string): Promise<FolderTags | null> {
    return (await this.some([fold(folder)]))[0] ?? null;
  }

  above(folder: string): Promise<FolderTags[]> {
    const parts = fold(folder).split('/');
    return this.some(parts.map((_, at) => parts.slice(0, at + 1).join('/')));
  }

  private async some(folded: readonly string[]): Promise<FolderTags[]> {
    const rows = await this.sql.db
      .selectFrom('folder_tags')
      .selectAll()
      .where('folder_folded', 'in', this.sql.dialect.texts(new List(folded)))
      .orderBy('folder_folded')
      .execute();
    return rows.map(toRule);
  }

  async set({ folder, tags }: FolderTags): Promise<void> {
    const said = { folder, tags: JSON.stringify(tags), updated_at: now() };
    await this.sql.db
      .insertInto('folder_tags')
      .values({ folder_folded: fold(folder), ...said })
      .onConflict((conflict) => conflict.column('folder_folded').doUpdateSet(said))
      .execute();
  }

  async delete(folder: string): Promise<boolean> {
    const { numDeletedRows } = await this.sql.db
      .deleteFrom('folder_tags')
      .where('folder_folded', '=', fold(folder))
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}
