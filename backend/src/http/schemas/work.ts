import { z } from '@hono/zod-openapi';
import { JOB_KINDS, JOB_STATES } from '../../domain/jobs/jobs.types.js';
import { queryNumber, queryText, reasonsSchema, timestamp } from './common.js';

/** Several values, as one text with commas or repeated. */
const several = (value: unknown): unknown => {
  const texts = [value].flat().flatMap((one) => (typeof one === 'string' && one !== '' ? one.split(',') : []));
  return texts.length === 0 ? undefined : texts;
};
const oneOf = <T extends readonly [string, ...string[]]>(values: T) =>
  z.preprocess(several, z.array(z.enum(values)).max(20).optional());

export const workSchema = z
  .object({
    id: z.string().openapi({ example: 'check-0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d' }),
    kind: z.enum(JOB_KINDS).openapi({
      description:
        '`process`: a sound is read and embedded. `embedding`: the library is embedded with another model. `analysis`: sounds are listened ' +
        'to for tempo and key. `tagging`: sounds get tags. `scan`: a folder is imported. `install`: a model is fetched. Others: upkeep.',
    }),
    subject: z.string().nullable().openapi({ description: 'The sound, folder or model that it is about.' }),
    name: z
      .string()
      .nullable()
      .openapi({ description: 'What people know that by: title or file name of a sound, path of a folder.' }),
    owner: z.string().openapi({ description: 'Who had it done.' }),
    state: z.enum(JOB_STATES),
    stage: z.string().openapi({ description: 'What it is at, in the words of its kind.', example: 'files' }),
    progress: z.number().openapi({ description: '0..1 over the job; of upkeep, over its stage.', example: 0.4 }),
    detail: z
      .unknown()
      .openapi({ description: 'More about how far it is, as its kind has it; null or absent if nothing.' }),
    result: z.unknown().openapi({ description: 'What came of it, as its kind has it.' }),
    error: z.string().nullable().openapi({ description: 'Why it failed, for people.' }),
    reasons: reasonsSchema,
    cancelling: z.boolean().openapi({ description: 'Somebody cancelled it; it is about to stop.' }),
    attempts: z.int().openapi({ description: 'How often it has been started.' }),
    createdAt: timestamp('When it was asked for.'),
    startedAt: timestamp('When it was first started.').nullable(),
    finishedAt: timestamp('When it was over.').nullable(),
  })
  .openapi('Work');

export const workPageSchema = z
  .object({
    items: z.array(workSchema).openapi({ description: 'Newest first.' }),
    nextCursor: z.string().nullable(),
    total: z.int(),
  })
  .openapi('WorkPage');

export const workQuery = z.object({
  kind: oneOf(JOB_KINDS).openapi({
    description: 'Only these; repeat it or separate by commas.',
  }),
  state: oneOf(JOB_STATES).openapi({ description: 'Only these.' }),
  sound: queryText(z.string().max(100).optional()).openapi({ description: 'Only jobs about this sound.' }),
  limit: queryNumber(z.int().min(1).max(500).default(50)),
  cursor: queryText(z.string().max(500).optional()).openapi({ description: '`nextCursor` of the page before.' }),
});

export const workParams = z.object({
  id: z
    .string()
    .max(200)
    .openapi({ param: { name: 'id', in: 'path' }, example: 'check-0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d' }),
});
