import { problems } from '../schemas/common.js';
import { modelActivitySchema, modelIdParams, modelListSchema } from '../schemas/models.js';
import { route } from './route.js';

const tags = ['Models'];
const activity = (description: string) => ({
  description,
  content: { 'application/json': { schema: modelActivitySchema } },
});

export const listModels = route('read', {
  method: 'get',
  path: '/api/v1/models',
  operationId: 'listModels',
  tags,
  summary: 'Models there are',
  description: 'Known and installed ones, running installations, and the change to another model if one is under way.',
  responses: {
    200: { description: 'As of now.', content: { 'application/json': { schema: modelListSchema } } },
    ...problems(),
  },
});

export const installModel = route('admin', {
  method: 'post',
  path: '/api/v1/models/{id}/install',
  operationId: 'installModel',
  tags,
  summary: 'Install a model',
  description:
    'Downloads in the background and goes on where an earlier attempt stopped. Follow it in the list or by the event `model`.',
  request: { params: modelIdParams },
  responses: { 202: activity('It has begun.'), ...problems(404, 409, 422) },
});

export const cancelInstall = route('admin', {
  method: 'delete',
  path: '/api/v1/models/{id}/install',
  operationId: 'cancelModelInstall',
  tags,
  summary: 'Cancel an installation',
  description: 'Deletes what has arrived; also clears the failure of an installation that has ended.',
  request: { params: modelIdParams },
  responses: { 200: activity('Cancelled.'), ...problems(404, 409, 422) },
});

export const removeModel = route('admin', {
  method: 'delete',
  path: '/api/v1/models/{id}',
  operationId: 'removeModel',
  tags,
  summary: 'Remove a model',
  description: 'Neither the bundled model nor one in use can be removed.',
  request: { params: modelIdParams },
  responses: { 204: { description: 'Removed.' }, ...problems(404, 409, 422) },
});

export const useModel = route('admin', {
  method: 'post',
  path: '/api/v1/models/{id}/use',
  operationId: 'useModel',
  tags,
  summary: 'Search with another model',
  description:
    'Embeds every sound with it in the background; searches use the present model until all are done, then change over at once. ' +
    'Choosing the present model ends a change under way.',
  request: { params: modelIdParams },
  responses: { 202: activity('It has begun, or there was nothing to do.'), ...problems(404, 409, 422) },
});

const control = <const Action extends 'pause' | 'resume' | 'cancel'>(action: Action, summary: string) =>
  route('admin', {
    method: 'post',
    path: `/api/v1/models/switch/${action}`,
    operationId: `${action}ModelSwitch`,
    tags,
    summary,
    responses: { 200: activity('As of now.'), ...problems(409, 422) },
  });

export const pauseSwitch = control('pause', 'Pause the change of model');
export const resumeSwitch = control('resume', 'Go on with the change of model, also after a failure');
export const cancelSwitch = control('cancel', 'Cancel the change of model');
