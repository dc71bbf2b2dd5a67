import { z } from '@hono/zod-openapi';
import { problemSchema, reasonsSchema, timestamp } from './common.js';

const uploadOutcomeSchema = z
  .object({
    filename: z.string().openapi({ example: 'rain-on-tin-roof.wav' }),
    status: z.enum(['queued', 'duplicate', 'restored', 'rejected']).openapi({
      description:
        '`duplicate`: the same bytes are there already. `restored`: they lay in the bin, and are back with all they had.',
    }),
    soundId: z
      .string()
      .optional()
      .openapi({ description: 'The sound; of a duplicate, the one that is there already.' }),
    jobId: z.string().optional().openapi({ description: 'Follow it with `GET /api/v1/audio/status/{jobId}`.' }),
    error: z.string().optional().openapi({ description: 'Why the file was rejected, for people.' }),
    reasons: reasonsSchema.optional(),
    code: z
      .string()
      .optional()
      .openapi({ description: 'Why the file was rejected, for programs.', example: 'unsupported_media' }),
  })
  .openapi('UploadOutcome');

export const uploadAnswerSchema = z
  .object({ uploads: z.array(uploadOutcomeSchema).openapi({ description: 'One for each file, in the order sent.' }) })
  .openapi('UploadAnswer');

export const uploadProblemSchema = problemSchema
  .extend({ uploads: z.array(uploadOutcomeSchema).optional().openapi({ description: 'What became of each file.' }) })
  .openapi('UploadProblem');

export const jobSchema = z
  .object({
    jobId: z.string().openapi({ example: 'ingest-0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d-1' }),
    soundId: z.string(),
    state: z.enum(['queued', 'active', 'completed', 'failed']),
    stage: z.enum(['waiting', 'reading', 'embedding', 'saving', 'done']),
    progress: z.number().openapi({ description: '0..1 over the whole job.', example: 0.4 }),
    attempts: z.int().openapi({ description: 'How often it has been started.' }),
    error: z.string().nullable().openapi({ description: 'Why it failed (or is tried again), for people.' }),
    reasons: reasonsSchema,
    createdAt: timestamp('When it was queued.'),
    startedAt: timestamp('When it was first started.').nullable(),
    finishedAt: timestamp('When it completed or failed.').nullable(),
  })
  .openapi('Job');

export const jobIdsSchema = z.strictObject({ jobIds: z.array(z.string().max(200)).min(1).max(1000) }).openapi('JobIds');

export const jobsSchema = z
  .object({
    jobs: z.array(jobSchema),
    missing: z.array(z.string()).openapi({ description: 'Ids of which there is no job: its sound was deleted.' }),
  })
  .openapi('Jobs');

export const processRequestSchema = z
  .strictObject({
    soundIds: z.array(z.string().max(100)).min(1).max(10_000).optional(),
    all: z.boolean().optional().openapi({ description: 'Every sound of the library.' }),
    failed: z.boolean().optional().openapi({ description: 'Every sound whose processing failed.' }),
    force: z.boolean().optional().openapi({ description: 'Start anew also what is queued or running at the moment.' }),
  })
  .refine((request) => request.all === true || request.failed === true || request.soundIds !== undefined, {
    error: 'must be given, or failed: true, or all: true',
    path: ['soundIds'],
  })
  .openapi('ProcessRequest', { example: { soundIds: ['0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d'] } });

export const processAnswerSchema = z
  .object({ jobs: z.array(z.object({ soundId: z.string(), jobId: z.string() })) })
  .openapi('ProcessAnswer');

export const jobHistorySchema = z
  .object({
    items: z.array(jobSchema).openapi({ description: 'Newest first.' }),
    models: z.array(z.string()).openapi({
      description: 'Keys of the models whose vectors the sound has now.',
      example: ['compact-clap@0123456789ab'],
    }),
  })
  .openapi('JobHistory');
