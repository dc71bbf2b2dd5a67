import { z } from '@hono/zod-openapi';
import { reasonsSchema, timestamp } from './common.js';

const backupSchema = z
  .object({
    id: z.string().openapi({ example: '20260131T030000Z-1f2e3d4c' }),
    createdAt: timestamp('The moment that it holds.'),
    programVersion: z.string(),
    databaseVersion: z.int(),
    model: z.string().nullable().openapi({ description: 'The model that searches were answered with.' }),
    sounds: z.int().openapi({ description: 'Those in the bin too.' }),
    audioBytes: z.number(),
    databaseBytes: z.number(),
    addedBytes: z.number().openapi({ description: 'What was written for it; the rest lay there already.' }),
    tookMs: z.number(),
    missing: z.int().openapi({ description: 'Files that the library itself lacked, or that are damaged there.' }),
    inPlace: z.int().openapi({ description: 'Files that stay in imported folders, and are not in it.' }),
  })
  .openapi('Backup');

export const backupsSchema = z
  .object({
    configured: z.boolean().openapi({ description: 'Whether a place for backups is set (`BACKUP_DIR`).' }),
    encrypted: z.boolean(),
    everyH: z.number().openapi({ description: 'Made by itself after so many hours; 0: only when somebody asks.' }),
    keep: z
      .object({ days: z.int(), weeks: z.int(), months: z.int() })
      .openapi({ description: 'The newest of each of the last so many days, weeks and months stays.' }),
    ageS: z.number().nullable().openapi({ description: 'Age of the last good one; null without one.' }),
    overdue: z.boolean().openapi({ description: 'There is none, it is too old, or they cannot be read.' }),
    error: z.string().nullable().openapi({ description: 'Why they cannot be read, for people.' }),
    reasons: reasonsSchema,
    items: z.array(backupSchema).openapi({ description: 'Newest first; whole ones only.' }),
  })
  .openapi('Backups');
