import { auditExportQuery, auditPageSchema, auditQuery } from '../schemas/audit.js';
import { problems } from '../schemas/common.js';
import { route } from './route.js';

const tags = ['Accounts'];

export const listAudit = route('admin', {
  method: 'get',
  path: '/api/v1/audit',
  operationId: 'listAudit',
  tags,
  summary: 'Who did what, when, from where',
  description: 'Kept while there are accounts, for `AUDIT_DAYS`.',
  request: { query: auditQuery },
  responses: {
    200: { description: 'The newest first.', content: { 'application/json': { schema: auditPageSchema } } },
    ...problems(422),
  },
});

export const exportAudit = route('admin', {
  method: 'get',
  path: '/api/v1/audit/export',
  operationId: 'exportAudit',
  tags,
  summary: 'The same as a file',
  request: { query: auditExportQuery },
  responses: {
    200: {
      description: 'All lines that meet the filters.',
      content: {
        'text/csv': { schema: { type: 'string' } },
        'application/json': { schema: auditPageSchema.shape.items },
      },
    },
    ...problems(422),
  },
});
