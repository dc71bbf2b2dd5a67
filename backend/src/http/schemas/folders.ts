import { z } from '@hono/zod-openapi';
import { queryNumber, queryText, reasonsSchema, timestamp } from './common.js';

const outcome = z.enum(['imported', 'duplicate', 'rejected']);

export const folderIdParams = z.object({
  id: z.string().openapi({ param: { name: 'id', in: 'path' }, description: 'Id of a folder (UUID).' }),
});

const scanSchema = z
  .object({
    state: z.enum(['waiting', 'looking', 'importing']).openapi({
      description: 'Waits for another scan; looks for files; imports what is new.',
    }),
    found: z.int().openapi({ description: 'Audio files seen so far.' }),
    fresh: z.int().openapi({ description: 'Of those, new or changed.' }),
    done: z.int().openapi({ description: 'Of the fresh ones, done.' }),
    imported: z.int(),
    duplicates: z.int(),
    rejected: z.int(),
    ignored: z.int().openapi({ description: 'Files that are no audio by their names.' }),
  })
  .openapi('FolderScan');

export const folderSchema = z
  .object({
    id: z.string(),
    path: z.string().openapi({ description: 'On the server, without links.', example: '/srv/samples' }),
    watch: z.boolean(),
    recursive: z.boolean(),
    inPlace: z.boolean().openapi({
      description: 'Its files stay where they are and are only read; else they are copied into the library.',
    }),
    unpluggedSince: timestamp(
      'Since when a folder in place cannot be reached, or is empty, as when its drive is not connected.',
    ).nullable(),
    missing: z.int().openapi({
      description:
        'Files in place that are gone. Their sounds go to the bin after MISSING_DAYS, and come back with them.',
    }),
    watching: z.enum(['off', 'all', 'partly']).openapi({
      description: 'Whether changes are noticed at once; where not, within ten minutes while `watch` is on.',
    }),
    createdAt: timestamp('When it was added.'),
    scannedAt: timestamp('When a scan last came to its end.').nullable(),
    error: z.string().nullable().openapi({ description: 'Why the last scan ended early, for people.' }),
    reasons: reasonsSchema,
    counts: z
      .object({ imported: z.int(), duplicate: z.int(), rejected: z.int() })
      .openapi({ description: 'Files by what became of them.' }),
    scan: scanSchema.nullable().openapi({ description: 'The scan under way.' }),
  })
  .openapi('Folder');

export const folderListSchema = z
  .object({
    items: z.array(folderSchema),
    allowed: z.array(z.string()).openapi({
      description: 'The folders set with IMPORT_DIRS, below which all others must lie. Empty: the feature is off.',
    }),
  })
  .openapi('FolderList');

export const newFolderSchema = z
  .strictObject({
    path: z.string().trim().min(1).max(4096).openapi({ description: 'Whole path on the server.' }),
    watch: z.boolean().default(false).openapi({ description: 'Take new and changed files as they appear.' }),
    recursive: z.boolean().default(true).openapi({ description: 'With all folders below.' }),
    inPlace: z.boolean().default(false).openapi({
      description:
        'Leave the files where they are, read-only, and copy nothing. Needs the folder for as long as its sounds.',
    }),
  })
  .openapi('NewFolder');

export const folderPatchSchema = z
  .strictObject({
    watch: z.boolean().optional(),
    recursive: z.boolean().optional(),
    inPlace: z.boolean().optional().openapi({
      description:
        'False copies what stays in the folder now; true leaves there what comes from now on, and keeps the copies that there are.',
    }),
  })
  .refine((patch) => Object.keys(patch).length > 0, { message: 'must have at least one field to change' })
  .openapi('FolderPatch', { minProperties: 1 });

export const folderFilesQuery = z.object({
  outcome: queryText(outcome.optional()).openapi({ description: 'Only files that this became of.' }),
  limit: queryNumber(z.int().min(1).max(500).default(100)),
  cursor: queryText(z.string().max(4096).optional()).openapi({ description: '`nextCursor` of the page before.' }),
});

export const folderFilesSchema = z
  .object({
    items: z.array(
      z.object({
        path: z.string().openapi({ description: 'Inside the folder.' }),
        sizeBytes: z.int(),
        outcome,
        reason: z.string().nullable().openapi({ description: 'Why it was rejected, for people.' }),
        reasons: reasonsSchema,
        soundId: z.string().nullable(),
      }),
    ),
    nextCursor: z.string().nullable(),
    total: z.int(),
  })
  .openapi('FolderFiles');

export const browseQuery = z.object({
  path: z.string().min(1).max(4096).openapi({ description: 'An allowed folder.', example: '/srv/samples' }),
});

export const browseSchema = z
  .object({ items: z.array(z.object({ name: z.string(), path: z.string() })) })
  .openapi('Subfolders');
