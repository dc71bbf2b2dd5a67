import { z } from '@hono/zod-openapi';
import { COMPARED, type Compared } from '../../domain/analysis/aspects.types.js';
import { CHANNEL_LAYOUTS, SOUND_KINDS, SOUND_SORTS } from '../../domain/library/library.types.js';
import { MAX_TEXT_LENGTH } from '../../domain/search/query.js';
import { HINT_CODES, USUALLY } from '../../domain/search/query-parts.js';
import { REASON_CODES } from '../../domain/search/reasons.js';
import { SUGGESTION_KINDS } from '../../domain/search/suggestions.js';
import { binary, lookedFor, queryNumber, queryText, timestamp, timeZone } from './common.js';
import { colour, consistent, filterQueryFields, filtersSchema, soundSchema } from './sound.js';

export const modes = z.enum(['hybrid', 'semantic', 'keyword']);
export const resultSort = z.enum(['relevance', ...SOUND_SORTS]);
export const sortOrder = z.enum(['asc', 'desc']);
const MODE_TEXT = '`semantic`: by how it sounds. `keyword`: by names and tags. `hybrid`: both.';

const LANGUAGE =
  'Plain words describe the sound; `-thunder` or `-"heavy rain"`: less of it; `rain^2 + wind`: several terms with weights; ' +
  '`like:ID` `like:ID@3.2-5` `clip:ID`: like a sound, a part of one, or a clip that was sent; `like:ID~rhythm` `like:ID~timbre:2~overall:0`: like it in some aspects (`timbre`, `pitch`, `rhythm`, `loudness`) more than as a whole; `"exact words"`: must occur in a ' +
  'name or tag; filters: `tag:dog` `artist:"two words"` `genre:` `author:` `licence:` `album:` `title:` `file:` `name:` `format:` `channels:stereo` `bpm:120-128` `key:Am` ' +
  '`len:<5s` `added:>2026-01` `collection:name` `favourite:true` `rating:4-5` `colour:red` `folder:Drums` `note:"second take"` `kind:loop` `loudness:>-14` `brightness:>3k` `owner:me` `visibility:private` `rate:48k` `bits:24` `recorded:2019`, with a minus what must not hold; `sort:newest` puts what fits in another order. Any text is valid: slips are told in `parsed.hints`. Filters given as parameters win.';

const copies = z
  .enum(['hide', 'show'])
  .default('hide')
  .openapi({ description: '`hide`: the best copy of a sound stands for all; `show`: each is a result of its own.' });

export const searchQuery = consistent(
  z.object({
    q: lookedFor(5000)
      .min(1)
      .openapi({ description: `What to find. ${LANGUAGE}`, example: 'rain on a tin roof -thunder len:<30s' }),
    limit: queryNumber(z.int().min(1).max(200).default(20)).openapi({ description: 'Sounds to return.' }),
    offset: queryNumber(z.int().min(0).max(10_000).default(0)).openapi({ description: 'Sounds to skip.' }),
    mode: queryText(modes.default('hybrid')).openapi({ description: MODE_TEXT }),
    copies: queryText(copies),
    sort: queryText(resultSort.default('relevance')).openapi({
      description: 'Puts those that fit in this order; the others follow, the nearest first.',
    }),
    order: queryText(sortOrder.default('asc')).openapi({ description: 'Of every sort but `relevance`.' }),
    history: queryText(z.enum(['true', 'false']).default('true')).openapi({
      description: '`false` keeps the search out of the history, as one that is made while somebody types.',
    }),
    ...filterQueryFields,
  }),
);

const weight = z
  .number()
  .min(-10)
  .max(10)
  .default(1)
  .openapi({ description: 'How much it counts; negative means "less of this".' });

const amount = z.number().min(0).max(10).optional();
const countSomething = (weights: Partial<Record<Compared, number | undefined>>): boolean =>
  COMPARED.some((name) => (weights[name] ?? USUALLY[name]) > 0);
const aspectWeights = z
  .strictObject({ overall: amount, timbre: amount, pitch: amount, rhythm: amount, loudness: amount })
  .refine(countSomething, { error: 'must count something' })
  .openapi('AspectWeights', {
    description:
      'How much each counts: `overall` (how the model hears a sound; 1 where nothing is said), `timbre`, `pitch`, `rhythm`, `loudness` (0 where nothing is said). What an example does not have, as noise has no pitch, is left out.',
  });

const term = {
  q: lookedFor(5000)
    .min(1)
    .optional()
    .openapi({
      description: `As typed into the search box; adds to the other fields. ${LANGUAGE}`,
      example: 'rain -thunder',
    }),
  text: z
    .array(z.strictObject({ text: lookedFor(MAX_TEXT_LENGTH).min(1), weight }))
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
          aspects: aspectWeights.optional(),
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
  copies,
  tz: timeZone,
};

export const advancedSearchSchema = z
  .strictObject({
    ...term,
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

const matchSchema = z.object({ startS: z.number(), endS: z.number(), score: z.number() });

const searchResultSchema = z
  .object({
    sound: soundSchema,
    copies: z.int().openapi({ description: 'How many other sounds of the library are copies of it.' }),
    score: z
      .number()
      .nullable()
      .openapi({ description: 'Raw cosine of the best moment; null when only words matched.' }),
    relevance: z.number().nullable().openapi({
      description:
        '0..1, calibrated against how the same query scores unrelated sound: from 0.75 it fits well, from 0.5 perhaps; null when only filters were given: nothing was described that it could fit.',
    }),
    fits: z.boolean().openapi({ description: 'Whether it fits at all; alone it would not make the verdict `none`.' }),
    matches: z.array(matchSchema).openapi({ description: 'The moments that matched, best first; seconds.' }),
    notes: z
      .array(z.object({ id: z.string(), startS: z.number(), endS: z.number().nullable(), text: z.string() }))
      .openapi({ description: 'Markers with the words in their text, those with most of them first; three at most.' }),
    reasons: z
      .array(
        z.object({
          code: z.enum(REASON_CODES),
          text: z.string().openapi({ description: 'The words, tag or example; empty where the code says it all.' }),
          message: z.string().openapi({ description: 'For people.', example: 'The title contains "rain"' }),
        }),
      )
      .openapi({ description: 'Why it is here.' }),
  })
  .openapi('SearchResult');

/** The filters that can be typed; dates are days. */
const plainFilters = z
  .object({
    minDurationS: z.number(),
    maxDurationS: z.number(),
    minBpm: z.number(),
    maxBpm: z.number(),
    key: z.string(),
    genre: z.string(),
    author: z.string(),
    licence: z.string(),
    artist: z.string(),
    tags: z.array(z.string()),
    collections: z.array(z.string()),
    folders: z.array(z.string()),
    album: z.array(z.string()),
    title: z.array(z.string()),
    filename: z.array(z.string()),
    name: z.array(z.string()),
    notes: z.array(z.string()),
    format: z.string(),
    channels: z.enum(CHANNEL_LAYOUTS),
    kind: z.enum(SOUND_KINDS),
    minLoudness: z.number(),
    maxLoudness: z.number(),
    minBrightness: z.number(),
    maxBrightness: z.number(),
    minSampleRateHz: z.number(),
    maxSampleRateHz: z.number(),
    minBitsPerSample: z.number(),
    maxBitsPerSample: z.number(),
    recordedAfter: z.string(),
    recordedBefore: z.string(),
    addedAfter: z.string(),
    addedBefore: z.string(),
    damaged: z.boolean(),
    favourite: z.boolean(),
    minStars: z.number(),
    maxStars: z.number(),
    colour,
  })
  .partial();
const parsedFilters = plainFilters.extend({ not: z.array(plainFilters).optional() }).openapi('TypedFilters');

const hintSchema = z
  .object({
    code: z.enum(HINT_CODES),
    message: z.string().openapi({ description: 'For people.' }),
    at: z.int().openapi({ description: 'Where in `q`, in UTF-16 units.' }),
    length: z.int(),
    suggestion: z.string().optional().openapi({ description: 'What could stand there instead.' }),
    example: z.string().optional().openapi({ description: 'How such a filter is written.' }),
  })
  .openapi('QueryHint');

const partSchema = z
  .object({
    kind: z.enum(['term', 'sound', 'clip', 'name', 'filter']),
    typed: z.string().openapi({ description: 'This part alone, as it is typed.', example: 'len:<30s' }),
    without: z.string().openapi({ description: 'What `q` is without this part.', example: 'rain -thunder' }),
    text: z
      .string()
      .openapi({ description: 'The words of a term, what an example is called, or the value of a filter.' }),
    weight: z
      .number()
      .optional()
      .openapi({ description: 'Of a term or example; negative means "less of this", 0 that it does not count.' }),
    reweighted: z
      .object({ plus: z.string(), minus: z.string(), one: z.string(), minusOne: z.string() })
      .optional()
      .openapi({
        description:
          'How the same term or example is typed with another weight: `one` for 1, `minusOne` for -1, else `plus` or `minus`, then `^` and the size of the weight.',
      }),
    soundId: z.string().optional(),
    clipId: z.string().optional(),
    startS: z.number().optional(),
    endS: z.number().optional(),
    aspects: aspectWeights.optional().openapi({ description: 'What an example is to be like in.' }),
    negated: z.boolean().optional().openapi({ description: 'A filter that must not hold.' }),
    filters: parsedFilters.optional().openapi({ description: 'What a filter asks for.' }),
  })
  .openapi('QueryPart');

export const parsedSchema = z
  .object({
    canonical: z.string().openapi({ description: 'The same search in its tidy form.' }),
    text: z.array(z.object({ text: z.string(), weight: z.number() })),
    like: z.array(
      z.object({
        soundId: z.string(),
        startS: z.number().optional(),
        endS: z.number().optional(),
        weight: z.number(),
        aspects: aspectWeights.optional(),
      }),
    ),
    clips: z.array(z.object({ clipId: z.string(), weight: z.number() })),
    names: z.array(z.string()).openapi({ description: 'Must occur in a name or tag.' }),
    filters: parsedFilters,
    hints: z.array(hintSchema).openapi({ description: 'Slips, and what was probably meant.' }),
    parts: z.array(partSchema).openapi({ description: 'Everything that is asked for, one by one.' }),
    literal: z.string().nullable().openapi({
      description:
        'Set where plain words were read as people say them (`rain without thunder` as `rain -thunder`): the search for the very words instead.',
      example: '"rain without thunder"^1',
    }),
  })
  .openapi('ParsedQuery');

export const searchAnswerSchema = z
  .object({
    query: z.string(),
    model: z.string().openapi({ example: 'compact-clap' }),
    tookMs: z.number().openapi({ description: 'Time of the search in the server, milliseconds.' }),
    total: z.int().openapi({ description: 'Sounds that could be returned with larger `limit` and `offset`.' }),
    fitting: z.int().openapi({ description: 'How many of them fit, as far as they were ranked.' }),
    moreFit: z.boolean().openapi({ description: 'Whether more may fit than were ranked.' }),
    verdict: z.enum(['good', 'weak', 'none']).openapi({ description: 'Whether anything here sounds like that.' }),
    wordsOnly: z
      .object({
        code: z.enum(['not_ready', 'invalid_input']),
        message: z.string().openapi({ description: 'For people.' }),
      })
      .nullable()
      .openapi({
        description:
          'Set when a search could not go by sound: `invalid_input` for a text that the model cannot read (made-up words, another language), `not_ready` while the index is rebuilt. `hybrid` goes by names and tags alone then; `semantic` finds nothing for such a text, with the verdict `none`, and is 503 without an index.',
      }),
    results: z.array(searchResultSchema),
    parsed: parsedSchema.optional().openapi({ description: 'How `q` was read, where it was given.' }),
  })
  .openapi('SearchAnswer');

export const parseQuery = z.object({
  q: z.string().max(5000).openapi({ description: LANGUAGE, example: 'rain -thunder len:<30s' }),
  tz: queryText(timeZone),
});

export const clipsSchema = z
  .object({
    clips: z.array(
      z.object({
        clipId: z.string().openapi({ description: 'To be typed as `clip:ID`.', example: '3f9a0b12' }),
        name: z.string(),
        durationS: z.number(),
      }),
    ),
  })
  .openapi('SentClips');

export const momentsQuery = z.object({
  q: lookedFor(5000)
    .min(1)
    .openapi({ description: `What to find. ${LANGUAGE}`, example: 'thunder' }),
});
export const momentsSchema = z
  .object({
    items: z.array(matchSchema).openapi({
      description:
        'Best first; seconds. The first is told more finely than the windows of the model, where it hears short sounds. Scores are raw cosines of whole windows.',
    }),
  })
  .openapi('Moments');

const queryAmount = (description: string) =>
  queryNumber(z.number().min(0).max(10).optional()).openapi({ description, example: 2 });

export const similarQuery = z
  .object({
    overall: queryAmount('How much it counts how the model hears the sounds; 1 where nothing is said.'),
    timbre: queryAmount('How much the colour of the sound counts; 0 where nothing is said, as of the others.'),
    pitch: queryAmount('How much pitch counts. What the sound does not have, as noise has no pitch, is left out.'),
    rhythm: queryAmount('How much rhythm counts: the same pattern, best at the same tempo.'),
    loudness: queryAmount('How much loudness and dynamics count.'),
    limit: queryNumber(z.int().min(1).max(200).default(20)).openapi({ description: 'Sounds to return.' }),
    copies: queryText(copies),
  })
  .refine(countSomething, { error: 'must be more than 0 where nothing else counts', path: ['overall'] });

export const suggestionsQuery = z.object({
  q: z.string().max(5000).default('').openapi({ description: 'All of the box.', example: 'rain tag:ki' }),
  cursor: queryNumber(z.int().min(0).optional()).openapi({
    description: 'Where the cursor stands, in UTF-16 units; the end where it is not given.',
  }),
  limit: queryNumber(z.int().min(1).max(50).default(8)),
});
export const suggestionsSchema = z
  .object({
    items: z.array(
      z.object({
        kind: z.enum(SUGGESTION_KINDS),
        label: z.string().openapi({ description: 'For people.', example: 'kick' }),
        text: z.string().openapi({ description: 'All of the box when it is taken.', example: 'rain tag:kick' }),
        cursor: z.int().openapi({ description: 'Where the cursor stands then.' }),
        whole: z.boolean().openapi({ description: 'Nothing else stands in the box: a search of its own.' }),
      }),
    ),
  })
  .openapi('Suggestions');

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

export const exportFormat = z.enum(['csv', 'json', 'm3u8', 'zip']).openapi({
  description:
    '`zip` holds the audio files, a playlist and a manifest; those that cannot be read are listed in `NOT INCLUDED.txt`.',
});

export const exportFormSchema = z.object({
  request: z.string().openapi({ description: 'An `ExportRequest` as JSON.' }),
});

/** What every export answers with. */
export const exportedFile = {
  description: 'A file to save.',
  content: {
    'text/csv': { schema: { type: 'string' as const } },
    'application/json': { schema: { type: 'object' as const } },
    'application/vnd.apple.mpegurl': { schema: { type: 'string' as const } },
    'application/zip': { schema: binary },
  },
};

export const exportRequestSchema = z
  .strictObject({
    format: exportFormat,
    soundIds: z
      .array(z.string().max(100))
      .min(1)
      .max(10_000)
      .optional()
      .openapi({ description: 'A selection, in this order.' }),
    query: z
      .strictObject({ ...term, limit: z.int().min(1).max(10_000).default(200) })
      .optional()
      .openapi({ description: 'Or the results of this search, at most `limit`.' }),
  })
  .refine((request) => (request.soundIds === undefined) !== (request.query === undefined), {
    error: 'must be given, or query, but not both',
    path: ['soundIds'],
  })
  .openapi('ExportRequest', { example: { format: 'csv', query: { text: [{ text: 'rain' }] } } });

/** Addresses end somewhere: what is more is sent as a form. */
export const exportSelectionQuery = z.object({
  format: queryText(exportFormat),
  soundIds: queryText(
    z
      .string()
      .min(1)
      .max(8000)
      .transform((ids) => ids.split(',')),
  )
    .pipe(z.array(z.string().max(100)).max(200))
    .openapi({ type: 'string', description: 'Ids of sounds, at most 200, with commas between them, in this order.' }),
});
