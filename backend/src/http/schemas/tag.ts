import { z } from '@hono/zod-openapi';
import { MAX_OWN_WORDS } from '../../domain/tagging/vocabulary.js';
import { lookedFor, queryNumber, queryText } from './common.js';
import { text } from './sound.js';

const name = text(100);
const prompts = z.array(text(300)).max(20);

const tagCountSchema = z
  .object({
    name: z.string().openapi({ example: 'rain' }),
    sounds: z.int().openapi({ description: 'How many sounds have it.' }),
    bySource: z
      .object({ file: z.int(), auto: z.int(), user: z.int() })
      .openapi({ description: 'How many of them have it from which source; a sound may have it from several.' }),
    german: z.string().optional().openapi({
      description: 'What it is called in German, of words that automatic tags are chosen from.',
      example: 'Regen',
    }),
  })
  .openapi('TagCount');

export const tagsQuery = z.object({
  q: queryText(lookedFor(100).default('')).openapi({
    description: 'Only tags of which a word starts with this.',
    example: 'ra',
  }),
  limit: queryNumber(z.int().min(1).max(1000).default(100)).openapi({ description: 'Tags to answer with.' }),
});

export const tagCountsSchema = z
  .object({
    items: z.array(tagCountSchema),
    total: z.int().openapi({ description: 'How many different tags match, shown or not.' }),
  })
  .openapi('TagCounts');

const wordSchema = z
  .object({
    name: z.string().openapi({ example: 'rain' }),
    prompts: z.array(z.string()).openapi({
      description: 'Descriptions of the sound; the model takes their mean.',
      example: ['rain', 'heavy rain'],
    }),
    german: z
      .string()
      .optional()
      .openapi({ description: 'What a built-in word is called in German.', example: 'Regen' }),
  })
  .openapi('TagWord');

const progressSchema = z
  .object({
    tagged: z.int().openapi({ description: 'Sounds whose automatic tags are up to date.' }),
    waiting: z.int().openapi({ description: 'Sounds that are still to be tagged; they are, in the background.' }),
  })
  .openapi('TaggingProgress');

export const vocabularySchema = z
  .object({
    version: z.string().openapi({ description: 'Changes with the words.' }),
    groups: z
      .array(z.object({ id: z.string().openapi({ example: 'nature' }), words: z.array(wordSchema) }))
      .openapi({ description: 'The built-in words, also those that are switched off or removed.' }),
    disabledGroups: z.array(z.string()).openapi({ description: 'Groups that are switched off.' }),
    removed: z.array(z.string()).openapi({ description: 'Built-in words that are not used.' }),
    own: z.array(wordSchema).openapi({ description: 'Words that a person added.' }),
    progress: progressSchema,
  })
  .openapi('TagVocabulary');

export const vocabularyEditsSchema = z
  .strictObject({
    disabledGroups: z.array(z.string().max(100)).max(100).default([]),
    removed: z.array(name).max(1000).default([]).openapi({ description: 'Names of built-in words.' }),
    own: z
      .array(z.strictObject({ name, prompts: prompts.default([]) }))
      .max(MAX_OWN_WORDS)
      .default([])
      .openapi({
        description: 'One named as a built-in word takes its place. Without `prompts` the name describes it.',
      }),
  })
  .openapi('TagVocabularyEdits', {
    description: 'All that differs from the built-in words; `{}` goes back to these.',
    example: {
      disabledGroups: ['machines'],
      removed: ['snow'],
      own: [{ name: 'riser', prompts: ['rising synth sweep'] }],
    },
  });

export const retagSchema = z
  .strictObject({
    soundIds: z.array(z.string().max(100)).min(1).max(1000).optional(),
    all: z.literal(true).optional(),
    forgetRejected: z
      .boolean()
      .default(false)
      .openapi({ description: 'Also bring back tags that were rejected on these sounds.' }),
  })
  .refine((body) => (body.soundIds === undefined) !== (body.all === undefined), {
    error: 'must have either soundIds or all',
  })
  .openapi('Retag', { example: { all: true } });

export const retaggedSchema = progressSchema
  .extend({ notFound: z.array(z.string()).openapi({ description: 'Ids of no sound that you may change.' }) })
  .openapi('Retagged');

const spanSchema = z.object({
  startS: z.number(),
  endS: z.number(),
  score: z.number().openapi({ description: 'Confidence 0..1 at its surest; 1 of a silence.' }),
});

export const timelineSchema = z
  .object({
    lanes: z.array(
      z
        .object({
          kind: z.enum(['silence', 'speech', 'music', 'tag']),
          name: z.string().openapi({ description: 'The word of the vocabulary.', example: 'rain' }),
          german: z.string().optional().openapi({ description: 'What it is called in German.', example: 'Regen' }),
          spans: z.array(spanSchema).openapi({ description: 'In order of time; seconds.' }),
        })
        .openapi('HeardLane'),
    ),
  })
  .openapi('Timeline');
