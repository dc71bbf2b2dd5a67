import { problems, soundIdParams } from '../schemas/common.js';
import {
  retaggedSchema,
  retagSchema,
  tagCountsSchema,
  tagsQuery,
  vocabularyEditsSchema,
  vocabularySchema,
  timelineSchema,
} from '../schemas/tag.js';
import { route } from './route.js';

const tags = ['Tags'];
const vocabulary = {
  200: { description: 'The vocabulary as it is.', content: { 'application/json': { schema: vocabularySchema } } },
};

export const listTags = route('read', {
  method: 'get',
  path: '/api/v1/tags',
  operationId: 'listTags',
  tags,
  summary: 'The tags of the library',
  description: 'From files, people and the model, with the number of sounds that have them.',
  request: { query: tagsQuery },
  responses: {
    200: { description: 'Most used first.', content: { 'application/json': { schema: tagCountsSchema } } },
    ...problems(422),
  },
});

export const getVocabulary = route('read', {
  method: 'get',
  path: '/api/v1/tags/vocabulary',
  operationId: 'getTagVocabulary',
  tags,
  summary: 'The words that automatic tags are chosen from',
  responses: { ...vocabulary, ...problems() },
});

export const putVocabulary = route('admin', {
  method: 'put',
  path: '/api/v1/tags/vocabulary',
  operationId: 'putTagVocabulary',
  tags,
  summary: 'Change the words for automatic tags',
  description: 'Replaces all edits. Every sound is tagged anew in the background, which takes no new listening.',
  request: { body: { required: true, content: { 'application/json': { schema: vocabularyEditsSchema } } } },
  responses: { ...vocabulary, ...problems(422) },
});

export const retag = route('edit', {
  method: 'post',
  path: '/api/v1/tags/retag',
  operationId: 'retag',
  tags,
  summary: 'Tag sounds anew',
  description: 'Happens by itself when words or model change. Tags of files and people stay.',
  request: { body: { required: true, content: { 'application/json': { schema: retagSchema } } } },
  responses: {
    202: { description: 'Under way.', content: { 'application/json': { schema: retaggedSchema } } },
    ...problems(422),
  },
});

export const timeline = route('read', {
  method: 'get',
  path: '/api/v1/audio/files/{id}/timeline',
  operationId: 'getTimeline',
  tags,
  summary: 'What is heard when in a sound',
  description:
    'Silences, speech, music, and the words of the vocabulary that are heard longest, each with its stretches; only what is sure. ' +
    'Told from the vectors of the active model, and kept until the sound, the words or the model change.',
  request: { params: soundIdParams },
  responses: {
    200: { description: 'What is heard.', content: { 'application/json': { schema: timelineSchema } } },
    ...problems(404, 409, 422),
  },
});
