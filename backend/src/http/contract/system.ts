import { z } from '@hono/zod-openapi';
import { problems } from '../schemas/common.js';
import { healthSchema, readinessSchema, statsSchema } from '../schemas/system.js';
import { tracesSchema } from '../schemas/traces.js';
import { json, route } from './route.js';

export const stats = route('read', {
  method: 'get',
  path: '/api/v1/analytics/stats',
  operationId: 'getStats',
  tags: ['Analytics'],
  summary: 'Library, queue, index, model and machine',
  responses: {
    200: { description: 'As of now.', content: { 'application/json': { schema: statsSchema } } },
    ...problems(),
  },
});

export const health = route('none', {
  method: 'get',
  path: '/health',
  operationId: 'health',
  tags: ['System'],
  summary: 'Is the server alive?',
  description: 'Also at `/api/v1/health`. Needs no password.',
  responses: { 200: { description: 'Yes.', content: { 'application/json': { schema: healthSchema } } } },
});

export const readiness = route('none', {
  method: 'get',
  path: '/health/ready',
  operationId: 'readiness',
  tags: ['System'],
  summary: 'Are all its parts ready?',
  description: 'Also at `/api/v1/health/ready`. Needs no password.',
  responses: {
    200: { description: 'Every part is ready.', content: { 'application/json': { schema: readinessSchema } } },
    503: { description: 'At least one is not.', content: { 'application/json': { schema: readinessSchema } } },
  },
});

export const metrics = route('metrics', {
  method: 'get',
  path: '/metrics',
  operationId: 'metrics',
  tags: ['System'],
  summary: 'Metrics for Prometheus',
  responses: { 200: { description: 'Text exposition format.', content: { 'text/plain': { schema: z.string() } } } },
});

export const tellTraces = route('own', {
  method: 'post',
  path: '/api/v1/traces',
  operationId: 'tellTraces',
  tags: ['System'],
  summary: 'Steps of traces that pages made',
  description:
    'For the pages, where `GET /auth/me` says `traces`. They are passed on to `OTEL_EXPORTER_OTLP_ENDPOINT`, and kept nowhere.',
  request: { body: { required: true, ...json(tracesSchema) } },
  responses: { 204: { description: 'They are passed on.' }, ...problems(409, 422) },
});

export const openapi = route('none', {
  method: 'get',
  path: '/openapi.json',
  operationId: 'openapi',
  tags: ['System'],
  summary: 'This description',
  description: 'Also at `/api/v1/openapi.json`.',
  responses: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } } },
});

export const docs = route('none', {
  method: 'get',
  path: '/docs',
  operationId: 'docs',
  tags: ['System'],
  summary: 'This description, to read and try',
  description: 'Also at `/api/v1/docs`.',
  responses: { 200: { description: 'A page.', content: { 'text/html': { schema: { type: 'string' } } } } },
});
