import { binary, problems, soundIdParams } from '../schemas/common.js';
import {
  markerExportQuery,
  markerIdParams,
  markerImportSchema,
  markerPatchSchema,
  markerSchema,
  markersSchema,
  takenMarkersSchema,
  newMarkerSchema,
} from '../schemas/markers.js';
import { json, route } from './route.js';

const tags = ['Markers'];
const path = '/api/v1/audio/files/{id}/markers';

export const listMarkers = route('read', {
  method: 'get',
  path,
  operationId: 'listMarkers',
  tags,
  summary: 'Markers of a sound',
  description: 'Places and stretches that people marked, with what they noted there, and the chapters of the file.',
  request: { params: soundIdParams },
  responses: { 200: { description: 'In order of time.', ...json(markersSchema) }, ...problems(404, 422) },
});

export const addMarker = route('edit', {
  method: 'post',
  path,
  operationId: 'addMarker',
  tags,
  summary: 'Mark a place or a stretch',
  request: { params: soundIdParams, body: { required: true, ...json(newMarkerSchema) } },
  responses: { 201: { description: 'Marked.', ...json(markerSchema) }, ...problems(404, 409, 422, 507) },
});

export const changeMarker = route('edit', {
  method: 'patch',
  path: `${path}/{markerId}`,
  operationId: 'changeMarker',
  tags,
  summary: 'Move a marker, or change its text or colour',
  description: 'Of two changes at once the later one counts, for each field by itself.',
  request: { params: markerIdParams, body: { required: true, ...json(markerPatchSchema) } },
  responses: { 200: { description: 'Changed.', ...json(markerSchema) }, ...problems(404, 409, 422, 507) },
});

export const deleteMarker = route('edit', {
  method: 'delete',
  path: `${path}/{markerId}`,
  operationId: 'deleteMarker',
  tags,
  summary: 'Delete a marker',
  request: { params: markerIdParams },
  responses: { 204: { description: 'Deleted.' }, ...problems(404, 409, 422, 507) },
});

export const exportMarkers = route('read', {
  method: 'get',
  path: `${path}/export`,
  operationId: 'exportMarkers',
  tags,
  summary: 'Markers as a file to keep',
  description:
    'For tables and other programs, or the marked stretches cut out, one after the other, while the ZIP is read.',
  request: { params: soundIdParams, query: markerExportQuery },
  responses: {
    200: {
      description: 'A file to save.',
      content: {
        'text/csv': { schema: { type: 'string' as const } },
        'text/plain': { schema: { type: 'string' as const } },
        'text/vtt': { schema: { type: 'string' as const } },
        'application/zip': { schema: binary },
      },
    },
    ...problems(404, 409, 422),
  },
});

export const importMarkers = route('edit', {
  method: 'post',
  path: `${path}/import`,
  operationId: 'importMarkers',
  tags,
  summary: 'Take markers over from a file of another program',
  description:
    'All of them or, where one cannot be read or there would be too many, none. Those that are there stay, and are not added a second time.',
  request: { params: soundIdParams, body: { required: true, ...json(markerImportSchema) } },
  responses: {
    201: { description: 'What was added.', ...json(takenMarkersSchema) },
    ...problems(404, 409, 422, 507),
  },
});
