import { z } from '@hono/zod-openapi';
import { binary, jobIdParams, problems } from '../schemas/common.js';
import {
  jobIdsSchema,
  jobSchema,
  jobsSchema,
  processAnswerSchema,
  processRequestSchema,
  uploadAnswerSchema,
  uploadProblemSchema,
} from '../schemas/job.js';
import { route } from './route.js';

const tags = ['Ingest'];

export const upload = route('upload', {
  method: 'post',
  path: '/api/v1/audio/upload',
  operationId: 'uploadAudio',
  tags,
  summary: 'Add sounds',
  description:
    'Streams any number of audio files to the library and queues each for processing. Bytes that are there already are answered with `duplicate`, ' +
    'those that lie in the bin are back and answered with `restored`. ' +
    'When every file is rejected the answer is a problem that also carries `uploads`.',
  request: {
    body: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            required: ['files'],
            properties: { files: { type: 'array', items: binary, description: 'Audio files; the field is repeated.' } },
          },
        },
      },
    },
  },
  responses: {
    202: {
      description: 'What became of each file.',
      content: { 'application/json': { schema: uploadAnswerSchema } },
    },
    ...problems(507),
    422: {
      description: 'Every file was rejected.',
      content: { 'application/problem+json': { schema: uploadProblemSchema } },
    },
  },
});

export const process = route('upload', {
  method: 'post',
  path: '/api/v1/audio/process',
  operationId: 'processAudio',
  tags,
  summary: 'Process sounds again',
  description:
    'Sounds that are queued or running already keep their job unless `force` is set. Those of others are for who may edit.',
  request: { body: { required: true, content: { 'application/json': { schema: processRequestSchema } } } },
  responses: {
    202: { description: 'One job for each sound.', content: { 'application/json': { schema: processAnswerSchema } } },
    ...problems(404, 422),
  },
});

export const jobStatus = route('read', {
  method: 'get',
  path: '/api/v1/audio/status/{jobId}',
  operationId: 'getJob',
  tags,
  summary: 'Progress of a job',
  request: { params: jobIdParams },
  responses: {
    200: { description: 'The job.', content: { 'application/json': { schema: jobSchema } } },
    ...problems(404, 422),
  },
});

export const jobStatuses = route('read', {
  method: 'post',
  path: '/api/v1/audio/status',
  operationId: 'getJobs',
  tags,
  summary: 'Progress of many jobs at once',
  request: { body: { required: true, content: { 'application/json': { schema: jobIdsSchema } } } },
  responses: {
    200: { description: 'The jobs there are.', content: { 'application/json': { schema: jobsSchema } } },
    ...problems(422),
  },
});

export const cancelJob = route('upload', {
  method: 'delete',
  path: '/api/v1/audio/status/{jobId}',
  operationId: 'cancelJob',
  tags,
  summary: 'Cancel a job',
  description:
    'Stops a queued or running job. A sound that was never ready is removed with it, which is for its owner and admins; one that is ' +
    'processed again keeps its earlier result.',
  request: { params: jobIdParams },
  responses: { 204: { description: 'Cancelled.' }, ...problems(404, 409, 422) },
});

const eventStream = (description: string) => ({
  200: { description, content: { 'text/event-stream': { schema: { type: 'string' as const } } } },
});

export const jobEvents = route('read', {
  method: 'get',
  path: '/api/v1/audio/status/{jobId}/events',
  operationId: 'followJob',
  tags,
  summary: 'Follow a job',
  description:
    'Server-sent events named `job`, each with a Job; the present state comes at once, the stream ends with the job.',
  request: { params: jobIdParams },
  responses: { ...eventStream('`event: job` with a Job as JSON data.'), ...problems(404, 422, 429, 503) },
});

export const allEvents = route('read', {
  method: 'get',
  path: '/api/v1/events',
  operationId: 'followAll',
  tags,
  summary: 'Follow every job, the library and the models',
  description:
    'Server-sent events, whichever process made the change: at once `snapshot` with `{jobs, total}` (up to 50 unfinished jobs, running ones first, and how many there are), then ' +
    '`job` with a Job for every change (several changes of one thing are sent as one), ' +
    '`library` with `{change: created·updated·deleted·restored, soundId}`, `collection` with `{change: created·updated·deleted, collectionId}`, ' +
    "`work` with a Work for every change of long work that is not a sound's, " +
    '`folder` with `{folderId}` when an imported folder or its scan changed, `model` with a ModelActivity (at once if something is under way, then every change), ' +
    '`index` with `{state, segments}`, and `maintenance`, `vocabulary` and `tagging` with `{}` when what those routes answer has changed. ' +
    'Every event has an id. Whoever comes back with the last one (`Last-Event-ID`, as browsers do, or `lastEventId`) is sent what it missed; ' +
    'when that is too much or too long ago, `reset` with `{}` (read everything anew), then `snapshot`. `reset` may also come later, when changes were lost. ' +
    'With many clients changes come less often. A client that does not read is let go; too many at once get 503, from one address 429.',
  request: {
    headers: z.object({
      'last-event-id': z
        .string()
        .max(40)
        .optional()
        .openapi({ description: 'Id of the last event that was received.' }),
    }),
    query: z.object({
      lastEventId: z
        .string()
        .max(40)
        .optional()
        .openapi({ description: 'The same, for clients that cannot send the header.', example: '1764370000000-0' }),
    }),
  },
  responses: {
    ...eventStream('Events as described, each with `id`, `event` and JSON `data`.'),
    ...problems(422, 429, 503),
  },
});
