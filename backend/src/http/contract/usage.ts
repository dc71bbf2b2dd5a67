import { problems, soundIdParams } from '../schemas/common.js';
import { forgetQuery, forgottenSchema, playedSchema, usageQuery, usageSchema } from '../schemas/usage.js';
import { route } from './route.js';

export const usage = route('read', {
  method: 'get',
  path: '/api/v1/analytics/usage',
  operationId: 'getUsage',
  tags: ['Analytics'],
  summary: 'Searches, plays and latencies over time',
  request: { query: usageQuery },
  responses: {
    200: {
      description: 'From what this installation recorded; nothing of it leaves the machine.',
      content: { 'application/json': { schema: usageSchema } },
    },
    ...problems(422),
  },
});

export const forgetUsage = route('admin', {
  method: 'delete',
  path: '/api/v1/analytics/usage',
  operationId: 'forgetUsage',
  tags: ['Analytics'],
  summary: 'Forget searches and plays',
  description: 'All of them, or those before a date. Past searches (`/search/history`) are the same record.',
  request: { query: forgetQuery },
  responses: {
    200: { description: 'Forgotten.', content: { 'application/json': { schema: forgottenSchema } } },
    ...problems(422),
  },
});

export const countPlay = route('read', {
  method: 'post',
  path: '/api/v1/audio/files/{id}/plays',
  operationId: 'countPlay',
  tags: ['Analytics'],
  summary: 'A sound was listened to',
  description:
    'Players report it once somebody listened for 5 seconds, or to half of a shorter sound. A second report within that time does not count.',
  request: { params: soundIdParams },
  responses: {
    200: { description: 'Noted.', content: { 'application/json': { schema: playedSchema } } },
    ...problems(404, 422),
  },
});
