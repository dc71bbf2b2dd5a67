import {
  albumsQuery,
  albumsSchema,
  artistsQuery,
  artistsSchema,
  coverParams,
  coverQuery,
} from '../schemas/catalogue.js';
import { binary, problems } from '../schemas/common.js';
import { json, route } from './route.js';

const tags = ['Library'];

export const listArtists = route('read', {
  method: 'get',
  path: '/api/v1/artists',
  operationId: 'listArtists',
  tags,
  summary: 'The artists of the library',
  description: 'Whom tags of files, or people, name as artists. Their sounds: `/audio/files?artist=`.',
  request: { query: artistsQuery },
  responses: { 200: { description: 'A page of them.', ...json(artistsSchema) }, ...problems(422) },
});

export const listAlbums = route('read', {
  method: 'get',
  path: '/api/v1/albums',
  operationId: 'listAlbums',
  tags,
  summary: 'The albums of the library',
  description:
    'Sounds with the same album are one, as far as their files do not name different album artists. Its sounds in order: ' +
    '`/audio/files?albumId=…&sort=track`.',
  request: { query: albumsQuery },
  responses: { 200: { description: 'A page of them.', ...json(albumsSchema) }, ...problems(422) },
});

export const getCover = route('read', {
  method: 'get',
  path: '/api/v1/covers/{id}',
  operationId: 'getCover',
  tags,
  summary: 'A cover',
  description:
    'The picture that audio files have in them, made small when they are read: the middle square as JPEG. The same picture in many ' +
    'files is one cover, and what an id stands for never changes. Whoever may see none of the sounds gets a 404.',
  request: { params: coverParams, query: coverQuery },
  responses: {
    200: { description: 'The picture.', content: { 'image/jpeg': { schema: binary } } },
    304: { description: 'The copy named by `If-None-Match` is still right.' },
    ...problems(404, 422),
  },
});
