import { problems } from '../schemas/common.js';
import {
  endSchema,
  heldSchema,
  remoteParams,
  reportSchema,
  resultSchema,
  savedSchema,
  takenSchema,
  takeSchema,
  wantedSchema,
  goOnSchema,
} from '../schemas/remote.js';
import { json, route } from './route.js';

const tags = ['Work'];
const body = <T>(schema: T) => ({ body: { required: true, ...json(schema) } });

export const remoteWanted = route('worker', {
  method: 'get',
  path: '/api/v1/remote',
  operationId: 'remoteWanted',
  tags,
  summary: 'What a worker on another machine must have',
  description:
    'For `npm run worker -- --server …`: results of another version or another model would not fit what is there.',
  responses: { 200: { description: 'Version and model.', ...json(wantedSchema) }, ...problems(503) },
});

export const remoteTake = route('worker', {
  method: 'post',
  path: '/api/v1/remote/jobs',
  operationId: 'remoteTake',
  tags,
  summary: 'Take the next sound to process',
  description:
    'The worker has it as long as it is heard of: by any of these calls, every few seconds. Otherwise it goes back. 409 where version or model are others.',
  request: body(takeSchema),
  responses: {
    200: { description: 'The job; null when none waits.', ...json(takenSchema) },
    ...problems(409, 422, 503),
  },
});

export const remoteAudio = route('worker', {
  method: 'get',
  path: '/api/v1/remote/jobs/{id}/audio',
  operationId: 'remoteAudio',
  tags,
  summary: 'The bytes of the sound of a job',
  request: { params: remoteParams, query: heldSchema },
  responses: {
    200: {
      description: 'The file as it was uploaded.',
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    },
    ...problems(404, 409, 422, 503),
  },
});

export const remoteReport = route('worker', {
  method: 'post',
  path: '/api/v1/remote/jobs/{id}/progress',
  operationId: 'remoteReport',
  tags,
  summary: 'Say how far a job is, and that its worker lives',
  request: { params: remoteParams, ...body(reportSchema) },
  responses: { 200: { description: 'Whether to go on.', ...json(goOnSchema) }, ...problems(422, 503) },
});

export const remoteResult = route('worker', {
  method: 'post',
  path: '/api/v1/remote/jobs/{id}/result',
  operationId: 'remoteResult',
  tags,
  summary: 'Hand in what was found out about a sound',
  description: 'Saved as if a worker beside the server had done it.',
  request: { params: remoteParams, ...body(resultSchema) },
  responses: {
    200: { description: 'Whether it was still wanted.', ...json(savedSchema) },
    ...problems(409, 422, 503),
  },
});

export const remoteEnd = route('worker', {
  method: 'post',
  path: '/api/v1/remote/jobs/{id}/end',
  operationId: 'remoteEnd',
  tags,
  summary: 'Give a job back without a result',
  description: '`failed`: the sound is at fault. `again`: to be tried later. `skipped`: nobody wants it any more.',
  request: { params: remoteParams, ...body(endSchema) },
  responses: { 204: { description: 'Done.' }, ...problems(409, 422, 503) },
});
