import { problems } from '../schemas/common.js';
import {
  folderTagsApplySchema,
  folderTagsListSchema,
  folderTagsQuery,
  folderTagsSchema,
} from '../schemas/folder-tags.js';
import { bulkTaggedSchema } from '../schemas/sound.js';
import { json, route } from './route.js';

const path = '/api/v1/origins/tags';
const tags = ['Folders'];

export const listFolderTags = route('admin', {
  method: 'get',
  path,
  operationId: 'listFolderTags',
  tags,
  summary: 'Rules: folders whose sounds all get tags',
  responses: { 200: { description: 'By folder.', ...json(folderTagsListSchema) }, ...problems() },
});

export const setFolderTags = route('admin', {
  method: 'put',
  path,
  operationId: 'setFolderTags',
  tags,
  summary: 'Say which tags all in a folder gets',
  description:
    'All that comes from this folder or from below it from now on, whoever adds it and however: dropped with its folders, or imported. ' +
    'In place of what was said of the folder before. Sounds that are there already stay as they are until they are asked to be tagged.',
  request: { body: { required: true, ...json(folderTagsSchema) } },
  responses: { 200: { description: 'Said.', ...json(folderTagsSchema) }, ...problems(422) },
});

export const applyFolderTags = route('admin', {
  method: 'post',
  path: `${path}/apply`,
  operationId: 'applyFolderTags',
  tags,
  summary: 'Give the tags of a folder to the sounds that are there',
  description: 'The answer is that of a change of many tags, with the way back.',
  request: { body: { required: true, ...json(folderTagsApplySchema) } },
  responses: {
    200: { description: 'What was changed.', ...json(bulkTaggedSchema) },
    ...problems(404, 422, 507),
  },
});

export const deleteFolderTags = route('admin', {
  method: 'delete',
  path,
  operationId: 'deleteFolderTags',
  tags,
  summary: 'Give no tags for a folder any more',
  description: 'Sounds keep the tags that they got.',
  request: { query: folderTagsQuery },
  responses: { 204: { description: 'Forgotten.' }, ...problems(404, 422) },
});
