import { z } from '@hono/zod-openapi';
import {
  accessChangedSchema,
  folderRulesSchema,
  newAccessSchema,
  newRuleSchema,
  peopleSchema,
  ruledSchema,
  ruleQuery,
  shownAccessSchema,
} from '../schemas/access.js';
import { collectionIdParams } from '../schemas/collection.js';
import { problems, soundIdParams } from '../schemas/common.js';
import { bulkIds } from '../schemas/sound.js';
import { json, route } from './route.js';

const tags = ['Sharing'];
const body = <T>(schema: T) => ({ body: { required: true, ...json(schema) } });
/** No extension of the other: neither takes fields that it does not know, so that nothing would fit both. */
const newSoundAccessSchema = z.strictObject({ ...newAccessSchema.shape, ids: bulkIds }).openapi('NewSoundAccess');
const shown = { 200: { description: 'As it is kept now.', ...json(shownAccessSchema) } };

export const listPeople = route('read', {
  method: 'get',
  path: '/api/v1/people',
  operationId: 'listPeople',
  tags,
  summary: 'Who has an account here, to share with',
  responses: { 200: { description: 'By name.', ...json(peopleSchema) }, ...problems() },
});

export const soundAccess = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/access',
  operationId: 'getSoundAccess',
  tags,
  summary: 'Whose a sound is, and who sees it',
  request: { params: soundIdParams },
  responses: { ...shown, ...problems(404, 422) },
});

export const changeSoundAccess = route('edit', {
  method: 'put',
  path: '/api/v1/audio/files/access',
  operationId: 'changeSoundAccess',
  tags,
  summary: 'Say who sees sounds',
  description: 'Their owner may, and an admin who sees them; one of somebody else, and nothing is changed.',
  request: body(newSoundAccessSchema),
  responses: { 200: { description: 'What was changed.', ...json(accessChangedSchema) }, ...problems(422) },
});

export const collectionAccess = route('read', {
  method: 'get',
  path: '/api/v1/collections/{id}/access',
  operationId: 'getCollectionAccess',
  tags,
  summary: 'Whose a collection is, and who sees it',
  request: { params: collectionIdParams },
  responses: { ...shown, ...problems(404, 422) },
});

export const changeCollectionAccess = route('edit', {
  method: 'put',
  path: '/api/v1/collections/{id}/access',
  operationId: 'changeCollectionAccess',
  tags,
  summary: 'Say who sees a collection',
  description: 'Its sounds stay as they are kept: whoever sees it sees of them what they may.',
  request: { params: collectionIdParams, ...body(newAccessSchema) },
  responses: { ...shown, ...problems(404, 422) },
});

export const listFolderRules = route('read', {
  method: 'get',
  path: '/api/v1/origins/rules',
  operationId: 'listFolderRules',
  tags,
  summary: 'Folders for which was said who sees what one adds there',
  responses: { 200: { description: 'The own ones, by folder.', ...json(folderRulesSchema) }, ...problems() },
});

export const setFolderRule = route('edit', {
  method: 'put',
  path: '/api/v1/origins/rules',
  operationId: 'setFolderRule',
  tags,
  summary: 'Say who sees what is in a folder',
  description: 'Of own sounds in it and below it, and of all that one adds there later.',
  request: body(newRuleSchema),
  responses: { 200: { description: 'Said.', ...json(ruledSchema) }, ...problems(422) },
});

export const deleteFolderRule = route('edit', {
  method: 'delete',
  path: '/api/v1/origins/rules',
  operationId: 'deleteFolderRule',
  tags,
  summary: 'Say nothing of a folder any more',
  description: 'Sounds that are there stay as they are kept.',
  request: { query: ruleQuery },
  responses: { 204: { description: 'Forgotten.' }, ...problems(404, 422) },
});
