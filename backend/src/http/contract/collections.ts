import {
  addedSchema,
  collectionExportQuery,
  collectionIdParams,
  collectionIdsSchema,
  collectionPageSchema,
  collectionPatchSchema,
  collectionSchema,
  collectionSoundsQuery,
  collectionsQuery,
  moveSchema,
  newCollectionSchema,
  removedSchema,
} from '../schemas/collection.js';
import { problems } from '../schemas/common.js';
import { exportedFile } from '../schemas/search.js';
import { deleteQuery, soundPageSchema } from '../schemas/sound.js';
import { json, route } from './route.js';

const tags = ['Collections'];
const collection = { description: 'The collection.', ...json(collectionSchema) };
const params = collectionIdParams;

export const listCollections = route('read', {
  method: 'get',
  path: '/api/v1/collections',
  operationId: 'listCollections',
  tags,
  summary: 'List the collections',
  request: { query: collectionsQuery },
  responses: { 200: { description: 'By name.', ...json(collectionPageSchema) }, ...problems(422) },
});

export const createCollection = route('edit', {
  method: 'post',
  path: '/api/v1/collections',
  operationId: 'createCollection',
  tags,
  summary: 'Make a collection',
  request: { body: { required: true, ...json(newCollectionSchema) } },
  responses: { 201: collection, ...problems(409, 422) },
});

export const getCollection = route('read', {
  method: 'get',
  path: '/api/v1/collections/{id}',
  operationId: 'getCollection',
  tags,
  summary: 'One collection',
  request: { params },
  responses: { 200: collection, ...problems(404, 422) },
});

export const updateCollection = route('edit', {
  method: 'patch',
  path: '/api/v1/collections/{id}',
  operationId: 'updateCollection',
  tags,
  summary: 'Rename or describe a collection',
  request: { params, body: { required: true, ...json(collectionPatchSchema) } },
  responses: { 200: collection, ...problems(404, 409, 422) },
});

export const deleteCollection = route('edit', {
  method: 'delete',
  path: '/api/v1/collections/{id}',
  operationId: 'deleteCollection',
  tags,
  summary: 'Delete a collection',
  description:
    'Its sounds stay in the library. It goes to the bin, and can be restored until `BIN_DAYS` have passed. With `permanent=true` it is ' +
    'gone now, from the bin as well; so it is without a bin. That is for its owner, and admins.',
  request: { params, query: deleteQuery },
  responses: { 204: { description: 'Deleted.' }, ...problems(404, 422) },
});

export const collectionSounds = route('read', {
  method: 'get',
  path: '/api/v1/collections/{id}/sounds',
  operationId: 'listCollectionSounds',
  tags,
  summary: 'The sounds of a collection',
  request: { params, query: collectionSoundsQuery },
  responses: { 200: { description: 'In their order.', ...json(soundPageSchema) }, ...problems(404, 422) },
});

export const addToCollection = route('edit', {
  method: 'post',
  path: '/api/v1/collections/{id}/sounds',
  operationId: 'addToCollection',
  tags,
  summary: 'Add sounds to a collection',
  request: { params, body: { required: true, ...json(collectionIdsSchema) } },
  responses: { 200: { description: 'What was added.', ...json(addedSchema) }, ...problems(404, 422) },
});

export const removeFromCollection = route('edit', {
  method: 'post',
  path: '/api/v1/collections/{id}/sounds/remove',
  operationId: 'removeFromCollection',
  tags,
  summary: 'Take sounds out of a collection',
  request: { params, body: { required: true, ...json(collectionIdsSchema) } },
  responses: { 200: { description: 'What was taken out.', ...json(removedSchema) }, ...problems(404, 422) },
});

export const moveInCollection = route('edit', {
  method: 'post',
  path: '/api/v1/collections/{id}/sounds/move',
  operationId: 'moveInCollection',
  tags,
  summary: 'Change the order of a collection',
  request: { params, body: { required: true, ...json(moveSchema) } },
  responses: { 204: { description: 'Moved.' }, ...problems(404, 422) },
});

export const exportCollection = route('read', {
  method: 'get',
  path: '/api/v1/collections/{id}/export',
  operationId: 'exportCollection',
  tags,
  summary: 'Export a collection',
  request: { params, query: collectionExportQuery },
  responses: { 200: exportedFile, ...problems(404, 422) },
});
