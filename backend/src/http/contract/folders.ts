import { problems } from '../schemas/common.js';
import {
  browseQuery,
  browseSchema,
  folderFilesQuery,
  folderFilesSchema,
  folderIdParams,
  folderListSchema,
  folderPatchSchema,
  folderSchema,
  newFolderSchema,
} from '../schemas/folders.js';
import { route } from './route.js';

const tags = ['Folders'];
const folder = (description: string) => ({ description, content: { 'application/json': { schema: folderSchema } } });

export const listFolders = route('admin', {
  method: 'get',
  path: '/api/v1/folders',
  operationId: 'listFolders',
  tags,
  summary: 'Folders that are imported from',
  responses: {
    200: {
      description: 'By path, with the scans under way.',
      content: { 'application/json': { schema: folderListSchema } },
    },
    ...problems(),
  },
});

export const addFolder = route('admin', {
  method: 'post',
  path: '/api/v1/folders',
  operationId: 'addFolder',
  tags,
  summary: 'Import a folder',
  description:
    'Copies the sounds in it into the library, in the background; files that are there already are noticed by their content. ' +
    'Only folders below those set with IMPORT_DIRS are read. What is deleted in the folder stays in the library. ' +
    'With `inPlace` nothing is copied: the files stay where they are, and nothing is ever written or deleted there.',
  request: { body: { required: true, content: { 'application/json': { schema: newFolderSchema } } } },
  responses: { 201: folder('Added; its scan has begun.'), ...problems(409, 422) },
});

export const changeFolder = route('admin', {
  method: 'patch',
  path: '/api/v1/folders/{id}',
  operationId: 'changeFolder',
  tags,
  summary: 'Change how a folder is imported',
  request: {
    params: folderIdParams,
    body: { required: true, content: { 'application/json': { schema: folderPatchSchema } } },
  },
  responses: { 200: folder('Changed.'), ...problems(404, 422) },
});

export const removeFolder = route('admin', {
  method: 'delete',
  path: '/api/v1/folders/{id}',
  operationId: 'removeFolder',
  tags,
  summary: 'Stop importing a folder',
  description:
    'Stops its scan. Sounds that were copied from it stay in the library. Those whose files stay in the folder go to the bin within ' +
    'minutes, and come back when the folder is added again; the files are left alone.',
  request: { params: folderIdParams },
  responses: { 204: { description: 'Removed.' }, ...problems(404, 422) },
});

export const scanFolder = route('admin', {
  method: 'post',
  path: '/api/v1/folders/{id}/scan',
  operationId: 'scanFolder',
  tags,
  summary: 'Scan a folder now',
  description: 'New and changed files are imported, and those tried again that were rejected before.',
  request: { params: folderIdParams },
  responses: { 202: folder('Begun, or under way already.'), ...problems(404, 422) },
});

export const cancelScan = route('admin', {
  method: 'delete',
  path: '/api/v1/folders/{id}/scan',
  operationId: 'cancelFolderScan',
  tags,
  summary: 'Stop the scan of a folder',
  description: 'What was imported stays; the next scan goes on from there.',
  request: { params: folderIdParams },
  responses: { 200: folder('Stopped.'), ...problems(404, 422) },
});

export const folderFiles = route('admin', {
  method: 'get',
  path: '/api/v1/folders/{id}/files',
  operationId: 'listFolderFiles',
  tags,
  summary: 'What became of the files of a folder',
  request: { params: folderIdParams, query: folderFilesQuery },
  responses: {
    200: { description: 'By path.', content: { 'application/json': { schema: folderFilesSchema } } },
    ...problems(404, 422),
  },
});

export const browse = route('admin', {
  method: 'get',
  path: '/api/v1/folders/browse',
  operationId: 'browseFolders',
  tags,
  summary: 'Folders of the server to choose from',
  request: { query: browseQuery },
  responses: {
    200: { description: 'The folders in this one.', content: { 'application/json': { schema: browseSchema } } },
    ...problems(422),
  },
});
