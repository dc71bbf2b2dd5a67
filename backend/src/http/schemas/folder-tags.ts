import { z } from '@hono/zod-openapi';
import { originFolder } from './access.js';
import { text } from './sound.js';

/** A sound has room for more of its own than any rule brings. */
const MOST = 20;

export const folderTagsSchema = z
  .strictObject({
    folder: originFolder,
    tags: z.array(text(100)).min(1).max(MOST).openapi({ description: 'What comes from there gets them as own tags.' }),
  })
  .openapi('FolderTags', { example: { folder: 'Drums/Kicks', tags: ['kick', 'drum'] } });

export const folderTagsListSchema = z.object({ items: z.array(folderTagsSchema) }).openapi('FolderTagsList');
export const folderTagsQuery = z.object({ folder: originFolder });
export const folderTagsApplySchema = z.strictObject({ folder: originFolder }).openapi('FolderTagsApply');
