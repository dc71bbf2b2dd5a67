import { z } from '@hono/zod-openapi';
import { queryText, reasonsSchema, timestamp } from './common.js';
import { WAYS_IN } from '../way-in.js';
import { soundSchema } from './sound.js';

const bytes = (description: string) => z.number().openapi({ description: `${description} Bytes.` });

export const storageSchema = z
  .object({
    audioBytes: bytes(
      'The files of the sounds that the library keeps itself; not of those that stay in their folders.',
    ),
    bin: z.object({ sounds: z.int(), bytes: bytes('The files of deleted sounds that can be had back.') }),
    database: z.object({
      bytes: bytes('The database with its log.'),
      freeBytes: bytes('Of these, what holds nothing and could be given back.'),
    }),
    indexBytes: bytes('Snapshots of the search index.'),
    modelBytes: bytes('All installed models.'),
    cacheBytes: bytes('Pictures that can be made again.'),
    disk: z.object({ freeBytes: bytes('Free on the disk of the data directory.'), totalBytes: bytes('Its size.') }),
    sounds: z.int(),
    segments: z.int(),
    backup: z
      .object({
        sizeBytes: bytes('The copy of the database that can be downloaded.'),
        createdAt: timestamp('Its age.'),
      })
      .nullable(),
  })
  .openapi('Storage');

const fault = z.enum(['missing', 'wrong_size', 'damaged', 'unplugged']);

const reportSchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('check'),
      hashed: z.boolean().openapi({ description: 'The content of every file was compared, not only its size.' }),
      complaints: z.array(z.string()).openapi({ description: 'What the database finds wrong with itself.' }),
      filesChecked: z.int(),
      faults: z.object({ missing: z.int(), wrong_size: z.int(), damaged: z.int(), unplugged: z.int() }),
      sounds: z
        .array(z.object({ soundId: z.string(), filename: z.string(), fault }))
        .openapi({ description: 'The first 200 sounds whose file is at fault.' }),
      strays: z
        .object({ files: z.int(), bytes: z.number() })
        .openapi({ description: 'Files that belong to no sound.' }),
    }),
    z.object({ kind: z.literal('compact'), beforeBytes: z.number(), afterBytes: z.number() }),
    z.object({ kind: z.literal('rebuild'), segments: z.int() }),
    z.object({ kind: z.literal('backup'), sizeBytes: z.number() }),
  ])
  .openapi('MaintenanceReport');

const kind = z.enum(['check', 'rebuild', 'compact', 'backup']);

export const taskSchema = z
  .object({
    id: z.string(),
    kind,
    state: z.enum(['running', 'completed', 'failed', 'cancelled']),
    stage: z.enum(['database', 'files', 'index']),
    progress: z.number().openapi({ description: '0..1 of the stage.' }),
    startedAt: timestamp('When it was started.'),
    finishedAt: timestamp('When it ended.').nullable(),
    error: z.string().nullable().openapi({ description: 'Why it failed, for people.' }),
    reasons: reasonsSchema,
    report: reportSchema.nullable(),
  })
  .openapi('MaintenanceTask');

export const tasksSchema = z
  .object({ items: z.array(taskSchema).openapi({ description: 'The latest of each kind, newest first.' }) })
  .openapi('MaintenanceTasks');

export const startTaskSchema = z
  .strictObject({
    kind: kind.openapi({
      description:
        '`check` looks whether the database and all files are whole, `rebuild` makes the search index anew, `compact` gives ' +
        'free pages of the database back to the disk, `backup` makes a copy of the database to download.',
    }),
    hash: z
      .boolean()
      .default(false)
      .openapi({ description: 'For `check`: read every file and compare its content too.' }),
  })
  .openapi('StartTask', { example: { kind: 'check', hash: false } });

export const taskParams = z.object({ id: z.string().openapi({ param: { name: 'id', in: 'path' } }) });

export const backupQuery = z.object({
  audio: queryText(z.enum(['true', 'false']).default('false')).openapi({
    description:
      '`true`: a ZIP with the audio files that the library keeps, laid out as a data directory; those that stay in imported folders are not in it. Else the database alone.',
  }),
});

export const libraryExportQuery = z.object({
  format: z.enum(['csv', 'json']).openapi({ description: 'A table, or `{"items": [Sound…]}`.' }),
});

const setting = <T extends z.ZodType>(value: T) =>
  z.object({
    value,
    variable: z.string().nullable().openapi({ description: 'The environment variable that sets it.' }),
  });

export const settingsSchema = z
  .object({
    workerConcurrency: setting(z.int()).openapi({ description: 'Sounds that one worker processes at a time.' }),
    maxUploadBytes: setting(z.number()),
    maxDurationS: setting(z.number()),
    executionProvider: setting(z.string()).openapi({ description: 'What is wished for; `Stats` has what is used.' }),
    idleUnloadS: setting(z.number()).openapi({ description: 'Models leave the memory after so long without work.' }),
    usageDays: setting(z.int()).openapi({
      description: 'How long searches and plays are remembered; 0 is not at all.',
    }),
    binDays: setting(z.int()).openapi({
      description: 'How long deleted sounds can be had back; 0 is not at all.',
    }),
    hubEndpoint: setting(z.string()).openapi({ description: 'Where models are downloaded from.' }),
    access: setting(z.enum(WAYS_IN)).openapi({
      description: 'Whether everybody comes in, whoever has the one password, or whoever has an account.',
    }),
    openToNetwork: z
      .boolean()
      .openapi({ description: 'Others on the network get in without a password (`ALLOW_ANONYMOUS`).' }),
    logLevel: setting(z.string()),
    maxTags: setting(z.int()).openapi({ description: 'Automatic tags of one sound at most.' }),
    minTagConfidence: setting(z.number()).openapi({ description: '0..1, from which on a word becomes a tag.' }),
    formats: z.array(z.string()).openapi({ description: 'What can be uploaded.' }),
  })
  .openapi('Settings');

export const libraryExportSchema = z
  .object({ items: z.array(soundSchema) })
  .openapi('LibraryExport', { description: 'Everything that is known of each sound.' });

export const telemetryQuery = z.object({
  minutes: z.preprocess(
    (value) => (value === '' || value === undefined ? undefined : Number(value)),
    z.int().min(1).max(60).default(15),
  ),
  after: queryText(z.iso.datetime().optional()).openapi({ description: 'Only samples later than this one.' }),
});

export const telemetrySchema = z
  .object({
    everyS: z.number().openapi({ description: 'Time between two samples.' }),
    samples: z
      .array(
        z.object({
          at: timestamp('When it was taken.'),
          queued: z.int(),
          active: z.int(),
          realTimeFactor: z
            .number()
            .openapi({ description: 'Seconds of audio processed per second, over the last minute.' }),
          soundsPerMin: z.number(),
          serverMemoryBytes: z.number(),
          workerMemoryBytes: z.number().nullable().openapi({ description: 'All workers; null when none is heard of.' }),
          workers: z.int(),
          searches: z.int().openapi({ description: 'In the last minute.' }),
          searchP50Ms: z.number().nullable(),
          searchP95Ms: z.number().nullable(),
        }),
      )
      .openapi({ description: 'Oldest first.' }),
  })
  .openapi('Telemetry');
