import { z } from '@hono/zod-openapi';
import { queryNumber, queryText, timestamp } from './common.js';
import { consistent, filterQueryFields, filtersSchema, soundSchema } from './sound.js';

const modes = z.enum(['hybrid', 'semantic', 'keyword']);
const MODE_TEXT = '`semantic`: by how it sounds. `keyword`: by names and tags. `hybrid`: both.';

export const searchQuery = consistent(
  z.object({
    q: z
      .string()
      .trim()
      .min(1)
      .max(5000)
      .openapi({ description: 'What to find, in plain words.', example: 'rain on a tin roof' }),
    limit: queryNumber(z.int().min(1).max(200).default(20)).openapi({ description: 'Sounds to return.' }),
    offset: queryNumber(z.int().min(0).max(10_000).default(0)).openapi({ description: 'Sounds to skip.' }),
    mode: queryText(modes.default('hybrid')).openapi({ description: MODE_TEXT }),
    ...filterQueryFields,
  }),
);

const weight = z
  .number()
  .min(-10)
  .max(10)
  .default(1)
  .openapi({ description: 'How much it counts; negative means "less of this".' });

const wish = {
  text: z
    .array(z.strictObject({ text: z.string().trim().min(1).max(5000), weight }))
    .max(20)
    .default([])
    .openapi({ description: 'Descriptions.' }),
  like: z
    .array(
      z
        .strictObject({
          soundId: z.string().max(100),
          startS: z.number().min(0).optional().openapi({ description: 'Begin of the part meant, in seconds.' }),
          endS: z.number().min(0).optional().openapi({ description: 'End of the part meant, in seconds.' }),
          weight,
        })
        .refine((part) => part.startS === undefined || part.endS === undefined || part.startS < part.endS, {
          error: 'must be greater than startS',
          path: ['endS'],
        }),
    )
    .max(20)
    .default([])
    .openapi({ description: 'Sounds of the library, or parts of them, to be like.' }),
  filters: filtersSchema.optional(),
  mode: modes.default('hybrid').openapi({ description: MODE_TEXT }),
};

export const advancedSearchSchema = z
  .strictObject({
    ...wish,
    audioWeights: z.array(z.number().min(-10).max(10)).max(8).default([]).openapi({
      description: 'Weights of the `audio` files of a multipart request, in their order; 1 where missing.',
    }),
    limit: z.int().min(1).max(200).default(20),
    offset: z.int().min(0).max(10_000).default(0),
  })
  .openapi('AdvancedSearch', {
    example: {
      text: [
        { text: 'rain', weight: 1 },
        { text: 'thunder', weight: -0.5 },
      ],
      filters: { maxDurationS: 60 },
      limit: 20,
    },
  });

const searchResultSchema = z
  .object({
    sound: soundSchema,
    score: z
      .number()
      .nullable()
      .openapi({ description: 'Raw cosine of the best moment; null when only words matched.' }),
    relevance: z
      .number()
      .openapi({ description: '0..1, calibrated against how the same query scores unrelated sound.' }),
    matches: z
      .array(z.object({ startS: z.number(), endS: z.number(), score: z.number() }))
      .openapi({ description: 'The moments that matched, best first; seconds.' }),
    reasons: z.array(z.string()).openapi({ description: 'Why it is here, for people.' }),
  })
  .openapi('SearchResult');

export const searchAnswerSchema = z
  .object({
    query: z.string(),
    model: z.string().openapi({ example: 'compact-clap' }),
    tookMs: z.number().openapi({ description: 'Time of the search in the server, milliseconds.' }),
    total: z.int().openapi({ description: 'Sounds that could be returned with larger `limit` and `offset`.' }),
    verdict: z.enum(['good', 'weak', 'none']).openapi({ description: 'Whether anything here sounds like that.' }),
    results: z.array(searchResultSchema),
  })
  .openapi('SearchAnswer');

export const similarQuery = z.object({
  limit: queryNumber(z.int().min(1).max(200).default(20)).openapi({ description: 'Sounds to return.' }),
});

export const suggestionsQuery = z.object({
  q: z.string().trim().max(200).default('').openapi({ description: 'What has been typed so far.', example: 'rai' }),
  limit: queryNumber(z.int().min(1).max(50).default(8)),
});
export const suggestionsSchema = z.object({ items: z.array(z.string()) }).openapi('Suggestions');

export const historyQuery = z.object({ limit: queryNumber(z.int().min(1).max(500).default(50)) });
export const historyIdParams = z.object({
  id: queryNumber(z.int().min(1)).openapi({
    type: 'integer',
    param: { name: 'id', in: 'path' },
    description: 'Id of an entry.',
    example: 7,
  }),
});
export const historySchema = z
  .object({
    items: z.array(
      z.object({
        id: z.int(),
        query: z.string(),
        mode: modes,
        resultCount: z.int(),
        tookMs: z.number(),
        createdAt: timestamp('When it was searched.'),
      }),
    ),
  })
  .openapi('SearchHistory');

export const exportRequestSchema = z
  .strictObject({
    format: z
      .enum(['csv', 'json', 'm3u8', 'zip'])
      .openapi({ description: '`zip` holds the audio files, a playlist and a manifest.' }),
    soundIds: z
      .array(z.string().max(100))
      .min(1)
      .max(10_000)
      .optional()
      .openapi({ description: 'A selection, in this order.' }),
    query: z
      .strictObject({ ...wish, limit: z.int().min(1).max(200).default(200) })
      .optional()
      .openapi({ description: 'Or the results of this search.' }),
  })
  .refine((request) => (request.soundIds === undefined) !== (request.query === undefined), {
    error: 'give either soundIds or query',
    path: ['soundIds'],
  })
  .openapi('ExportRequest', { example: { format: 'csv', query: { text: [{ text: 'rain' }] } } });
