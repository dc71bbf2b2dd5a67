import { problems, soundIdParams } from '../schemas/common.js';
import { markerIdParams, markerPatchSchema, markerSchema, markersSchema, newMarkerSchema } from '../schemas/markers.js';
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
  responses: { 201: { description: 'Marked.', ...json(markerSchema) }, ...problems(400, 404, 409, 415, 422, 507) },
});

export const changeMarker = route('edit', {
  method: 'patch',
  path: `${path}/{markerId}`,
  operationId: 'changeMarker',
  tags,
  summary: 'Move a marker, or change its text or colour',
  description: 'Of two changes at once the later one counts, for each field by itself.',
  request: { params: markerIdParams, body: { required: true, ...json(markerPatchSchema) } },
  responses: { 200: { description: 'Changed.', ...json(markerSchema) }, ...problems(400, 404, 409, 415, 422, 507) },
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
