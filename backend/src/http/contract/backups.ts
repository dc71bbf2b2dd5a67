import { backupsSchema } from '../schemas/backups.js';
import { problems } from '../schemas/common.js';
import { workSchema } from '../schemas/work.js';
import { route } from './route.js';

const tags = ['Maintenance'];

export const listBackups = route('admin', {
  method: 'get',
  path: '/api/v1/backups',
  operationId: 'listBackups',
  tags,
  summary: 'Backups of the whole library',
  description: 'In the folder that `BACKUP_DIR` names. To restore one: `npm run restore`.',
  responses: {
    200: { description: 'As they lie there.', content: { 'application/json': { schema: backupsSchema } } },
    ...problems(),
  },
});

export const startBackup = route('admin', {
  method: 'post',
  path: '/api/v1/backups',
  operationId: 'startBackup',
  tags,
  summary: 'Make a backup now',
  description: 'A job of the kind `full-backup`; what lies there already is not copied again.',
  responses: {
    202: { description: 'The job that makes it.', content: { 'application/json': { schema: workSchema } } },
    ...problems(409),
  },
});
