import { z } from '@hono/zod-openapi';
import { inFuture, timestamp } from './common.js';

const seconds = z.number().min(0).max(1e6);

export const linkSchema = z
  .object({
    id: z.string(),
    ownerId: z.string().openapi({ description: 'The account that made it.' }),
    kind: z.enum(['sound', 'collection']),
    subjectId: z.string().openapi({ description: 'Id of the sound or the collection.' }),
    name: z.string().openapi({ description: 'What that was called when the link was made.' }),
    part: z
      .object({ startS: seconds, endS: seconds })
      .nullable()
      .openapi({ description: 'The moment that is shared; null for all of it.' }),
    download: z.boolean().openapi({ description: 'Whether it is offered as a file.' }),
    hasPassword: z.boolean(),
    createdAt: timestamp('When it was made.'),
    expiresAt: timestamp('When it stops working; null for never.').nullable(),
    opened: z.int().openapi({ description: 'How often it was opened.' }),
    openedAt: timestamp('When it was opened last; null for never.').nullable(),
  })
  .openapi('ShareLink');

export const linksSchema = z.object({ items: z.array(linkSchema) }).openapi('ShareLinks');

export const newLinkSchema = z
  .strictObject({
    soundId: z.uuid().optional(),
    collectionId: z.uuid().optional(),
    part: z
      .strictObject({ startS: seconds, endS: seconds })
      .refine(({ startS, endS }) => endS > startS, { error: 'must end after it begins', path: ['endS'] })
      .nullable()
      .default(null)
      .openapi({ description: 'Only this moment of the sound, in seconds.' }),
    download: z.boolean().default(false),
    password: z.string().min(6).max(200).nullable().default(null),
    expiresAt: inFuture.nullable().openapi({ description: 'Null: never.' }),
  })
  .refine(({ soundId, collectionId }) => (soundId === undefined) !== (collectionId === undefined), {
    error: 'must be given, or collectionId, but not both',
    path: ['soundId'],
  })
  .refine(({ collectionId, part }) => collectionId === undefined || part === null, {
    error: 'is for one sound',
    path: ['part'],
  })
  .openapi('NewShareLink', {
    example: { soundId: '7b1e6f34-7a0c-4b36-9c86-0d0d2d1f3a55', expiresAt: '2030-01-31T12:00:00Z', download: true },
  });

export const madeLinkSchema = linkSchema
  .extend({
    path: z.string().openapi({
      description: 'Where the link leads on this server. It is told this once; behind `#` is the token.',
      example: '/shared#4mB2…',
    }),
  })
  .openapi('MadeShareLink');

export const openLinkSchema = z
  .strictObject({ token: z.string().min(1).max(200), password: z.string().max(200).nullable().default(null) })
  .openapi('OpenShareLink');

export const sharedSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['sound', 'collection']),
    name: z.string(),
    part: z.object({ startS: seconds, endS: seconds }).nullable(),
    download: z.boolean(),
    expiresAt: timestamp('When the link stops working; null for never.').nullable(),
    sounds: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        artist: z.string().nullable(),
        durationS: z.number().nullable(),
        hasCover: z.boolean().openapi({ description: 'Whether it has a picture to show.' }),
      }),
    ),
  })
  .openapi('Shared');

export const sharedSoundParams = z.object({
  id: z
    .string()
    .max(100)
    .openapi({ param: { name: 'id', in: 'path' }, description: 'Id of the link.' }),
  soundId: z
    .string()
    .max(100)
    .openapi({ param: { name: 'soundId', in: 'path' }, description: 'Id of a sound that it shares.' }),
});
