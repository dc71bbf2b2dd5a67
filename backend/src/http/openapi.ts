import { OpenAPIHono } from '@hono/zod-openapi';
import * as accounts from './contract/accounts.js';
import * as access from './contract/access.js';
import * as audit from './contract/audit.js';
import * as audio from './contract/audio.js';
import * as backups from './contract/backups.js';
import * as bin from './contract/bin.js';
import * as catalogue from './contract/catalogue.js';
import * as collections from './contract/collections.js';
import * as files from './contract/files.js';
import * as folderTags from './contract/folder-tags.js';
import * as folders from './contract/folders.js';
import * as oidc from './contract/oidc.js';
import * as links from './contract/links.js';
import * as maintenance from './contract/maintenance.js';
import * as markers from './contract/markers.js';
import * as models from './contract/models.js';
import * as personal from './contract/personal.js';
import * as remote from './contract/remote.js';
import * as search from './contract/search.js';
import * as system from './contract/system.js';
import * as tags from './contract/tags.js';
import * as usage from './contract/usage.js';
import { SECURITY } from './contract/route.js';
import * as work from './contract/work.js';
import { API_VERSION } from './version.js';

const TAGS = [
  { name: 'Ingest', description: 'Adding sounds and following their processing.' },
  { name: 'Work', description: 'All long work in one list: follow, cancel, have done again.' },
  { name: 'Folders', description: 'Folders of the server whose sounds are taken into the library.' },
  { name: 'Library', description: 'The sounds: metadata, audio, waveforms.' },
  { name: 'Markers', description: 'Places and stretches of sounds with what was noted there; chapters.' },
  { name: 'Bin', description: 'Deleted sounds, until they are gone for good.' },
  { name: 'Collections', description: 'Lists of sounds in an order of their own.' },
  { name: 'Sharing', description: 'Whose sounds and collections are, and who sees them.' },
  { name: 'Links', description: 'Letting somebody without an account hear a sound, a moment or a collection.' },
  { name: 'Personal', description: 'What everybody keeps for themselves: favourites, stars, colours, saved searches.' },
  { name: 'Search', description: 'Finding sounds by words, by sound, or both.' },
  { name: 'Models', description: 'What listens and understands the words: install, choose, remove.' },
  { name: 'Tags', description: 'What sounds are tagged with, and the words for automatic tags.' },
  { name: 'Analytics', description: 'Figures about the library and its use. Kept locally.' },
  { name: 'Maintenance', description: 'Storage, checks, backup, settings, live figures.' },
  { name: 'Accounts', description: 'Signing in, accounts, sessions, keys for programs.' },
  { name: 'System', description: 'Health, metrics, this description.' },
];

/** In the order in which a newcomer would meet them. */
export const ROUTES = [
  audio.upload,
  audio.jobStatus,
  audio.jobStatuses,
  audio.jobEvents,
  audio.allEvents,
  work.listWork,
  work.getWork,
  work.cancelWork,
  work.retryWork,
  remote.remoteWanted,
  remote.remoteTake,
  remote.remoteAudio,
  remote.remoteReport,
  remote.remoteResult,
  remote.remoteEnd,
  audio.cancelJob,
  audio.process,
  folders.listFolders,
  folders.addFolder,
  folders.changeFolder,
  folders.removeFolder,
  folders.scanFolder,
  folders.cancelScan,
  folders.folderFiles,
  folders.browse,
  personal.listOrigins,
  access.listFolderRules,
  access.setFolderRule,
  access.deleteFolderRule,
  folderTags.listFolderTags,
  folderTags.setFolderTags,
  folderTags.applyFolderTags,
  folderTags.deleteFolderTags,
  files.listSounds,
  files.listSoundIds,
  files.listPlaces,
  access.changeSoundAccess,
  files.getSound,
  access.soundAccess,
  files.updateSound,
  files.deleteSound,
  files.deleteSounds,
  files.tagSounds,
  files.editSounds,
  files.streamSound,
  files.regionOfSound,
  files.downloadSound,
  files.waveform,
  usage.countPlay,
  files.spectrogram,
  files.spectrogramTile,
  catalogue.listArtists,
  catalogue.listAlbums,
  catalogue.getCover,
  files.jobHistory,
  files.soundCopies,
  files.duplicates,
  bin.listBin,
  bin.restoreFromBin,
  bin.emptyBin,
  bin.deleteFromBin,
  bin.listBinnedCollections,
  bin.restoreCollection,
  collections.listCollections,
  collections.createCollection,
  collections.getCollection,
  collections.updateCollection,
  collections.deleteCollection,
  collections.collectionSounds,
  collections.addToCollection,
  collections.removeFromCollection,
  collections.moveInCollection,
  collections.exportCollection,
  access.collectionAccess,
  access.changeCollectionAccess,
  access.listPeople,
  links.listLinks,
  links.addLink,
  links.revokeLink,
  links.openShared,
  links.streamShared,
  links.downloadShared,
  links.sharedCover,
  personal.listRatings,
  personal.rateSounds,
  personal.listSavedSearches,
  personal.saveSearch,
  personal.renameSavedSearch,
  personal.seeSavedSearch,
  personal.deleteSavedSearch,
  personal.recentlyPlayed,
  markers.listMarkers,
  markers.addMarker,
  markers.exportMarkers,
  markers.importMarkers,
  markers.changeMarker,
  markers.deleteMarker,
  search.search,
  search.advancedSearch,
  search.parseQuery,
  search.sendClips,
  files.similarSounds,
  files.moments,
  search.suggestions,
  search.history,
  search.clearHistory,
  search.deleteHistoryEntry,
  search.exportSearch,
  search.exportForm,
  search.exportSelection,
  models.listModels,
  models.installModel,
  models.cancelInstall,
  models.useModel,
  models.pauseSwitch,
  models.resumeSwitch,
  models.cancelSwitch,
  models.removeModel,
  tags.listTags,
  tags.getVocabulary,
  tags.putVocabulary,
  tags.retag,
  tags.timeline,
  maintenance.storage,
  maintenance.settings,
  maintenance.telemetry,
  maintenance.listTasks,
  maintenance.startTask,
  maintenance.cancelTask,
  maintenance.downloadBackup,
  maintenance.exportLibrary,
  backups.listBackups,
  backups.startBackup,
  accounts.access,
  accounts.setUp,
  accounts.login,
  oidc.oidcBegin,
  oidc.oidcCallback,
  oidc.oidcLogout,
  accounts.refresh,
  accounts.logout,
  accounts.me,
  accounts.ownUse,
  accounts.changeMe,
  accounts.changePassword,
  accounts.listSessions,
  accounts.endSession,
  accounts.endOtherSessions,
  accounts.listKeys,
  accounts.addKey,
  accounts.revokeKey,
  accounts.listUsers,
  accounts.addUser,
  accounts.getUser,
  accounts.changeUser,
  accounts.deleteUser,
  audit.listAudit,
  audit.exportAudit,
  system.stats,
  usage.usage,
  usage.forgetUsage,
  system.health,
  system.readiness,
  system.metrics,
  system.tellTraces,
  system.openapi,
  system.docs,
] as const;

/** Served below `/api/v1` as well. */
export const ALIASED: readonly (typeof ROUTES)[number][] = [
  system.health,
  system.readiness,
  system.openapi,
  system.docs,
];

export type OpenApiDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

let built: OpenApiDocument | undefined;

/**
 * The OpenAPI 3.1 description of the whole API, from the same schemas that validate requests. Deterministic. Built when it is
 * first asked for: a start need not wait a third of a second for what most never read.
 */
export function openApiDocument(): OpenApiDocument {
  return (built ??= buildOpenApiDocument());
}

function buildOpenApiDocument(): OpenApiDocument {
  const app = new OpenAPIHono();
  for (const route of ROUTES) app.openAPIRegistry.registerPath(route);
  app.openAPIRegistry.registerComponent('securitySchemes', 'password', {
    type: 'http',
    scheme: 'basic',
    description: 'The user and password of the setting `AUTH`.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'traum_access',
    description: 'Set by signing in.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'The access token of a sign-in, or a key.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
    description: 'A key of an account, for programs.',
  });
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Traum-Engine',
      version: API_VERSION,
      description:
        'A self-hosted search engine for sound. Times are ISO 8601 UTC, names ending in `S` are seconds. ' +
        'An empty query parameter counts as absent, but a deletion refuses one. One that a route does not know (`?limt=5`) is refused by lists and ' +
        'deletions; names that begin with `_` or `utm_` are let by in lists. ' +
        'Errors are `application/problem+json` (RFC 9457).',
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    servers: [{ url: '/', description: 'This server.' }],
    security: SECURITY,
    tags: TAGS,
  });
}
