import { ownerId, visibility } from './access.js';
import { z } from '@hono/zod-openapi';
import { cleanLine, cleanParagraphs } from '../../domain/library/clean-text.js';
import {
  CHANNEL_LAYOUTS,
  MAX_OWN_TAGS,
  SOUND_COLOURS,
  SOUND_KINDS,
  SOUND_SORTS,
} from '../../domain/library/library.types.js';
import { parseKey } from '../../domain/library/musical-key.js';
import { TILE_LENGTHS_S } from '../../domain/library/spectrogram.ports.js';
import {
  lookedFor,
  momentOrDay,
  partialDate,
  queryList,
  queryNumber,
  queryText,
  reasonsSchema,
  soundIdParams,
  timeZone,
  timestamp,
} from './common.js';

const tagSchema = z
  .object({
    name: z.string().openapi({ example: 'rain' }),
    score: z.number().nullable().openapi({ description: 'Confidence 0..1 of an automatic tag, else null.' }),
    source: z
      .enum(['file', 'auto', 'user'])
      .openapi({ description: 'Read from the file, found by the model, or typed by a person.' }),
    german: z.string().optional().openapi({
      description: 'What an automatic tag is called in German; `tag:` finds it by this too.',
      example: 'Regen',
    }),
  })
  .openapi('Tag');

const factSource = z.enum(['tag', 'estimated', 'user']).nullable().openapi({
  description: "From the file's tags, heard in the sound, or set by a person; null without a value.",
});
const confidence = z.number().nullable().openapi({ description: 'Of an estimate, 0..1; else null.' });

export const soundSchema = z
  .object({
    id: z.string().openapi({ description: 'UUID.', example: '0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d' }),
    filename: z.string().openapi({ example: 'rain-on-tin-roof.wav' }),
    title: z.string().nullable(),
    artist: z.string().nullable().openapi({ description: 'All artists in one text.', example: 'Ann; Bob' }),
    artists: z
      .array(z.string())
      .openapi({ description: 'Each of them; the filter `artist` finds every one.', example: ['Ann', 'Bob'] }),
    album: z.string().nullable(),
    genre: z.string().nullable(),
    author: z.string().nullable().openapi({ description: 'Who made it.' }),
    licence: z.string().nullable().openapi({ description: 'Under which terms it may be used.', example: 'CC BY 4.0' }),
    cover: z.string().nullable().openapi({
      description: 'Id of the picture in its file: `/covers/{id}` has it. Null for a file without one.',
      example: '5f70bf18a086007016e948b04aed3b82',
    }),
    albumId: z.string().nullable().openapi({
      description: 'The same for all sounds of an album; null for a sound of none.',
      example: 'cmFpbnkgZGF5cwo',
    }),
    albumArtist: z.string().nullable().openapi({ description: 'Whose album it is, where the file says so.' }),
    disc: z.int().nullable().openapi({ description: 'Which disc of the album, from 1.' }),
    track: z.int().nullable().openapi({ description: 'Which track of the disc, from 1.' }),
    recorded: z.string().nullable().openapi({
      description: 'When it was recorded or came out, as exactly as its file says: a year, a month or a day.',
      example: '2019-03-14',
    }),
    description: z.string().nullable().openapi({
      description:
        'What was written about it: comments of the file, notes of the recordist (bext, iXML) or of a person. May have several lines.',
    }),
    tags: z.array(tagSchema),
    folders: z.array(z.string()).openapi({
      description:
        'Folders that it came from, when it was dropped with one or imported; several where the same bytes came from several places.',
      example: ['Drums/Kicks'],
    }),
    durationS: z.number().nullable().openapi({ description: 'Seconds; null until known.' }),
    sampleRateHz: z.number().nullable(),
    bitsPerSample: z.number().nullable().openapi({
      description: 'Bits of each sample, of WAV, FLAC, ALAC and others without loss; null for those with loss.',
      example: 24,
    }),
    channels: z.number().nullable(),
    codec: z.string().nullable().openapi({ description: 'As ffmpeg names it.', example: 'pcm_s16le' }),
    bitRateKbps: z.number().nullable(),
    sizeBytes: z.number(),
    bpm: z
      .number()
      .nullable()
      .openapi({ description: 'Beats per minute; null where none is known or there is no beat.' }),
    bpmSource: factSource,
    bpmConfidence: confidence,
    key: z.string().nullable().openapi({ description: 'Musical key.', example: 'F#m' }),
    keySource: factSource,
    keyConfidence: confidence,
    kind: z.enum(SOUND_KINDS).nullable().openapi({
      description:
        'One hit or note, a loop, or a recording of a minute or more; null where that cannot be told from the sound.',
    }),
    loudnessLufs: z.number().nullable().openapi({
      description:
        'Integrated loudness (EBU R 128) as it is played: a mono file by both loudspeakers. Null for silence.',
      example: -16.2,
    }),
    peakDb: z.number().nullable().openapi({ description: 'Of the loudest sample, dBFS.', example: -0.3 }),
    brightnessHz: z
      .number()
      .nullable()
      .openapi({ description: 'Middle of its spectrum, Hz: low is dark, high is bright.' }),
    inPlace: z
      .object({
        state: z.enum(['there', 'missing', 'unplugged']).openapi({
          description:
            'In its folder; gone from it; or in a folder that cannot be reached, as when a drive is not connected.',
        }),
        since: timestamp('Since when.'),
      })
      .nullable()
      .openapi({
        description: 'Of a file that stays in an imported folder; null for one that the library keeps itself.',
      }),
    sha256: z.string().openapi({ description: 'Of the bytes as uploaded; lower-case hex.' }),
    damaged: z.number().nullable().openapi({
      description: 'How much of the sound could not be read, 0..1: the file is damaged inside. Null for a whole one.',
      example: null,
    }),
    status: z.enum(['processing', 'ready', 'failed']),
    error: z.string().nullable().openapi({ description: 'Why processing failed, for people.' }),
    reasons: reasonsSchema,
    ownerId,
    visibility,
    createdAt: timestamp('When it was uploaded.'),
    updatedAt: timestamp('When it last changed.'),
  })
  .openapi('Sound');

const musicalKey = z.string().transform((text, context) => {
  const key = parseKey(text);
  if (key === null) context.addIssue('must be a musical key such as C, F#, Bb or Am');
  return key ?? '';
});

/** One line, with the same cleaning that names and tags of files get. */
export const text = (max: number) => z.string().overwrite(cleanLine).min(1).max(max);
const seconds = z.number().min(0).max(1e7);
export const colour = z.enum(SOUND_COLOURS);
export const stars = z.int().min(1).max(5);
const tempo = z.number().min(0).max(1000);
const lufs = z.number().min(-100).max(20);
const hertz = z.number().min(0).max(100_000);
const sampleRate = z.number().min(0).max(10_000_000);
const sampleBits = z.number().min(0).max(64);
const statuses = z.enum(['processing', 'ready', 'failed']);

const ordered = (
  low:
    | 'minDurationS'
    | 'minBpm'
    | 'minStars'
    | 'minLoudness'
    | 'minBrightness'
    | 'minSampleRateHz'
    | 'minBitsPerSample'
    | 'recordedAfter'
    | 'addedAfter',
  high:
    | 'maxDurationS'
    | 'maxBpm'
    | 'maxStars'
    | 'maxLoudness'
    | 'maxBrightness'
    | 'maxSampleRateHz'
    | 'maxBitsPerSample'
    | 'recordedBefore'
    | 'addedBefore',
) => ({
  check: (filters: Record<string, unknown>) => {
    const [from, to] = [filters[low], filters[high]];
    if (from === undefined || to === undefined || (from as number | string) <= (to as number | string)) return true;
    // A moment of the day that is the end.
    return typeof from === 'string' && typeof to === 'string' && from.startsWith(to);
  },
  options: { error: `must not be less than ${low}`, path: [high] },
});
const DURATIONS = ordered('minDurationS', 'maxDurationS');
const TEMPOS = ordered('minBpm', 'maxBpm');
const STARS = ordered('minStars', 'maxStars');
const LOUDNESSES = ordered('minLoudness', 'maxLoudness');
const BRIGHTNESSES = ordered('minBrightness', 'maxBrightness');
const SAMPLE_RATES = ordered('minSampleRateHz', 'maxSampleRateHz');
const SAMPLE_BITS = ordered('minBitsPerSample', 'maxBitsPerSample');
const RECORDINGS = ordered('recordedAfter', 'recordedBefore');
const DATES = ordered('addedAfter', 'addedBefore');

/** Adds the checks across fields that every form of the filters needs. */
export const consistent = <T extends z.ZodType<Record<string, unknown>>>(schema: T) =>
  schema
    .refine(DURATIONS.check, DURATIONS.options)
    .refine(TEMPOS.check, TEMPOS.options)
    .refine(STARS.check, STARS.options)
    .refine(LOUDNESSES.check, LOUDNESSES.options)
    .refine(BRIGHTNESSES.check, BRIGHTNESSES.options)
    .refine(SAMPLE_RATES.check, SAMPLE_RATES.options)
    .refine(SAMPLE_BITS.check, SAMPLE_BITS.options)
    .refine(RECORDINGS.check, RECORDINGS.options)
    .refine(DATES.check, DATES.options);

/** The filters as query parameters; `tag` may be repeated. */
const OWNER = 'Whose it is: `me`, or the name or id of an account. One of whom there is nothing to see finds nothing.';
const owner = text(200);

export const filterQueryFields = {
  minDurationS: queryNumber(seconds.optional()).openapi({ description: 'Shortest length in seconds.', example: 1 }),
  maxDurationS: queryNumber(seconds.optional()).openapi({ description: 'Longest length in seconds.', example: 60 }),
  minBpm: queryNumber(tempo.optional()).openapi({
    description: 'Slowest tempo, beats per minute. With `maxBpm`, an estimated tempo also fits by its half or double.',
    example: 90,
  }),
  maxBpm: queryNumber(tempo.optional()).openapi({ description: 'Fastest tempo, beats per minute.', example: 140 }),
  key: queryText(musicalKey.optional()).openapi({
    type: 'string',
    description: 'Musical key, however it is written: `Am`, `A minor`, `a-Moll`, `8A`, `1m`; sharps are also flats.',
    example: 'Am',
  }),
  genre: queryText(text(200).optional()).openapi({ description: 'Genre; upper and lower case are the same.' }),
  author: queryText(text(200).optional()).openapi({ description: 'Part of who made it.' }),
  licence: queryText(text(200).optional()).openapi({ description: 'Part of its licence, such as `CC0`.' }),
  artist: queryText(text(200).optional()).openapi({
    description: 'One of the artists; upper and lower case are the same.',
  }),
  albumId: queryText(z.string().max(3000).optional()).openapi({
    description: 'One album, by `albumId` of its sounds.',
  }),
  tag: queryList(z.array(text(100)).max(20).optional()).openapi({
    type: 'array',
    items: { type: 'string' },
    description: 'Tag that must be present; repeat the parameter for several.',
    example: ['rain'],
  }),
  collection: queryList(z.array(text(200)).max(20).optional()).openapi({
    type: 'array',
    items: { type: 'string' },
    description: 'Name of a collection that the sound must be in; repeat the parameter for several.',
  }),
  folder: queryList(z.array(text(500)).max(20).optional()).openapi({
    type: 'array',
    items: { type: 'string' },
    description:
      'Folder that the sound came from, or from below: the end of a path, or with a slash before it all of it.',
    example: ['/Drums/Kicks'],
  }),
  note: queryList(z.array(text(200)).max(20).optional()).openapi({
    type: 'array',
    items: { type: 'string' },
    description: 'Words that must stand side by side in one of its markers; `*` at the end stands for any ending.',
    example: ['second take'],
  }),
  format: queryText(text(40).optional()).openapi({ description: 'Codec or container.', example: 'flac' }),
  channels: queryText(z.enum(CHANNEL_LAYOUTS).optional()).openapi({ description: 'One channel, two, or more.' }),
  kind: queryText(z.enum(SOUND_KINDS).optional()).openapi({ description: 'What kind of sound it is.' }),
  minLoudness: queryNumber(lufs.optional()).openapi({ description: 'At least so loud, LUFS.', example: -23 }),
  maxLoudness: queryNumber(lufs.optional()).openapi({ description: 'At most so loud, LUFS.', example: -14 }),
  minBrightness: queryNumber(hertz.optional()).openapi({
    description: 'At least so bright: middle of the spectrum in Hz.',
  }),
  maxBrightness: queryNumber(hertz.optional()).openapi({ description: 'At most so bright.' }),
  minSampleRateHz: queryNumber(sampleRate.optional()).openapi({ description: 'At least so many samples a second.' }),
  maxSampleRateHz: queryNumber(sampleRate.optional()).openapi({ description: 'At most so many samples a second.' }),
  minBitsPerSample: queryNumber(sampleBits.optional()).openapi({
    description: 'At least so many bits a sample. Sounds with loss have none.',
    example: 24,
  }),
  maxBitsPerSample: queryNumber(sampleBits.optional()).openapi({ description: 'At most so many bits a sample.' }),
  recordedAfter: queryText(partialDate.optional()).openapi({
    description: 'Recorded in this year or month or on this day, or later. What does not say when meets none.',
    example: '2019',
  }),
  recordedBefore: queryText(partialDate.optional()).openapi({
    description: 'Recorded in this year or month or on this day, or earlier.',
  }),
  addedAfter: queryText(momentOrDay.optional()).openapi({
    type: 'string',
    description: 'Added at this date or time, or later.',
  }),
  addedBefore: queryText(momentOrDay.optional()).openapi({
    type: 'string',
    description: 'Added at this date or time, or earlier.',
  }),
  tz: queryText(timeZone),
  status: queryText(statuses.optional()).openapi({ description: 'State of processing.' }),
  damaged: queryText(z.stringbool({ truthy: ['true'], falsy: ['false'] }).optional()).openapi({
    type: 'boolean',
    description: 'Whether parts of the file could not be read.',
  }),
  favourite: queryText(z.stringbool({ truthy: ['true'], falsy: ['false'] }).optional()).openapi({
    type: 'boolean',
    description: 'Whether it is a favourite of whoever asks.',
  }),
  minStars: queryNumber(stars.optional()).openapi({ description: 'At least so many stars of whoever asks.' }),
  maxStars: queryNumber(stars.optional()).openapi({ description: 'At most so many stars.' }),
  colour: queryText(colour.optional()).openapi({ description: 'The colour that whoever asks gave it.' }),
  owner: queryText(owner.optional()).openapi({ description: OWNER, example: 'me' }),
  visibility: queryText(visibility.optional()),
};

const PHRASES = 'Words that must stand side by side there; `*` at the end stands for any ending of the last one.';
const phrases = z.array(text(200)).max(20).optional().openapi({ description: PHRASES });

const filterFields = {
  minDurationS: seconds.optional(),
  maxDurationS: seconds.optional(),
  minBpm: tempo.optional(),
  maxBpm: tempo.optional(),
  key: musicalKey.optional().openapi({ type: 'string', example: 'Am' }),
  genre: text(200).optional(),
  author: text(200).optional(),
  licence: text(200).optional(),
  artist: text(200).optional(),
  tags: z.array(text(100)).max(20).optional().openapi({ description: 'Every one must be present.' }),
  collections: z.array(text(200)).max(20).optional().openapi({
    description: 'Names of collections; the sound must be in every one.',
  }),
  folders: z
    .array(text(500))
    .max(20)
    .optional()
    .openapi({ description: 'Came from every one of these, or from below.' }),
  album: phrases,
  title: phrases,
  filename: phrases,
  name: phrases.openapi({ description: `In the title or the file name. ${PHRASES}` }),
  notes: phrases.openapi({ description: `In one of its markers. ${PHRASES}` }),
  format: text(40).optional(),
  channels: z.enum(CHANNEL_LAYOUTS).optional(),
  kind: z.enum(SOUND_KINDS).optional(),
  minLoudness: lufs.optional().openapi({ description: 'LUFS.' }),
  maxLoudness: lufs.optional(),
  minBrightness: hertz.optional().openapi({ description: 'Middle of the spectrum, Hz.' }),
  maxBrightness: hertz.optional(),
  minSampleRateHz: sampleRate.optional().openapi({ description: 'Samples a second, Hz.' }),
  maxSampleRateHz: sampleRate.optional(),
  minBitsPerSample: sampleBits.optional().openapi({ description: 'Bits a sample.' }),
  maxBitsPerSample: sampleBits.optional(),
  recordedAfter: partialDate.optional().openapi({ description: 'A year, a month or a day.' }),
  recordedBefore: partialDate.optional(),
  addedAfter: momentOrDay.optional().openapi({ type: 'string' }),
  addedBefore: momentOrDay.optional().openapi({ type: 'string' }),
  status: statuses.optional(),
  damaged: z.boolean().optional().openapi({ description: 'Whether parts of the file could not be read.' }),
  favourite: z.boolean().optional().openapi({ description: 'Whether it is a favourite of whoever asks.' }),
  minStars: stars.optional().openapi({ description: 'Stars that whoever asks gave it.' }),
  maxStars: stars.optional(),
  colour: colour.optional().openapi({ description: 'The colour that whoever asks gave it.' }),
  owner: owner.optional().openapi({ description: OWNER, example: 'me' }),
  visibility: visibility.optional(),
};

/** The filters in a JSON body. */
export const filtersSchema = consistent(
  z.strictObject({
    ...filterFields,
    not: z
      .array(consistent(z.strictObject(filterFields)))
      .max(20)
      .optional()
      .openapi({ description: 'None of these may hold. What is not known of a sound does not hold.' }),
  }),
).openapi('Filters', { description: 'All given conditions must hold. Lengths in seconds, tempo in beats per minute.' });

/** As many sounds as one request may name. */
export const MAX_BULK = 10_000;

export const bulkIds = z
  .array(z.string().max(100))
  .min(1)
  .max(MAX_BULK)
  .openapi({ description: `Ids of sounds, at most ${MAX_BULK}.` });

const listFields = {
  q: queryText(lookedFor(500).optional()).openapi({
    description: 'Words that names, tags, artist… contain.',
  }),
  ...filterQueryFields,
  sort: queryText(z.enum(SOUND_SORTS).default('added')),
  order: queryText(z.enum(['asc', 'desc']).optional()).openapi({
    description: 'Default: newest first for `added`, else ascending.',
  }),
};

const MAX_OFFSET = 10_000_000;

export const idsQuery = consistent(z.object(listFields));

export const soundIdsSchema = z
  .object({
    ids: z.array(z.string()).openapi({ description: `In the order of the list; at most ${MAX_BULK}.` }),
    total: z.int().openapi({ description: 'How many there are.' }),
  })
  .openapi('SoundIds');

export const listQuery = consistent(
  z.object({
    ...listFields,
    limit: queryNumber(z.int().min(1).max(500).default(50)).openapi({ description: 'Sounds a page.' }),
    cursor: queryText(z.string().max(1000).optional()).openapi({ description: '`nextCursor` of the page before.' }),
    offset: queryNumber(z.int().min(0).max(MAX_OFFSET).optional()).openapi({
      description: 'How many sounds to leave out, to begin anywhere; not together with `cursor`.',
    }),
  }),
).refine(({ cursor, offset }) => cursor === undefined || offset === undefined, {
  error: 'cannot be given together with cursor',
  path: ['offset'],
});

export const placesQuery = consistent(
  z.object({
    ...listFields,
    limit: queryNumber(z.int().min(2).max(500).default(100)).openapi({ description: 'Places, at most.' }),
  }),
);

export const placesSchema = z
  .object({
    places: z.array(
      z.object({
        offset: z.int().openapi({ description: 'How many sounds come before.' }),
        value: z
          .union([z.string(), z.number()])
          .nullable()
          .openapi({
            description:
              'What the list is sorted by, of the sound there: the beginning of its folded name, artist or key; when it was added; ' +
              'seconds, bytes, BPM, LUFS or Hz. Null where it has none.',
          }),
      }),
    ),
    total: z.int().openapi({ description: 'How many sounds there are.' }),
  })
  .openapi('ListPlaces');

export const soundPageSchema = z
  .object({
    items: z.array(soundSchema),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page.' }),
    total: z.int().openapi({ description: 'Of all pages together.' }),
  })
  .openapi('SoundPage');

/** What people say of a sound, or of many. */
const EDITABLE = {
  title: text(500).nullable().optional(),
  artist: text(500).nullable().optional().openapi({ description: 'Several are parted by semicolons.' }),
  album: text(500).nullable().optional(),
  genre: text(200).nullable().optional(),
  author: text(300).nullable().optional(),
  licence: text(300).nullable().optional().openapi({
    description: 'The address of a Creative Commons licence becomes its name.',
    example: 'CC BY 4.0',
  }),
  description: z.string().overwrite(cleanParagraphs).max(5000).nullable().optional(),
  bpm: z.number().positive().max(1000).nullable().optional(),
  key: musicalKey
    .nullable()
    .optional()
    .openapi({ type: ['string', 'null'], example: 'Am' }),
};

const known = z.string().max(100_000).nullable().optional();

const wasSchema = z
  .strictObject({
    title: known,
    artist: known,
    album: known,
    genre: known,
    author: known,
    licence: known,
    description: known,
    bpm: z.number().nullable().optional(),
    key: known,
    tags: z.array(z.string().max(1000)).max(1000).optional(),
  })
  .openapi({
    description:
      'Values that the change began from, exactly as they were read. Where one of them is another by now, nothing is written and the ' +
      'answer is 412. Name the fields that you change: what others do to the rest is no conflict then.',
    example: { title: 'Rain' },
  });

export const ifMatchHeader = z.object({
  'if-match': z.string().max(2000).optional().openapi({
    description:
      'ETag of the sound as it was read: where it has changed in any way since, nothing is written and the answer is 412.',
    example: '"5d41402abc4b2a76b9719d911017c592"',
  }),
});

export const soundPatchSchema = z
  .strictObject({
    ...EDITABLE,
    tags: z
      .array(text(100))
      .max(MAX_OWN_TAGS)
      .optional()
      .openapi({ description: "The user's whole list of own tags; tags of other sources stay." }),
    rejectTags: z.array(text(100)).max(200).optional().openapi({
      description: 'Automatic tags that are wrong here: they go, and do not come back when the sound is tagged anew.',
    }),
    acceptTags: z.array(text(100)).max(200).optional().openapi({ description: 'Takes rejections back.' }),
    was: wasSchema.optional(),
  })
  .refine(({ was: _, ...patch }) => Object.keys(patch).length > 0, { error: 'must have at least one field to change' })
  .openapi('SoundPatch', {
    description: 'Null clears a field; fields left out stay as they are.',
    minProperties: 1,
    example: { title: 'Rain, tin roof', tags: ['rain'] },
  });

const bulkTags = z.strictObject({
  ids: bulkIds,
  add: z.array(text(100)).max(50).default([]).openapi({ description: 'Become tags of the user.' }),
  remove: z.array(text(100)).max(50).default([]).openapi({
    description: 'Go, and do not come back as automatic tags. Tags read from the file stay.',
  }),
  ownOnly: z.boolean().default(false).openapi({ description: 'Only own tags go; automatic ones stay.' }),
});

export const bulkTagsSchema = bulkTags
  .refine(({ add, remove }) => add.length + remove.length > 0, { error: 'must have at least one tag to add or remove' })
  .openapi('BulkTags', { example: { ids: ['0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d'], add: ['rain'] } });

export const bulkTaggedSchema = z
  .object({
    changed: z.int().openapi({ description: 'Sounds that have exactly the wanted tags now.' }),
    undo: z.array(bulkTags).openapi({
      description:
        'Bodies for the same call that take the change back; automatic tags that went come back as tags of the user.',
    }),
    failed: z.array(
      z.object({
        id: z.string(),
        code: z.enum(['not_found', 'from_file', 'too_many']).openapi({
          description:
            '`not_found`: no such sound. `from_file`: a tag that should go is read from the file; the rest was changed. `too_many`: it would have too many tags; nothing was changed.',
        }),
      }),
    ),
  })
  .openapi('BulkTagged');

const bulkPatch = z
  .strictObject(EDITABLE)
  .refine((patch) => Object.keys(patch).length > 0, { error: 'must have at least one field to change' })
  .openapi({
    description: 'The same for all of them. Null clears a field; fields left out stay as they are.',
    minProperties: 1,
  });

export const bulkEditSchema = z
  .strictObject({
    ids: bulkIds,
    patch: bulkPatch,
    before: z
      .strictObject({
        edited: z.array(z.string().max(40)).max(20).openapi({ description: 'Fields that a person had set.' }),
        music: z.strictObject({
          bpmSource: factSource,
          bpmConfidence: confidence,
          keySource: factSource,
          keyConfidence: confidence,
        }),
      })
      .optional()
      .openapi({ description: 'Only of `undo`: what is given back counts as it did before.' }),
  })
  .openapi('BulkEdit', { example: { ids: ['0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d'], patch: { album: 'Field trip' } } });

export const bulkEditedSchema = z
  .object({
    changed: z.int().openapi({ description: 'Sounds that have exactly the wanted values now.' }),
    undo: z.array(bulkEditSchema).openapi({ description: 'Bodies for the same call that take the change back.' }),
    failed: z.array(z.object({ id: z.string(), code: z.enum(['not_found']) })),
  })
  .openapi('BulkEdited');

export const deleteQuery = z.object({
  permanent: queryText(z.enum(['true', 'false']).default('false')).openapi({
    description: '`true`: for good, and not into the bin.',
  }),
});

export const bulkDeleteSchema = z
  .strictObject({
    ids: bulkIds,
    permanent: z.boolean().optional().openapi({ description: 'For good, and not into the bin.' }),
  })
  .openapi('BulkDelete', { example: { ids: ['0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d'] } });

export const bulkDeletedSchema = z
  .object({
    deleted: z.array(z.string()).openapi({ description: 'Ids that are no longer in the library.' }),
    notFound: z.array(z.string()).openapi({ description: 'Ids that did not exist.' }),
  })
  .openapi('BulkDeleted');

const DECODED =
  '`wav`: decoded, in mono or stereo at its own rate, for players that do not know the format (AIFF, WMA…).';

export const sharedStreamQuery = z.object({
  as: queryText(z.enum(['original', 'wav']).default('original')).openapi({ description: DECODED }),
});

export const streamQuery = z.object({
  as: queryText(z.enum(['original', 'wav', 'mono']).default('original')).openapi({
    description: `${DECODED} \`mono\`: a WAV of it as it is searched and drawn, one channel of 16 bits at 44.1 kHz.`,
  }),
});

export const regionQuery = z
  .object({
    startS: queryNumber(seconds).openapi({ description: 'Where it begins, in seconds.', example: 3.2 }),
    endS: queryNumber(seconds).openapi({ description: 'Where it ends, in seconds.', example: 5 }),
    format: queryText(z.enum(['wav', 'flac']).default('wav')),
  })
  .refine(({ startS, endS }) => startS < endS, { error: 'must be greater than startS', path: ['endS'] });

/** No sound is as long. */
const MAX_TILE = 1_000_000;

export const tileParams = soundIdParams.extend({
  level: queryNumber(
    z
      .int()
      .min(0)
      .max(TILE_LENGTHS_S.length - 1),
  ).openapi({ description: 'How coarse.' }),
  index: queryNumber(z.int().min(0).max(MAX_TILE)).openapi({ description: 'Which of its level, from 0.' }),
});

export const waveformQuery = z.object({
  points: queryNumber(z.int().min(16).max(4000).default(800)).openapi({ description: 'Wanted number of buckets.' }),
});

export const waveformSchema = z
  .object({
    durationS: z.number().openapi({ description: 'Seconds the buckets span together.' }),
    points: z.int().openapi({ description: 'Number of buckets; less than wanted for very short sounds.' }),
    min: z.array(z.number()).openapi({ description: 'Lowest sample of each bucket, -1..1.' }),
    max: z.array(z.number()).openapi({ description: 'Highest sample of each bucket, -1..1.' }),
  })
  .openapi('Waveform');
