import { z } from '@hono/zod-openapi';
import { binary, problems, soundIdParams } from '../schemas/common.js';
import { copiesSchema, duplicatesQuery, duplicatesSchema } from '../schemas/copies.js';
import { jobHistorySchema } from '../schemas/job.js';
import { momentsQuery, momentsSchema, searchAnswerSchema, similarQuery } from '../schemas/search.js';
import {
  bulkEditedSchema,
  bulkEditSchema,
  bulkTaggedSchema,
  bulkTagsSchema,
  idsQuery,
  ifMatchHeader,
  placesQuery,
  placesSchema,
  soundIdsSchema,
  bulkDeletedSchema,
  bulkDeleteSchema,
  deleteQuery,
  listQuery,
  soundPageSchema,
  soundPatchSchema,
  soundSchema,
  regionQuery,
  streamQuery,
  tileParams,
  waveformQuery,
  waveformSchema,
} from '../schemas/sound.js';
import { route } from './route.js';

const tags = ['Library'];
const sound = {
  200: {
    description: 'The sound; its ETag is good for `If-Match`.',
    headers: z.object({ etag: z.string().openapi({ description: 'Another one after every change of the sound.' }) }),
    content: { 'application/json': { schema: soundSchema } },
  },
};
const audio = { content: { 'audio/*': { schema: binary } } };

export const listSounds = route('read', {
  method: 'get',
  path: '/api/v1/audio/files',
  operationId: 'listSounds',
  tags,
  summary: 'List the library',
  request: { query: listQuery },
  responses: {
    200: { description: 'A page of sounds.', content: { 'application/json': { schema: soundPageSchema } } },
    ...problems(422),
  },
});

export const listSoundIds = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/ids',
  operationId: 'listSoundIds',
  tags,
  summary: 'The ids of a list',
  description: 'As the list itself, for changing everything in it at once.',
  request: { query: idsQuery },
  responses: {
    200: { description: 'The ids.', content: { 'application/json': { schema: soundIdsSchema } } },
    ...problems(422),
  },
});

export const listPlaces = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/places',
  operationId: 'listPlaces',
  tags,
  summary: 'What a list is sorted by, from its beginning to its end',
  description: 'Evenly spread places, to show where in a long list one is and to go anywhere with `offset`.',
  request: { query: placesQuery },
  responses: {
    200: { description: 'The places.', content: { 'application/json': { schema: placesSchema } } },
    ...problems(422),
  },
});

export const getSound = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}',
  operationId: 'getSound',
  tags,
  summary: 'One sound',
  request: { params: soundIdParams },
  responses: { ...sound, ...problems(404, 422) },
});

export const updateSound = route('edit', {
  method: 'patch',
  path: '/api/v1/audio/files/{id}',
  operationId: 'updateSound',
  tags,
  summary: 'Change the metadata of a sound',
  description:
    'Changes what the body names, whatever it was. Who would not write over a change of somebody else says what the sound was: with ' +
    '`If-Match` all of it, with `was` the fields concerned.',
  request: {
    headers: ifMatchHeader,
    params: soundIdParams,
    body: { required: true, content: { 'application/json': { schema: soundPatchSchema } } },
  },
  responses: { ...sound, ...problems(404, 412, 422, 507) },
});

export const deleteSound = route('delete', {
  method: 'delete',
  path: '/api/v1/audio/files/{id}',
  operationId: 'deleteSound',
  tags,
  summary: 'Delete a sound',
  description:
    'Moves it to the bin: it is nowhere else any more, and can be restored until `BIN_DAYS` have passed. With `permanent=true` ' +
    'its file, metadata, vectors and jobs are removed now, from the bin as well; so it is without a bin. That is for its owner, and admins.',
  request: { params: soundIdParams, query: deleteQuery },
  responses: { 204: { description: 'Deleted.' }, ...problems(404, 422, 507) },
});

export const deleteSounds = route('delete', {
  method: 'post',
  path: '/api/v1/audio/files/delete',
  operationId: 'deleteSounds',
  tags,
  summary: 'Delete several sounds',
  description:
    'Into the bin, or for good, which is for owners and admins. In steps; the answer names those that were not there.',
  request: { body: { required: true, content: { 'application/json': { schema: bulkDeleteSchema } } } },
  responses: {
    200: { description: 'What was deleted.', content: { 'application/json': { schema: bulkDeletedSchema } } },
    ...problems(422, 507),
  },
});

export const tagSounds = route('edit', {
  method: 'post',
  path: '/api/v1/audio/files/tags',
  operationId: 'tagSounds',
  tags,
  summary: 'Add and remove tags of several sounds',
  description: 'In steps. The answer names the sounds for which it was not possible.',
  request: { body: { required: true, content: { 'application/json': { schema: bulkTagsSchema } } } },
  responses: {
    200: { description: 'What was changed.', content: { 'application/json': { schema: bulkTaggedSchema } } },
    ...problems(422, 507),
  },
});

export const editSounds = route('edit', {
  method: 'post',
  path: '/api/v1/audio/files/edit',
  operationId: 'editSounds',
  tags,
  summary: 'Give several sounds the same artist, album, genre, author, licence, description, tempo, key or title',
  description: 'In steps. The answer has what takes all of it back.',
  request: { body: { required: true, content: { 'application/json': { schema: bulkEditSchema } } } },
  responses: {
    200: { description: 'What was changed.', content: { 'application/json': { schema: bulkEditedSchema } } },
    ...problems(422, 507),
  },
});

export const streamSound = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/stream',
  operationId: 'streamSound',
  tags,
  summary: 'Play a sound',
  description:
    'The bytes as uploaded, or decoded to WAV. Takes `Range` (one range) and `If-Range`; the ETag stands for the content.',
  request: { params: soundIdParams, query: streamQuery },
  responses: {
    200: { description: 'The whole file.', ...audio },
    206: { description: 'The range asked for.', ...audio },
    304: { description: 'The copy named by `If-None-Match` is still right.' },
    ...problems(404, 409, 416, 422),
  },
});

export const downloadSound = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/download',
  operationId: 'downloadSound',
  tags,
  summary: 'Download a sound',
  description: 'As `stream`, to be saved under its file name.',
  request: { params: soundIdParams },
  responses: {
    200: { description: 'The whole file.', ...audio },
    206: { description: 'The range asked for.', ...audio },
    302: { description: 'Where the storage gives it out itself, for a while (`S3_LINK_S`).' },
    304: { description: 'The copy named by `If-None-Match` is still right.' },
    ...problems(404, 416, 422),
  },
});

export const regionOfSound = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/region',
  operationId: 'downloadRegion',
  tags,
  summary: 'Download a part of a sound',
  description:
    'As WAV or FLAC, cut to the sample: in mono or stereo (of more channels a mix), at the rate of the sound (8 to 192 kHz), with 24 bits where it has more than 16. Ranges are of WAV only.',
  request: { params: soundIdParams, query: regionQuery },
  responses: {
    200: { description: 'The whole part.', ...audio },
    206: { description: 'The range asked for.', ...audio },
    304: { description: 'The copy named by `If-None-Match` is still right.' },
    ...problems(404, 409, 416, 422, 503),
  },
});

export const waveform = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/waveform',
  operationId: 'getWaveform',
  tags,
  summary: 'Waveform overview',
  request: { params: soundIdParams, query: waveformQuery },
  responses: {
    200: {
      description: 'Lowest and highest sample of each bucket.',
      content: { 'application/json': { schema: waveformSchema } },
    },
    ...problems(404, 409, 422),
  },
});

export const spectrogram = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/spectrogram',
  operationId: 'getSpectrogram',
  tags,
  summary: 'Spectrogram',
  description:
    'A grey PNG, 128 rows high and up to 1200 wide: time to the right, mel bands (Slaney) from 50 Hz at the bottom to 14 kHz ' +
    'at the top. White is the loudest level of the sound, black 80 dB below it. Made when first asked for, of up to 4 hours.',
  request: { params: soundIdParams },
  responses: {
    200: { description: 'The picture.', content: { 'image/png': { schema: binary } } },
    304: { description: 'The copy named by `If-None-Match` is still right.' },
    ...problems(404, 409, 422),
  },
});

export const spectrogramTile = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/spectrogram/{level}/{index}',
  operationId: 'getSpectrogramTile',
  tags,
  summary: 'A stretch of the spectrogram',
  description:
    'A grey PNG, 128 rows high as that of the whole, 256 columns wide: the seconds from `index` × length on, where a tile of ' +
    'level 0 is 16 s long, of level 1 64 s, of level 2 128 s. Only they are decoded, so that it comes as soon for a sound of ' +
    'many hours. Levels are measured against the highest sample of the sound: tiles fit together. What lies behind its end is black.',
  request: { params: tileParams },
  responses: {
    200: { description: 'The tile.', content: { 'image/png': { schema: binary } } },
    304: { description: 'The copy named by `If-None-Match` is still right.' },
    ...problems(404, 409, 422, 503),
  },
});

export const jobHistory = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/jobs',
  operationId: 'getJobHistory',
  tags,
  summary: 'How often, when and how a sound was processed',
  request: { params: soundIdParams },
  responses: {
    200: { description: 'Its jobs.', content: { 'application/json': { schema: jobHistorySchema } } },
    ...problems(404, 422),
  },
});

export const soundCopies = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/copies',
  operationId: 'soundCopies',
  tags,
  summary: 'Copies of a sound',
  description: 'The same sound in other files: encoded anew, cut, or at another level.',
  request: { params: soundIdParams },
  responses: {
    200: { description: 'The others of its group.', content: { 'application/json': { schema: copiesSchema } } },
    ...problems(404, 422),
  },
});

export const duplicates = route('read', {
  method: 'get',
  path: '/api/v1/audio/duplicates',
  operationId: 'listDuplicates',
  tags,
  summary: 'Sounds that are there more than once',
  request: { query: duplicatesQuery },
  responses: {
    200: { description: 'Groups of copies.', content: { 'application/json': { schema: duplicatesSchema } } },
    ...problems(422),
  },
});

export const similarSounds = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/similar',
  operationId: 'similarSounds',
  tags: ['Search'],
  summary: 'Sounds like this one',
  request: { params: soundIdParams, query: similarQuery },
  responses: {
    200: { description: 'Most alike first.', content: { 'application/json': { schema: searchAnswerSchema } } },
    ...problems(404, 409, 422, 503),
  },
});

export const moments = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/moments',
  operationId: 'findMoments',
  tags: ['Search'],
  summary: 'Where in a sound something can be heard',
  description:
    'The moments that a search names, the best of them listened to again more closely. Filters and exact words in `q` play no ' +
    'part. Empty when `q` describes nothing to hear. Not kept in the history.',
  request: { params: soundIdParams, query: momentsQuery },
  responses: {
    200: { description: 'Its moments.', content: { 'application/json': { schema: momentsSchema } } },
    ...problems(404, 409, 422, 503),
  },
});
