import { z } from '@hono/zod-openapi';
import { VISIBILITIES } from '../../domain/accounts/viewer.js';
import { folderOf } from '../../domain/library/origins.js';

export const visibility = z.enum(VISIBILITIES).openapi({
  description: 'Who sees it: its owner alone (`private`), also chosen people (`shared`), or everybody here (`public`).',
});
export const ownerId = z.string().openapi({ description: 'Account that it belongs to; `local` is the first one.' });

const personSchema = z.object({ id: z.string(), name: z.string() }).openapi('Person');
export const peopleSchema = z.object({ items: z.array(personSchema) }).openapi('People');

export const shownAccessSchema = z
  .object({
    owner: z.object({
      id: ownerId,
      name: z.string().nullable().openapi({ description: 'Null where there is no such account (any more).' }),
    }),
    visibility,
    people: z.array(personSchema).openapi({ description: 'Whom it is shared with; told to who may change that.' }),
    mayChange: z.boolean().openapi({ description: 'Its owner, and an admin who sees it.' }),
  })
  .openapi('SoundAccess');

const people = z
  .array(z.string().max(100))
  .max(1000)
  .default([])
  .openapi({ description: 'Accounts that it is shared with; counts for `shared` only. Nobody: it is private.' });

export const newAccessSchema = z.strictObject({ visibility, people }).openapi('NewAccess');

export const originFolder = z
  .string()
  .max(500)
  .transform((path) => folderOf(`${path}/`))
  .refine((path) => path !== '', 'must name a folder')
  .openapi({ type: 'string', description: 'As in `/origins`.', example: 'Drums/Kicks' });

export const newRuleSchema = z.strictObject({ folder: originFolder, visibility, people }).openapi('NewFolderRule');
export const folderRulesSchema = z
  .object({ items: z.array(z.object({ folder: z.string(), visibility, people: z.array(z.string()) })) })
  .openapi('FolderRules');
export const ruleQuery = z.object({ folder: originFolder });
export const ruledSchema = z
  .object({ changed: z.int().openapi({ description: 'Sounds that are in the folder already.' }) })
  .openapi('RuledFolder');
export const accessChangedSchema = z
  .object({
    changed: z.array(z.string()),
    notFound: z.array(z.string()).openapi({ description: 'Ids that there are not, or not for whoever asks.' }),
  })
  .openapi('AccessChanged');
