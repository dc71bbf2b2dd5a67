import { z } from '@hono/zod-openapi';
import { idParams, instant, lookedFor, queryNumber, queryText, timeZone, timestamp } from './common.js';
import { bulkIds, colour, soundSchema, stars, text } from './sound.js';
import { modes, resultSort, sortOrder } from './search.js';

const favourite = z.boolean();

export const ratingSchema = z
  .object({
    soundId: z.string(),
    favourite,
    stars: stars.nullable().openapi({ description: '1 to 5; null without.' }),
    colour: colour.nullable(),
  })
  .openapi('Rating');

export const ratingsSchema = z.object({ items: z.array(ratingSchema) }).openapi('Ratings');

export const ratingChangeSchema = z
  .strictObject({
    soundIds: bulkIds,
    favourite: favourite.optional(),
    stars: stars.nullable().optional(),
    colour: colour.nullable().optional(),
  })
  .refine(({ favourite, stars, colour }) => [favourite, stars, colour].some((one) => one !== undefined), {
    error: 'must be given, or stars, or colour',
    path: ['favourite'],
  })
  .openapi('RatingChange', { description: 'What is left out stays; null takes stars or colour away.' });

export const ratedSchema = z
  .object({ ratings: z.array(ratingSchema), notFound: z.array(z.string()).openapi({ description: 'Unknown ids.' }) })
  .openapi('Rated');

const savedFields = {
  id: z.string().openapi({ description: 'UUID.' }),
  name: z.string(),
  query: z.string().openapi({ description: 'As it stands in the search box.', example: 'rain -thunder len:<30s' }),
  mode: modes,
  sort: resultSort,
  order: sortOrder.openapi({ description: 'Of every sort but `relevance`.' }),
  view: z.enum(['sounds', 'moments']).openapi({ description: 'What is listed: sounds, or the moments in them.' }),
  seenAt: timestamp('What came later is new.'),
  createdAt: timestamp('When it was saved.'),
  updatedAt: timestamp('When its name last changed.'),
};
export const savedSearchSchema = z.object(savedFields).openapi('SavedSearch');
export const savedSearchesSchema = z
  .object({
    items: z.array(
      z
        .object({
          ...savedFields,
          fresh: z.int().nullable().openapi({
            description: 'How many sounds that fit have come since `seenAt`; null when that cannot be told now.',
          }),
        })
        .openapi('SavedSearchNews'),
    ),
  })
  .openapi('SavedSearches');
export const savedSearchesQuery = z.object({ tz: queryText(timeZone) });

export const newSavedSearchSchema = z
  .strictObject({
    name: text(200)
      .optional()
      .openapi({ description: 'The text of the search, or its beginning, where it is left out.' }),
    query: lookedFor(5000).min(1),
    mode: modes.default('hybrid'),
    sort: resultSort.default('relevance'),
    order: sortOrder.default('asc'),
    view: savedFields.view.default('sounds'),
    seenAt: instant.optional().openapi({
      description: 'What came later is new; the present where it is left out. For one that was forgotten.',
    }),
    createdAt: instant.optional().openapi({ description: 'Its place among the others, likewise.' }),
  })
  .openapi('NewSavedSearch');

export const savedSearchPatchSchema = z.strictObject({ name: text(200) }).openapi('SavedSearchPatch');

export const savedSearchIdParams = idParams('a saved search (UUID)');

export const originsQuery = z.object({
  under: queryText(z.string().max(500).default('')).openapi({
    description: 'The folder whose folders are wanted; empty for those at the top.',
    example: 'Drums',
  }),
});
export const originsSchema = z
  .object({
    items: z.array(
      z.object({
        path: z.string().openapi({ example: 'Drums/Kicks' }),
        name: z.string().openapi({ example: 'Kicks' }),
        sounds: z.int().openapi({ description: 'In it and below.' }),
        hasFolders: z.boolean().openapi({ description: 'Whether there are folders below.' }),
      }),
    ),
  })
  .openapi('Origins');

export const recentlyPlayedQuery = z.object({
  limit: queryNumber(z.int().min(1).max(100).default(12)).openapi({ description: 'Sounds to return.' }),
});
export const recentlyPlayedSchema = z
  .object({ items: z.array(z.object({ sound: soundSchema, lastAt: timestamp('When it was last listened to.') })) })
  .openapi('RecentlyPlayed');
