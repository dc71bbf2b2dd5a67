import { z } from '@hono/zod-openapi';
import { reasonsSchema } from './common.js';

export const healthSchema = z
  .object({ status: z.literal('ok'), version: z.string(), uptimeS: z.number() })
  .openapi('Health');

export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'unready']),
    parts: z.array(
      z.object({
        name: z.string().openapi({ example: 'database' }),
        ok: z.boolean(),
        ms: z.number().openapi({ description: 'How long the check took, milliseconds.' }),
        detail: z.string().nullable().openapi({ description: 'What is wrong, for people.' }),
        reasons: reasonsSchema,
      }),
    ),
  })
  .openapi('Readiness');

export const statsSchema = z
  .object({
    version: z.string(),
    uptimeS: z.number(),
    library: z.object({
      sounds: z.int(),
      ready: z.int(),
      processing: z.int(),
      failed: z.int(),
      segments: z.int().openapi({ description: 'Windows with a vector of the present model.' }),
      durationS: z.number(),
      sizeBytes: z.number(),
    }),
    queue: z.object({ queued: z.int(), active: z.int(), completed: z.int(), failed: z.int() }),
    index: z.object({
      state: z.enum(['loading', 'ready', 'rebuilding']),
      progress: z.number().openapi({ description: '0..1 while loading or rebuilding.' }),
      segments: z.int(),
      sounds: z.int(),
      memoryBytes: z.number().nullable().openapi({ description: 'Null for who does not run the installation.' }),
    }),
    model: z.object({
      id: z.string(),
      name: z.string(),
      dimension: z.int(),
      sampleRateHz: z.number(),
      windowS: z.number(),
      provider: z.string().openapi({ description: 'What the model runs on.', example: 'cpu' }),
    }),
    machine: z.object({
      cpuCount: z.int(),
      cpuUse: z.number().openapi({ description: '0..1 of all cores, since the last time asked.' }),
      memoryBytes: z.number(),
      memoryFreeBytes: z.number(),
      processMemoryBytes: z.number().openapi({ description: 'Resident memory of the API process.' }),
      diskFreeBytes: z
        .number()
        .nullable()
        .openapi({ description: 'Free on the disk that holds the audio; null for who does not run the installation.' }),
    }),
  })
  .openapi('Stats');
