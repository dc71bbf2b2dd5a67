import {
  binnedCollectionsSchema,
  binQuery,
  binSchema,
  emptiedSchema,
  restoredSchema,
  restoreSchema,
} from '../schemas/bin.js';
import { collectionIdParams, collectionSchema } from '../schemas/collection.js';
import { problems, soundIdParams } from '../schemas/common.js';
import { json, route } from './route.js';

const tags = ['Bin'];

export const listBin = route('read', {
  method: 'get',
  path: '/api/v1/bin',
  operationId: 'listBin',
  tags,
  summary: 'Deleted sounds that can be had back',
  request: { query: binQuery },
  responses: {
    200: { description: 'A page of them.', content: { 'application/json': { schema: binSchema } } },
    ...problems(422),
  },
});

export const restoreFromBin = route('edit', {
  method: 'post',
  path: '/api/v1/bin/restore',
  operationId: 'restoreFromBin',
  tags,
  summary: 'Have deleted sounds back',
  description:
    'With their tags, vectors, plays and places in collections. One that another model heard than the present one is processed. With ' +
    '`all`, deleted collections as well.',
  request: { body: { required: true, content: { 'application/json': { schema: restoreSchema } } } },
  responses: {
    200: { description: 'What is back.', content: { 'application/json': { schema: restoredSchema } } },
    ...problems(422, 507),
  },
});

export const emptyBin = route('delete', {
  method: 'delete',
  path: '/api/v1/bin',
  operationId: 'emptyBin',
  tags,
  summary: 'Empty the bin',
  description:
    'Deletes for good what is of whoever asks, for admins what is public as well, and frees the space; on a full disk too. Deleted ' +
    'collections as well.',
  responses: {
    200: { description: 'What is gone.', content: { 'application/json': { schema: emptiedSchema } } },
    ...problems(507),
  },
});

export const deleteFromBin = route('delete', {
  method: 'delete',
  path: '/api/v1/bin/{id}',
  operationId: 'deleteFromBin',
  tags,
  summary: 'Delete a sound of the bin for good',
  description: 'For its owner, and admins.',
  request: { params: soundIdParams },
  responses: { 204: { description: 'Gone.' }, ...problems(404, 422, 507) },
});

export const listBinnedCollections = route('read', {
  method: 'get',
  path: '/api/v1/bin/collections',
  operationId: 'listBinnedCollections',
  tags,
  summary: 'Deleted collections that can be had back',
  request: { query: binQuery },
  responses: { 200: { description: 'A page of them.', ...json(binnedCollectionsSchema) }, ...problems(422) },
});

export const restoreCollection = route('edit', {
  method: 'post',
  path: '/api/v1/bin/collections/{id}/restore',
  operationId: 'restoreCollection',
  tags,
  summary: 'Have a deleted collection back',
  description: 'With its sounds in their order, as far as these are in the library. 409: another one has its name now.',
  request: { params: collectionIdParams },
  responses: { 200: { description: 'The collection.', ...json(collectionSchema) }, ...problems(404, 409, 422) },
});
