import { z } from '@hono/zod-openapi';
import { collectionSchema } from './collection.js';
import { queryNumber, queryText, timestamp } from './common.js';
import { MAX_BULK, soundSchema } from './sound.js';

const binned = {
  deletedAt: timestamp('When it was deleted.'),
  goesAt: timestamp('From when on it may be deleted for good.'),
  erasable: z.boolean().openapi({
    description: 'Whether whoever asks may delete it for good before that: its owner, and admins.',
  }),
};

const binnedSoundSchema = soundSchema.extend(binned).openapi('BinnedSound');
const binnedCollectionSchema = collectionSchema.extend(binned).openapi('BinnedCollection');

export const binQuery = z.object({
  limit: queryNumber(z.int().min(1).max(500).default(50)),
  cursor: queryText(z.string().max(1000).optional()).openapi({ description: '`nextCursor` of the page before.' }),
});

export const binSchema = z
  .object({
    items: z.array(binnedSoundSchema).openapi({ description: 'Latest deleted first.' }),
    nextCursor: z.string().nullable(),
    total: z.int(),
    bytes: z.number().openapi({ description: 'What all of it takes.' }),
    erasable: z
      .object({ sounds: z.int(), bytes: z.number() })
      .openapi({ description: 'What emptying the bin deletes and frees: the rest is of others.' }),
    days: z.int().openapi({ description: 'For how long sounds are kept here; 0: what is deleted does not come here.' }),
  })
  .openapi('Bin');

export const binnedCollectionsSchema = z
  .object({
    items: z.array(binnedCollectionSchema).openapi({ description: 'Latest deleted first.' }),
    nextCursor: z.string().nullable(),
    total: z.int(),
  })
  .openapi('BinnedCollections');

export const restoreSchema = z
  .strictObject({
    soundIds: z.array(z.string().max(100)).min(1).max(MAX_BULK).optional(),
    all: z.boolean().optional().openapi({ description: 'Everything in the bin, collections as well.' }),
  })
  .refine((request) => request.all === true || request.soundIds !== undefined, {
    error: 'must be given, or all: true',
    path: ['soundIds'],
  })
  .openapi('RestoreRequest', { example: { soundIds: ['0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d'] } });

export const restoredSchema = z
  .object({
    restored: z.array(z.string()).openapi({ description: 'Ids that are in the library again.' }),
    notFound: z.array(z.string()).openapi({ description: 'Ids that were not in the bin.' }),
    collections: z.array(z.string()).openapi({ description: 'Ids of collections that are back; with `all`.' }),
    nameTaken: z
      .array(z.string())
      .openapi({ description: 'Ids of collections that stay in the bin: another one has their name now.' }),
  })
  .openapi('Restored');

export const emptiedSchema = z
  .object({
    deleted: z.int(),
    freedBytes: z.number().openapi({ description: 'The files that are gone.' }),
    kept: z.int().openapi({ description: 'Sounds of others that stay: only they and admins delete them for good.' }),
    collections: z.int().openapi({ description: 'Deleted collections that are gone for good.' }),
  })
  .openapi('BinEmptied');
