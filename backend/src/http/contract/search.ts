import { binary, problems } from '../schemas/common.js';
import {
  advancedSearchSchema,
  clipsSchema,
  exportRequestSchema,
  exportedFile,
  exportFormSchema,
  exportSelectionQuery,
  historyIdParams,
  historyQuery,
  historySchema,
  parsedSchema,
  parseQuery as parseQuerySchema,
  searchAnswerSchema,
  searchQuery,
  suggestionsQuery,
  suggestionsSchema,
} from '../schemas/search.js';
import { route } from './route.js';

const tags = ['Search'];
const answer = { 200: { description: 'Best first.', content: { 'application/json': { schema: searchAnswerSchema } } } };

export const search = route('read', {
  method: 'get',
  path: '/api/v1/search',
  operationId: 'search',
  tags,
  summary: 'Search by words',
  request: { query: searchQuery },
  responses: { ...answer, ...problems(422, 503) },
});

export const advancedSearch = route('read', {
  method: 'post',
  path: '/api/v1/search/advanced',
  operationId: 'advancedSearch',
  tags,
  summary: 'Search by words, sounds and clips together',
  description:
    'As JSON, or as multipart with an optional part `query` (the same JSON) and up to eight parts `audio` (clips to be like; used for this search and not kept).',
  request: {
    body: {
      required: true,
      content: {
        'application/json': { schema: advancedSearchSchema },
        'multipart/form-data': {
          schema: {
            type: 'object',
            properties: {
              query: { $ref: '#/components/schemas/AdvancedSearch' },
              audio: { type: 'array', items: binary, description: 'Audio files; the field is repeated.' },
            },
          },
        },
      },
    },
  },
  responses: { ...answer, ...problems(404, 422, 503) },
});

export const parseQuery = route('read', {
  method: 'get',
  path: '/api/v1/search/parse',
  operationId: 'parseQuery',
  tags,
  summary: 'What a text of the search box means',
  request: { query: parseQuerySchema },
  responses: {
    200: { description: 'Its parts and slips.', content: { 'application/json': { schema: parsedSchema } } },
    ...problems(422),
  },
});

export const sendClips = route('read', {
  method: 'post',
  path: '/api/v1/search/clips',
  operationId: 'sendClips',
  tags,
  summary: 'Send clips to search with',
  description:
    'Up to eight audio files. Each gets an id that stands in `q` as `clip:ID`, alone or with other words. What is needed to search is kept for a day after its last use, at most until a restart; the files are not.',
  request: {
    body: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            required: ['audio'],
            properties: { audio: { type: 'array', items: binary, description: 'Audio files; the field is repeated.' } },
          },
        },
      },
    },
  },
  responses: {
    201: { description: 'In their order.', content: { 'application/json': { schema: clipsSchema } } },
    ...problems(422, 503),
  },
});

export const suggestions = route('read', {
  method: 'get',
  path: '/api/v1/search/suggestions',
  operationId: 'searchSuggestions',
  tags,
  summary: 'Completions of what is being typed',
  request: { query: suggestionsQuery },
  responses: {
    200: { description: 'Best first.', content: { 'application/json': { schema: suggestionsSchema } } },
    ...problems(422),
  },
});

export const history = route('read', {
  method: 'get',
  path: '/api/v1/search/history',
  operationId: 'searchHistory',
  tags,
  summary: 'Past searches',
  request: { query: historyQuery },
  responses: {
    200: { description: 'Newest first, each query once.', content: { 'application/json': { schema: historySchema } } },
    ...problems(422),
  },
});

export const clearHistory = route('own', {
  method: 'delete',
  path: '/api/v1/search/history',
  operationId: 'clearSearchHistory',
  tags,
  summary: 'Forget all past searches',
  responses: { 204: { description: 'Forgotten.' }, ...problems() },
});

export const deleteHistoryEntry = route('own', {
  method: 'delete',
  path: '/api/v1/search/history/{id}',
  operationId: 'deleteSearchHistoryEntry',
  tags,
  summary: 'Forget one past search',
  request: { params: historyIdParams },
  responses: { 204: { description: 'Forgotten.' }, ...problems(404, 422) },
});

export const exportSearch = route('read', {
  method: 'post',
  path: '/api/v1/search/export',
  operationId: 'exportSearch',
  tags,
  summary: 'Export results or a selection',
  request: { body: { required: true, content: { 'application/json': { schema: exportRequestSchema } } } },
  responses: {
    200: exportedFile,
    ...problems(404, 422, 503),
  },
});

export const exportSelection = route('read', {
  method: 'get',
  path: '/api/v1/search/export',
  operationId: 'exportSelection',
  tags,
  summary: 'Export a selection by its address',
  description: 'For what can only follow an address, such as a file that is dragged out of a browser.',
  request: { query: exportSelectionQuery },
  responses: { 200: exportedFile, ...problems(404, 422, 503) },
});

export const exportForm = route('read', {
  method: 'post',
  path: '/api/v1/search/export/form',
  operationId: 'exportForm',
  tags,
  summary: 'Export from a form',
  description: 'The same, sent by a form: the browser writes the answer to the disk as it comes, however large it is.',
  request: {
    body: { required: true, content: { 'application/x-www-form-urlencoded': { schema: exportFormSchema } } },
  },
  responses: { 200: exportedFile, ...problems(404, 422, 503) },
});
