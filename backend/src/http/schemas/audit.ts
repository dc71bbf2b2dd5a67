import { z } from '@hono/zod-openapi';
import { moment, queryNumber, queryText, timestamp } from './common.js';

const word = (description: string) => queryText(z.string().max(200).optional()).openapi({ description });

const filters = {
  user: word('Id of an account: what it and its keys did.'),
  what: word('Name of an operation (`operationId`), such as `deleteSound`.'),
  subject: word('Id of what it was done to, alone or among others.'),
  address: word('Address that it came from.'),
  allowed: queryText(z.enum(['true', 'false']).optional()).openapi({
    description: 'Only what was let happen, or only what was not.',
  }),
  after: queryText(moment('start').optional()).openapi({ description: 'Not before this.' }),
  before: queryText(moment('end').optional()).openapi({ description: 'Not after this; a day counts as a whole.' }),
};

export const auditQuery = z.object({
  ...filters,
  limit: queryNumber(z.int().min(1).max(500).default(100)).openapi({ description: 'Lines a page.' }),
  cursor: queryText(
    z
      .string()
      .regex(/^\d{1,15}$/, 'must be a cursor of this list')
      .optional(),
  ).openapi({
    description: '`nextCursor` of the page before.',
  }),
});

export const auditExportQuery = z.object({
  ...filters,
  format: z.enum(['csv', 'json']).default('csv').openapi({ description: 'A table, or a list of objects.' }),
});

export const deedSchema = z
  .object({
    id: z.int(),
    at: timestamp('When.'),
    actorKind: z.enum(['local', 'user', 'key', 'link', 'system', 'nobody']),
    actorId: z.string().nullable().openapi({ description: 'Id of the account, or of the key.' }),
    userId: z.string().nullable().openapi({ description: 'Id of the account; of a key whose it is.' }),
    name: z.string().nullable().openapi({ description: 'Of the account, as it was then.' }),
    address: z.string().openapi({ description: 'From where.' }),
    what: z.string().openapi({ description: 'Name of the operation (`operationId`).', example: 'deleteSound' }),
    subject: z
      .string()
      .nullable()
      .openapi({ description: 'Id of what it was done to, or in; null for several things alike.' }),
    subjects: z.array(z.string()).readonly().openapi({
      description: 'Ids of the things that it was done to, where those were several: the first 20 of them.',
    }),
    count: z.int().openapi({ description: 'To how many things it was done.' }),
    status: z.int().openapi({ description: 'HTTP status of the answer: from 400 on it was not let happen.' }),
    requestId: z.string().openapi({ description: 'Finds the request in the log of the server.' }),
  })
  .openapi('Deed');

export const auditPageSchema = z
  .object({
    items: z.array(deedSchema),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page.' }),
  })
  .openapi('AuditPage');
