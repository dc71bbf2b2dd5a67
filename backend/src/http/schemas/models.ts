import { z } from '@hono/zod-openapi';
import { reasonsSchema } from './common.js';

export const modelIdParams = z.object({
  id: z
    .string()
    .max(200)
    .openapi({ param: { name: 'id', in: 'path' }, description: 'Id of a model.', example: 'clap-htsat-unfused' }),
});

const eta = z.number().nullable().openapi({ description: 'Seconds left at the present speed; null while not known.' });

const installSchema = z
  .object({
    state: z.enum(['running', 'failed']),
    stage: z.enum(['downloading', 'verifying']).nullable(),
    receivedBytes: z.int(),
    totalBytes: z.int().openapi({ description: 'An estimate until the hub has told the sizes.' }),
    bytesPerS: z.int(),
    etaS: eta,
    retry: z
      .object({
        reason: z.string().openapi({ description: 'Why the last attempt failed, for people.' }),
        reasons: reasonsSchema,
        failures: z.int().openapi({ description: 'In a row.' }),
        most: z.int().openapi({ description: 'After so many it is given up.' }),
        at: z.iso.datetime().openapi({ description: 'When the next attempt begins; under way once that is past.' }),
      })
      .nullable()
      .openapi({ description: 'While nothing comes and it is tried again.' }),
    error: z.string().nullable().openapi({ description: 'Why it failed, for people.' }),
    reasons: reasonsSchema,
  })
  .openapi('ModelInstall');

const switchSchema = z
  .object({
    targetId: z.string(),
    state: z.enum(['running', 'paused', 'failed']),
    error: z.string().nullable().openapi({ description: 'Why it stopped, for people.' }),
    reasons: reasonsSchema,
    total: z.int().openapi({ description: 'Sounds to be embedded.' }),
    done: z.int(),
    failed: z.int().openapi({ description: 'Sounds that cannot be embedded; they are marked as failed at the end.' }),
    etaS: eta,
  })
  .openapi('ModelSwitch', { description: 'The change to another model; searches use the active one meanwhile.' });

const modelSchema = z
  .object({
    id: z.string().openapi({ example: 'clap-htsat-unfused' }),
    name: z.string(),
    family: z.string().openapi({ description: 'Models of one family are variants that differ in precision.' }),
    precision: z.enum(['int8', 'fp16', 'fp32']).nullable(),
    license: z.string(),
    source: z.string(),
    description: z.string(),
    goodAt: z.string().openapi({ description: 'What it is good at and what it costs, for choosing.' }),
    sizeBytes: z.int().openapi({ description: 'All files; rounded while it is not installed.' }),
    bundled: z.boolean().openapi({ description: 'Comes with the program and cannot be removed.' }),
    installable: z.boolean(),
    installed: z.boolean(),
    problem: z.string().nullable().openapi({ description: 'Why files that are there cannot be used, for people.' }),
    active: z.boolean().openapi({ description: 'Searches use it.' }),
    install: installSchema.nullable(),
  })
  .openapi('Model');

export const modelListSchema = z
  .object({ items: z.array(modelSchema), switch: switchSchema.nullable() })
  .openapi('ModelList');

/** Data of the event `model`. */
export const modelActivitySchema = z
  .object({
    active: z.string().openapi({ description: 'Id of the model that searches use.' }),
    installs: z.array(installSchema.extend({ id: z.string() })),
    switch: switchSchema.nullable(),
  })
  .openapi('ModelActivity');
