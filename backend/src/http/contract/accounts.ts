import {
  accessSchema,
  deleteUserQuery,
  endedSchema,
  keysSchema,
  loginSchema,
  madeKeySchema,
  meSchema,
  ownUseSchema,
  newKeySchema,
  newUserSchema,
  passwordChangeSchema,
  profileSchema,
  sessionsSchema,
  setupSchema,
  signedInSchema,
  userPatchSchema,
  userSchema,
  usersSchema,
} from '../schemas/accounts.js';
import { idParams, problems } from '../schemas/common.js';
import { json, route } from './route.js';

const tags = ['Accounts'];
const body = <T>(schema: T) => ({ body: { required: true, ...json(schema) } });

export const access = route('none', {
  method: 'get',
  path: '/api/v1/auth',
  operationId: 'access',
  tags,
  summary: 'How people come in here',
  responses: { 200: { description: 'Says nothing of who they are.', ...json(accessSchema) }, ...problems() },
});

export const setUp = route('none', {
  method: 'post',
  path: '/api/v1/auth/setup',
  operationId: 'setUp',
  tags,
  summary: 'Make the first account, an admin',
  description: 'Whatever was added before there were accounts belongs to it. Signs in as well.',
  request: body(setupSchema),
  responses: { 201: { description: 'Made.', ...json(signedInSchema) }, ...problems(403, 409, 422) },
});

export const login = route('none', {
  method: 'post',
  path: '/api/v1/auth/login',
  operationId: 'login',
  tags,
  summary: 'Sign in',
  description:
    'Sets cookies for browsers: the access token for half an hour, and one that refreshes it for a week. Programs are better ' +
    'off with a key.',
  request: body(loginSchema),
  responses: {
    200: { description: 'Signed in.', ...json(signedInSchema) },
    ...problems(401, 403, 409, 422, 429),
  },
});

export const refresh = route('none', {
  method: 'post',
  path: '/api/v1/auth/refresh',
  operationId: 'refresh',
  tags,
  summary: 'Go on being signed in',
  description:
    'Takes the cookie `traum_refresh` and puts another in its place. A cookie that comes a second time ends the session.',
  responses: { 200: { description: 'Refreshed.', ...json(signedInSchema) }, ...problems(401, 409) },
});

export const logout = route('none', {
  method: 'post',
  path: '/api/v1/auth/logout',
  operationId: 'logout',
  tags,
  summary: 'Sign out',
  responses: { 204: { description: 'The session is over.' }, ...problems() },
});

export const me = route('self', {
  method: 'get',
  path: '/api/v1/auth/me',
  operationId: 'me',
  tags,
  summary: 'Who asks, and what they may do',
  responses: { 200: { description: 'Whoever asks.', ...json(meSchema) }, ...problems() },
});

export const ownUse = route('self', {
  method: 'get',
  path: '/api/v1/auth/usage',
  operationId: 'ownUse',
  tags,
  summary: 'What you keep here, and how much that may be',
  description: 'With what lies in the bin.',
  responses: { 200: { description: 'As of now.', ...json(ownUseSchema) }, ...problems(409) },
});

export const changeMe = route('self', {
  method: 'patch',
  path: '/api/v1/auth/me',
  operationId: 'changeMe',
  tags,
  summary: 'Change the own name',
  request: body(profileSchema),
  responses: { 200: { description: 'As it is now.', ...json(meSchema) }, ...problems(409, 422) },
});

export const changePassword = route('self', {
  method: 'post',
  path: '/api/v1/auth/password',
  operationId: 'changePassword',
  tags,
  summary: 'Change the own password',
  description: 'All other sessions end.',
  request: body(passwordChangeSchema),
  responses: { 204: { description: 'Changed.' }, ...problems(409, 422, 429) },
});

export const listSessions = route('self', {
  method: 'get',
  path: '/api/v1/auth/sessions',
  operationId: 'listSessions',
  tags,
  summary: 'Where one is signed in',
  responses: { 200: { description: 'The latest used first.', ...json(sessionsSchema) }, ...problems(409) },
});

export const endSession = route('self', {
  method: 'delete',
  path: '/api/v1/auth/sessions/{id}',
  operationId: 'endSession',
  tags,
  summary: 'Sign out elsewhere',
  request: { params: idParams('a session') },
  responses: { 204: { description: 'It is over, at once.' }, ...problems(404, 409) },
});

export const endOtherSessions = route('self', {
  method: 'delete',
  path: '/api/v1/auth/sessions',
  operationId: 'endOtherSessions',
  tags,
  summary: 'Sign out everywhere else',
  responses: { 200: { description: 'They are over, at once.', ...json(endedSchema) }, ...problems(409) },
});

export const listKeys = route('self', {
  method: 'get',
  path: '/api/v1/keys',
  operationId: 'listKeys',
  tags,
  summary: 'The own keys for programs',
  responses: { 200: { description: 'The newest first.', ...json(keysSchema) }, ...problems(409) },
});

export const addKey = route('self', {
  method: 'post',
  path: '/api/v1/keys',
  operationId: 'addKey',
  tags,
  summary: 'Make a key for a program',
  description: 'Send it as `Authorization: Bearer KEY` or `X-Api-Key: KEY`. It may never do more than whoever made it.',
  request: body(newKeySchema),
  responses: {
    201: { description: 'The key, shown this once.', ...json(madeKeySchema) },
    ...problems(409, 422),
  },
});

export const revokeKey = route('self', {
  method: 'delete',
  path: '/api/v1/keys/{id}',
  operationId: 'revokeKey',
  tags,
  summary: 'Revoke a key',
  request: { params: idParams('a key') },
  responses: { 204: { description: 'It opens nothing any more.' }, ...problems(404, 409) },
});

export const listUsers = route('admin', {
  method: 'get',
  path: '/api/v1/users',
  operationId: 'listUsers',
  tags,
  summary: 'All accounts',
  responses: { 200: { description: 'By name.', ...json(usersSchema) }, ...problems(409) },
});

export const addUser = route('admin', {
  method: 'post',
  path: '/api/v1/users',
  operationId: 'addUser',
  tags,
  summary: 'Make an account for somebody',
  request: body(newUserSchema),
  responses: { 201: { description: 'Made.', ...json(userSchema) }, ...problems(409, 422) },
});

export const getUser = route('admin', {
  method: 'get',
  path: '/api/v1/users/{id}',
  operationId: 'getUser',
  tags,
  summary: 'One account',
  request: { params: idParams('an account') },
  responses: { 200: { description: 'The account.', ...json(userSchema) }, ...problems(404, 409) },
});

export const changeUser = route('admin', {
  method: 'patch',
  path: '/api/v1/users/{id}',
  operationId: 'changeUser',
  tags,
  summary: 'Change name, role or password of an account, or turn it off',
  request: { params: idParams('an account'), ...body(userPatchSchema) },
  responses: { 200: { description: 'As it is now.', ...json(userSchema) }, ...problems(404, 409, 422) },
});

export const deleteUser = route('admin', {
  method: 'delete',
  path: '/api/v1/users/{id}',
  operationId: 'deleteUser',
  tags,
  summary: 'Delete an account',
  description: 'Its sessions, keys and links go with it; what it owned becomes somebody else’s.',
  request: { params: idParams('an account'), query: deleteUserQuery },
  responses: { 204: { description: 'Gone.' }, ...problems(404, 409, 422) },
});
