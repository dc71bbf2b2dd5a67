import { binary, problems } from '../schemas/common.js';
import {
  backupQuery,
  libraryExportQuery,
  libraryExportSchema,
  settingsSchema,
  startTaskSchema,
  storageSchema,
  taskParams,
  taskSchema,
  tasksSchema,
  telemetryQuery,
  telemetrySchema,
} from '../schemas/maintenance.js';
import { route } from './route.js';

const tags = ['Maintenance'];

export const storage = route('admin', {
  method: 'get',
  path: '/api/v1/system/storage',
  operationId: 'getStorage',
  tags,
  summary: 'What takes how much of the disk',
  responses: {
    200: { description: 'As of now.', content: { 'application/json': { schema: storageSchema } } },
    ...problems(),
  },
});

export const settings = route('read', {
  method: 'get',
  path: '/api/v1/system/settings',
  operationId: 'getSettings',
  tags,
  summary: 'What is configured',
  description: 'Paths, addresses and passwords are left out.',
  responses: {
    200: { description: 'As started.', content: { 'application/json': { schema: settingsSchema } } },
    ...problems(),
  },
});

export const telemetry = route('admin', {
  method: 'get',
  path: '/api/v1/system/telemetry',
  operationId: 'getTelemetry',
  tags,
  summary: 'Queue, speed, memory and latency of the last hour',
  request: { query: telemetryQuery },
  responses: {
    200: { description: 'Samples since the start.', content: { 'application/json': { schema: telemetrySchema } } },
    ...problems(422),
  },
});

export const listTasks = route('admin', {
  method: 'get',
  path: '/api/v1/system/tasks',
  operationId: 'listTasks',
  tags,
  summary: 'Tasks of maintenance',
  responses: {
    200: { description: 'Since the start.', content: { 'application/json': { schema: tasksSchema } } },
    ...problems(),
  },
});

export const startTask = route('admin', {
  method: 'post',
  path: '/api/v1/system/tasks',
  operationId: 'startTask',
  tags,
  summary: 'Start a task of maintenance',
  description: 'One at a time. Ask for its progress with `GET /api/v1/system/tasks`.',
  request: { body: { required: true, content: { 'application/json': { schema: startTaskSchema } } } },
  responses: {
    202: { description: 'Started.', content: { 'application/json': { schema: taskSchema } } },
    ...problems(409, 422),
  },
});

export const cancelTask = route('admin', {
  method: 'delete',
  path: '/api/v1/system/tasks/{id}',
  operationId: 'cancelTask',
  tags,
  summary: 'Cancel a running task',
  request: { params: taskParams },
  responses: { 204: { description: 'Cancelled.' }, ...problems(404, 409, 422) },
});

export const downloadBackup = route('admin', {
  method: 'get',
  path: '/api/v1/system/backup',
  operationId: 'downloadBackup',
  tags,
  summary: 'Download the backup',
  description: 'The copy that the latest `backup` task made, alone or in a ZIP with all audio files.',
  request: { query: backupQuery },
  responses: {
    200: {
      description: 'The file, streamed.',
      content: { 'application/vnd.sqlite3': { schema: binary }, 'application/zip': { schema: binary } },
    },
    ...problems(404, 422),
  },
});

export const exportLibrary = route('read', {
  method: 'get',
  path: '/api/v1/system/export',
  operationId: 'exportLibrary',
  tags,
  summary: 'The metadata of the whole library',
  request: { query: libraryExportQuery },
  responses: {
    200: {
      description: 'The file, streamed.',
      content: { 'text/csv': { schema: binary }, 'application/json': { schema: libraryExportSchema } },
    },
    ...problems(422),
  },
});
