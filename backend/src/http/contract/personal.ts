import { problems } from '../schemas/common.js';
import {
  newSavedSearchSchema,
  originsQuery,
  originsSchema,
  ratedSchema,
  ratingChangeSchema,
  ratingsSchema,
  recentlyPlayedQuery,
  recentlyPlayedSchema,
  savedSearchesQuery,
  savedSearchesSchema,
  savedSearchIdParams,
  savedSearchPatchSchema,
  savedSearchSchema,
} from '../schemas/personal.js';
import { json, route } from './route.js';

const tags = ['Personal'];
const params = savedSearchIdParams;

export const listRatings = route('read', {
  method: 'get',
  path: '/api/v1/ratings',
  operationId: 'listRatings',
  tags,
  summary: 'Your favourites, stars and colours',
  responses: { 200: { description: 'Changed last first.', ...json(ratingsSchema) }, ...problems() },
});

export const rateSounds = route('own', {
  method: 'put',
  path: '/api/v1/ratings',
  operationId: 'rateSounds',
  tags,
  summary: 'Make sounds favourites, give them stars or a colour',
  request: { body: { required: true, ...json(ratingChangeSchema) } },
  responses: { 200: { description: 'What they are rated now.', ...json(ratedSchema) }, ...problems(422) },
});

export const listSavedSearches = route('read', {
  method: 'get',
  path: '/api/v1/saved-searches',
  operationId: 'listSavedSearches',
  tags,
  summary: 'Your saved searches, with what is new',
  request: { query: savedSearchesQuery },
  responses: { 200: { description: 'Oldest first.', ...json(savedSearchesSchema) }, ...problems(422) },
});

export const saveSearch = route('own', {
  method: 'post',
  path: '/api/v1/saved-searches',
  operationId: 'saveSearch',
  tags,
  summary: 'Save a search',
  description: 'The same search again, in the same order and view, only gets the new name.',
  request: { body: { required: true, ...json(newSavedSearchSchema) } },
  responses: { 201: { description: 'Saved.', ...json(savedSearchSchema) }, ...problems(409, 422) },
});

export const renameSavedSearch = route('own', {
  method: 'patch',
  path: '/api/v1/saved-searches/{id}',
  operationId: 'renameSavedSearch',
  tags,
  summary: 'Rename a saved search',
  request: { params, body: { required: true, ...json(savedSearchPatchSchema) } },
  responses: { 200: { description: 'Renamed.', ...json(savedSearchSchema) }, ...problems(404, 422) },
});

export const seeSavedSearch = route('own', {
  method: 'post',
  path: '/api/v1/saved-searches/{id}/seen',
  operationId: 'seeSavedSearch',
  tags,
  summary: 'What is there now is no longer new',
  request: { params },
  responses: { 200: { description: 'Noted.', ...json(savedSearchSchema) }, ...problems(404) },
});

export const deleteSavedSearch = route('own', {
  method: 'delete',
  path: '/api/v1/saved-searches/{id}',
  operationId: 'deleteSavedSearch',
  tags,
  summary: 'Forget a saved search',
  request: { params },
  responses: { 204: { description: 'Forgotten.' }, ...problems(404) },
});

export const listOrigins = route('read', {
  method: 'get',
  path: '/api/v1/origins',
  operationId: 'listOrigins',
  tags: ['Library'],
  summary: 'Folders that sounds came from',
  request: { query: originsQuery },
  responses: { 200: { description: 'By name.', ...json(originsSchema) }, ...problems(422) },
});

export const recentlyPlayed = route('read', {
  method: 'get',
  path: '/api/v1/analytics/played',
  operationId: 'recentlyPlayed',
  tags: ['Analytics'],
  summary: 'Sounds that were listened to, the latest first',
  request: { query: recentlyPlayedQuery },
  responses: { 200: { description: 'Each once.', ...json(recentlyPlayedSchema) }, ...problems(422) },
});
