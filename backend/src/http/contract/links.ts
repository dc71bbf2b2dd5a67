import { binary, idParams, problems } from '../schemas/common.js';
import {
  linksSchema,
  madeLinkSchema,
  newLinkSchema,
  openLinkSchema,
  sharedSchema,
  sharedSoundParams,
} from '../schemas/links.js';
import { coverQuery } from '../schemas/catalogue.js';
import { sharedStreamQuery } from '../schemas/sound.js';
import { json, route } from './route.js';

const tags = ['Links'];
const audio = { content: { 'audio/*': { schema: binary } } };

export const listLinks = route('edit', {
  method: 'get',
  path: '/api/v1/links',
  operationId: 'listLinks',
  tags,
  summary: 'The own links; of everybody for admins',
  responses: { 200: { description: 'The newest first.', ...json(linksSchema) }, ...problems() },
});

export const addLink = route('edit', {
  method: 'post',
  path: '/api/v1/links',
  operationId: 'addLink',
  tags,
  summary: 'Make a link to a sound, a moment or a collection',
  description:
    'Whoever has it can listen without an account, until it expires, is revoked, or its maker may not share any more.',
  request: { body: { required: true, ...json(newLinkSchema) } },
  responses: {
    201: { description: 'The link, shown this once.', ...json(madeLinkSchema) },
    ...problems(404, 409, 422),
  },
});

export const revokeLink = route('edit', {
  method: 'delete',
  path: '/api/v1/links/{id}',
  operationId: 'revokeLink',
  tags,
  summary: 'Revoke a link',
  request: { params: idParams('a link') },
  responses: { 204: { description: 'It leads nowhere any more.' }, ...problems(404) },
});

export const openShared = route('none', {
  method: 'post',
  path: '/api/v1/shared',
  operationId: 'openShared',
  tags,
  summary: 'Open a link',
  description: 'Leaves a cookie by which its sounds can be played for up to twelve hours.',
  request: { body: { required: true, ...json(openLinkSchema) } },
  responses: {
    200: { description: 'What it shares.', ...json(sharedSchema) },
    ...problems(401, 404, 422, 429),
  },
});

export const streamShared = route('none', {
  method: 'get',
  path: '/api/v1/shared/{id}/sounds/{soundId}/stream',
  operationId: 'streamShared',
  tags,
  summary: 'Play what a link shares',
  request: { params: sharedSoundParams, query: sharedStreamQuery },
  responses: {
    200: { description: 'All of it.', ...audio },
    206: { description: 'The range asked for.', ...audio },
    304: { description: 'The copy named by `If-None-Match` is still right.' },
    ...problems(404, 409, 416, 422, 503),
  },
});

export const downloadShared = route('none', {
  method: 'get',
  path: '/api/v1/shared/{id}/sounds/{soundId}/download',
  operationId: 'downloadShared',
  tags,
  summary: 'Take along what a link shares',
  description: 'Where whoever made the link allows it.',
  request: { params: sharedSoundParams },
  responses: {
    200: { description: 'All of it.', ...audio },
    206: { description: 'The range asked for.', ...audio },
    304: { description: 'The copy named by `If-None-Match` is still right.' },
    ...problems(403, 404, 409, 416, 422, 503),
  },
});

export const sharedCover = route('none', {
  method: 'get',
  path: '/api/v1/shared/{id}/sounds/{soundId}/cover',
  operationId: 'sharedCover',
  tags,
  summary: 'The cover of what a link shares',
  description: 'The picture in the file of the sound, as `/covers/{id}` gives it. Of a moment there is none.',
  request: { params: sharedSoundParams, query: coverQuery },
  responses: {
    200: { description: 'The picture.', content: { 'image/jpeg': { schema: binary } } },
    304: { description: 'The copy named by `If-None-Match` is still right.' },
    ...problems(404, 422),
  },
});
