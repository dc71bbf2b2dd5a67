import { z } from '@hono/zod-openapi';
import { cleanParagraphs } from '../../domain/library/clean-text.js';
import { ownerId, visibility } from './access.js';
import { idParams, lookedFor, queryNumber, queryText, timestamp } from './common.js';
import { exportFormat } from './search.js';
import { bulkIds, text } from './sound.js';

const name = text(200).openapi({ description: 'Unique; upper and lower case are the same.', example: 'Field trip' });
const description = z.string().overwrite(cleanParagraphs).max(2000);

export const collectionSchema = z
  .object({
    id: z.string().openapi({ description: 'UUID.', example: '0193f1f0-7f4e-4a53-9a2f-2f3c1a2b3c4d' }),
    name,
    description: z.string().nullable(),
    sounds: z.int().openapi({ description: 'How many sounds are in it.' }),
    durationS: z.number().openapi({ description: 'Of all of them together; seconds.' }),
    ownerId,
    visibility,
    createdAt: timestamp('When it was made.'),
    updatedAt: timestamp('When its name or content last changed.'),
  })
  .openapi('Collection');

export const collectionIdParams = idParams('a collection (UUID)');

const cursor = queryText(z.string().max(1000).optional()).openapi({ description: '`nextCursor` of the page before.' });

export const collectionsQuery = z.object({
  q: queryText(lookedFor(200).optional()).openapi({ description: 'Part of the name.' }),
  soundId: queryText(z.string().max(100).optional()).openapi({ description: 'Only those that hold this sound.' }),
  limit: queryNumber(z.int().min(1).max(500).default(100)).openapi({ description: 'Collections a page.' }),
  cursor,
});

export const collectionPageSchema = z
  .object({
    items: z.array(collectionSchema),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page.' }),
    total: z.int().openapi({ description: 'Of all pages together.' }),
  })
  .openapi('CollectionPage');

export const newCollectionSchema = z
  .strictObject({
    name,
    description: description.nullable().optional(),
    visibility: visibility
      .extract(['private', 'public'])
      .optional()
      .openapi({ description: 'Whom it is shared with is said when it is made.' }),
  })
  .openapi('NewCollection', { example: { name: 'Field trip', description: 'Lake, summer' } });

export const collectionPatchSchema = z
  .strictObject({ name: name.optional(), description: description.nullable().optional() })
  .refine((patch) => Object.keys(patch).length > 0, { error: 'must have at least one field to change' })
  .openapi('CollectionPatch', {
    description: 'Null clears the description; fields left out stay as they are.',
    minProperties: 1,
  });

export const collectionSoundsQuery = z.object({
  limit: queryNumber(z.int().min(1).max(500).default(100)).openapi({ description: 'Sounds a page.' }),
  cursor,
});

export const collectionIdsSchema = z.strictObject({ soundIds: bulkIds }).openapi('CollectionSounds');

const ids = z.array(z.string());

export const addedSchema = z
  .object({
    added: ids.openapi({ description: 'Stand at the end now.' }),
    already: ids.openapi({ description: 'Were in it before, and keep their place.' }),
    notFound: ids.openapi({ description: 'Ids that did not exist.' }),
  })
  .openapi('AddedToCollection');

export const removedSchema = z
  .object({ removed: ids, notFound: ids.openapi({ description: 'Ids that were not in it.' }) })
  .openapi('RemovedFromCollection');

export const moveSchema = z
  .strictObject({
    soundIds: bulkIds.openapi({ description: 'In the order wanted; ids that are not in it are left out.' }),
    before: z
      .string()
      .max(100)
      .nullable()
      .openapi({ description: 'The sound they go before, which has to be in it; null: to the end.' }),
  })
  .openapi('CollectionMove');

export const collectionExportQuery = z.object({ format: exportFormat });
