import { problems } from '../schemas/common.js';
import { workPageSchema, workParams, workQuery, workSchema } from '../schemas/work.js';
import { route } from './route.js';

const tags = ['Work'];
const one = (description: string) => ({ description, content: { 'application/json': { schema: workSchema } } });

export const listWork = route('read', {
  method: 'get',
  path: '/api/v1/jobs',
  operationId: 'listWork',
  tags,
  summary: 'All long work, newest first',
  description:
    'Of every kind: sounds being processed, changes of model, imports of folders, installations, upkeep. What is over stays in the list, for 30 days at least ' +
    'the newest of each kind. Changes are told as `job` (of sounds) and `work` by `GET /api/v1/events`.',
  request: { query: workQuery },
  responses: {
    200: { description: 'A page.', content: { 'application/json': { schema: workPageSchema } } },
    ...problems(422),
  },
});

export const getWork = route('read', {
  method: 'get',
  path: '/api/v1/jobs/{id}',
  operationId: 'getWork',
  tags,
  summary: 'One piece of work',
  request: { params: workParams },
  responses: { 200: one('As it is now.'), ...problems(404, 422) },
});

export const cancelWork = route('read', {
  method: 'post',
  path: '/api/v1/jobs/{id}/cancel',
  operationId: 'cancelWork',
  tags,
  summary: 'Cancel a job',
  description:
    'Stops what is queued or running; what it had done does no harm. Which right it takes depends on the kind. Where another process does it, it stops within seconds.',
  request: { params: workParams },
  responses: { 200: one('The job, which is over or about to be.'), ...problems(403, 404, 409, 422) },
});

export const retryWork = route('read', {
  method: 'post',
  path: '/api/v1/jobs/{id}/retry',
  operationId: 'retryWork',
  tags,
  summary: 'Have a job done again',
  description: 'One that is over. The answer is the job that does it, often a new one.',
  request: { params: workParams },
  responses: { 202: one('The job that does it.'), ...problems(403, 404, 409, 422) },
});
