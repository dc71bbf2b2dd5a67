import type { Tile } from '$lib/audio/tiles';
import createClient from 'openapi-fetch';
import { AccountApi } from './account-api';
import type { Criteria, SavedAs } from '$lib/search/criteria';
import type { LibrarySort } from '$lib/state/library.svelte';
import { SORTS } from '$lib/search/sorts';
import { UnreachableError, isAbort, parseJson, problemFrom } from './problem';
import type { paths } from './schema';
import type { Traces } from './traces';
import type {
  Album,
  Artist,
  CatalogueSort,
  AspectWeights,
  Backups,
  Folder,
  FolderFiles,
  FolderList,
  FolderTags,
  HeardLane,
  HistoryEntry,
  Bin,
  BinEmptied,
  BinnedCollection,
  BinnedCollections,
  BulkEdit,
  BulkEdited,
  BulkTagged,
  BulkTags,
  Collection,
  CollectionPage,
  Copies,
  Duplicates,
  Job,
  JobHistory,
  MaintenanceTask,
  Marker,
  TakenMarkers,
  MarkerFormat,
  MarkerPatch,
  Match,
  ModelList,
  OriginFolder,
  ParsedQuery,
  Readiness,
  Rating,
  Restored,
  SavedSearch,
  SearchAnswer,
  Sound,
  ListPlaces,
  SoundPage,
  SoundPatch,
  SoundStatus,
  Settings,
  Stats,
  Suggestion,
  Storage,
  TaskKind,
  Telemetry,
  TagCount,
  TaggingProgress,
  TagVocabulary,
  TagVocabularyEdits,
  Usage,
  Waveform,
  Work,
  WorkPage,
} from './types';

const BASE = '/api/v1';
/** A request that outlives its page may have 64 kB: more ids than these do not fit. */
export const MAX_ON_LEAVE = 1400;

export interface ListOptions {
  favourite?: boolean;
  q?: string;
  tag?: string[];
  folder?: string[];
  status?: SoundStatus;
  /** `me`, or the name or id of an account. */
  owner?: string;
  sort: LibrarySort;
  order: 'asc' | 'desc';
  limit: number;
  cursor?: string;
}

/** Which artists or albums, in which order, after how many. */
export interface CatalogueQuery {
  q?: string;
  sort: CatalogueSort;
  offset: number;
}

/** Where the browser is: `added:2026-01-31` means the day as it is there. */
const timeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

interface SearchOptions {
  offset: number;
  limit: number;
  /** Whether the search is kept in the history. */
  history: boolean;
  signal: AbortSignal;
}

/** The server's calls in our own words. Every failure is an `ApiError` or an `UnreachableError`. */
export class Api {
  /** Told of the outcome of every call; null means that the server answered. */
  onOutcome: (error: unknown) => void = () => undefined;
  /** Told of a call that was refused for want of somebody, and when it was made; says whether it is worth another try. */
  onRefused: (since: number) => Promise<boolean> = () => Promise.resolve(false);
  /** Null where nobody wants traces. */
  traces: Traces | null = null;
  #tracesComing: Promise<void> | null = null;
  #binDays: number | null = null;
  readonly #client = createClient<paths>({ fetch: (request) => this.#fetch(request) });
  readonly accounts = new AccountApi(this.#client, (call) => this.#data(call));

  /** Has all calls from now on tell of themselves. They wait until what tells is there. */
  tellTraces(coming: Promise<Traces>): void {
    this.#tracesComing = coming.then(
      (traces) => {
        this.traces = traces;
        this.#tracesComing = null;
      },
      () => void (this.#tracesComing = null),
    );
  }

  /** One page of results. */
  search({ q, mode, sort }: Criteria, { offset, limit, history, signal }: SearchOptions): Promise<SearchAnswer> {
    const query = {
      q,
      mode,
      limit,
      offset,
      tz: timeZone(),
      history: history ? ('true' as const) : ('false' as const),
      ...(sort && SORTS[sort]),
    };
    const find = () => this.#data(this.#client.GET('/api/v1/search', { params: { query }, signal }));
    return this.traces?.act('search', find) ?? find();
  }

  /** What a text of the search box means. */
  parse(q: string): Promise<ParsedQuery> {
    return this.#data(this.#client.GET('/api/v1/search/parse', { params: { query: { q, tz: timeZone() } } }));
  }

  /** Sends a sound to search with; its id stands in a text as `clip:ID`. */
  async sendClip(file: File): Promise<string> {
    const form = new FormData();
    form.set('audio', file, file.name || 'clip');
    const call = this.#client.POST('/api/v1/search/clips', { body: { audio: [] }, bodySerializer: () => form });
    return (await this.#data(call)).clips[0]!.clipId;
  }

  similar(id: string, limit: number, aspects: AspectWeights): Promise<SearchAnswer> {
    return this.#data(
      this.#client.GET('/api/v1/audio/files/{id}/similar', { params: { path: { id }, query: { limit, ...aspects } } }),
    );
  }

  /** Where in a sound a text of the search box can be heard, told more finely than by a search. */
  async moments(id: string, q: string, signal: AbortSignal): Promise<Match[]> {
    const params = { path: { id }, query: { q } };
    return (await this.#data(this.#client.GET('/api/v1/audio/files/{id}/moments', { params, signal }))).items;
  }

  /** In order of time. */
  async markers(id: string): Promise<Marker[]> {
    const call = this.#client.GET('/api/v1/audio/files/{id}/markers', { params: { path: { id } } });
    return (await this.#data(call)).items;
  }

  addMarker(id: string, body: Pick<Marker, 'startS' | 'endS' | 'text' | 'colour'>): Promise<Marker> {
    return this.#data(this.#client.POST('/api/v1/audio/files/{id}/markers', { params: { path: { id } }, body }));
  }

  changeMarker(id: string, markerId: string, body: MarkerPatch): Promise<Marker> {
    const params = { path: { id, markerId } };
    return this.#data(this.#client.PATCH('/api/v1/audio/files/{id}/markers/{markerId}', { params, body }));
  }

  async deleteMarker(id: string, markerId: string): Promise<void> {
    const params = { path: { id, markerId } };
    await this.#ok(this.#client.DELETE('/api/v1/audio/files/{id}/markers/{markerId}', { params }));
  }

  /** What is heard when. */
  async timeline(id: string): Promise<HeardLane[]> {
    const call = this.#client.GET('/api/v1/audio/files/{id}/timeline', { params: { path: { id } } });
    return (await this.#data(call)).lanes;
  }

  /** Takes over the markers in a file of another program. */
  async importMarkers(id: string, text: string): Promise<TakenMarkers> {
    const params = { path: { id } };
    const call = this.#client.POST('/api/v1/audio/files/{id}/markers/import', { params, body: { text } });
    return this.#data(call);
  }

  /** The other files of the same sound. */
  copies(id: string): Promise<Copies> {
    return this.#data(this.#client.GET('/api/v1/audio/files/{id}/copies', { params: { path: { id } } }));
  }

  /** Sounds that are there more than once; `offset` and `limit` count groups. */
  duplicates(query: { limit: number; offset: number }): Promise<Duplicates> {
    return this.#data(this.#client.GET('/api/v1/audio/duplicates', { params: { query } }));
  }

  /** @param query the text of the box, and where the cursor stands in it */
  async suggestions(
    query: { q: string; cursor: number; limit: number },
    signal: AbortSignal | null = null,
  ): Promise<Suggestion[]> {
    const call = this.#client.GET('/api/v1/search/suggestions', { params: { query }, signal });
    return (await this.#data(call)).items;
  }

  async ratings(): Promise<Rating[]> {
    return (await this.#data(this.#client.GET('/api/v1/ratings'))).items;
  }

  /** What is not given stays. */
  async rate(soundIds: string[], change: Partial<Omit<Rating, 'soundId'>>): Promise<Rating[]> {
    const keepalive = soundIds.length <= MAX_ON_LEAVE;
    return (await this.#data(this.#client.PUT('/api/v1/ratings', { body: { soundIds, ...change }, keepalive })))
      .ratings;
  }

  /** The folders right below one, of those that sounds came from. */
  async origins(under: string): Promise<OriginFolder[]> {
    return (await this.#data(this.#client.GET('/api/v1/origins', { params: { query: { under } } }))).items;
  }

  /** Rules: folders whose sounds all get tags. */
  async folderTags(): Promise<FolderTags[]> {
    return (await this.#data(this.#client.GET('/api/v1/origins/tags'))).items;
  }

  /** In place of what was said of the folder before. */
  setFolderTags(body: FolderTags): Promise<FolderTags> {
    return this.#data(this.#client.PUT('/api/v1/origins/tags', { body }));
  }

  /** Gives the tags to the sounds that are there. */
  applyFolderTags(folder: string): Promise<BulkTagged> {
    return this.#data(this.#client.POST('/api/v1/origins/tags/apply', { body: { folder } }));
  }

  async deleteFolderTags(folder: string): Promise<void> {
    await this.#ok(this.#client.DELETE('/api/v1/origins/tags', { params: { query: { folder } } }));
  }

  async savedSearches(): Promise<SavedSearch[]> {
    const query = { tz: timeZone() };
    return (await this.#data(this.#client.GET('/api/v1/saved-searches', { params: { query } }))).items;
  }

  /** @param body with `seenAt` and `createdAt` where one comes back that was forgotten */
  async saveSearch(
    body: SavedAs & { name: string } & Partial<Pick<SavedSearch, 'seenAt' | 'createdAt'>>,
  ): Promise<void> {
    await this.#data(this.#client.POST('/api/v1/saved-searches', { body }));
  }

  async renameSavedSearch(id: string, name: string): Promise<void> {
    await this.#data(this.#client.PATCH('/api/v1/saved-searches/{id}', { params: { path: { id } }, body: { name } }));
  }

  /** What fits it now is no longer new. */
  async seeSavedSearch(id: string): Promise<void> {
    await this.#data(this.#client.POST('/api/v1/saved-searches/{id}/seen', { params: { path: { id } } }));
  }

  async forgetSavedSearch(id: string): Promise<void> {
    await this.#ok(this.#client.DELETE('/api/v1/saved-searches/{id}', { params: { path: { id } } }));
  }

  /** The latest first. */
  async recentlyPlayed(limit: number): Promise<Sound[]> {
    const call = this.#client.GET('/api/v1/analytics/played', { params: { query: { limit } } });
    return (await this.#data(call)).items.map(({ sound }) => sound);
  }

  list(options: ListOptions, signal: AbortSignal | null = null): Promise<SoundPage> {
    return this.#data(this.#client.GET('/api/v1/audio/files', { params: { query: options }, signal }));
  }

  /** Along what a list is sorted: places from its beginning to its end. */
  places(options: Omit<ListOptions, 'cursor'>, signal: AbortSignal): Promise<ListPlaces> {
    return this.#data(this.#client.GET('/api/v1/audio/files/places', { params: { query: options }, signal }));
  }

  /** @param query.name this one alone */
  artists(query: CatalogueQuery & { name?: string }): Promise<{ items: Artist[]; total: number }> {
    return this.#data(this.#client.GET('/api/v1/artists', { params: { query } }));
  }

  /** @param query.id this one alone */
  albums(query: CatalogueQuery & { artist?: string; id?: string }): Promise<{ items: Album[]; total: number }> {
    return this.#data(this.#client.GET('/api/v1/albums', { params: { query } }));
  }

  /** In order of discs and tracks. */
  albumSounds(albumId: string, offset: number): Promise<SoundPage> {
    const query = { albumId, sort: 'track', order: 'asc', limit: 500, offset } as const;
    return this.#data(this.#client.GET('/api/v1/audio/files', { params: { query } }));
  }

  artistSounds(artist: string, offset: number): Promise<SoundPage> {
    const query = { artist, sort: 'title', order: 'asc', limit: 200, offset } as const;
    return this.#data(this.#client.GET('/api/v1/audio/files', { params: { query } }));
  }

  sound(id: string): Promise<Sound> {
    return this.#data(this.#client.GET('/api/v1/audio/files/{id}', { params: { path: { id } } }));
  }

  update(id: string, body: SoundPatch): Promise<Sound> {
    return this.#data(this.#client.PATCH('/api/v1/audio/files/{id}', { params: { path: { id } }, body }));
  }

  /** What is gone already is no failure. */
  async removeMany(ids: string[], { keepalive }: { keepalive: boolean }): Promise<void> {
    await this.#ok(this.#client.POST('/api/v1/audio/files/delete', { body: { ids }, keepalive }));
  }

  /** At once, past the bin. */
  async removeForGood(ids: string[]): Promise<void> {
    await this.#ok(this.#client.POST('/api/v1/audio/files/delete', { body: { ids, permanent: true } }));
  }

  /** What was deleted and can be had back, latest first. */
  bin(query: { limit: number; cursor?: string }): Promise<Bin> {
    return this.#data(this.#client.GET('/api/v1/bin', { params: { query } }));
  }

  /** For how long deleted sounds can be had back; 0 is not at all. */
  async binDays(): Promise<number> {
    this.#binDays ??= (await this.settings()).binDays.value;
    return this.#binDays;
  }

  /** Takes sounds out of the bin, without ids everything, collections as well. */
  restore(soundIds?: string[]): Promise<Restored> {
    const body = soundIds ? { soundIds } : { all: true };
    return this.#data(this.#client.POST('/api/v1/bin/restore', { body }));
  }

  async deleteForGood(id: string): Promise<void> {
    await this.#ok(this.#client.DELETE('/api/v1/bin/{id}', { params: { path: { id } } }));
  }

  async emptyBin(): Promise<BinEmptied> {
    return this.#data(this.#client.DELETE('/api/v1/bin'));
  }

  /** The ids of a whole list, at most ten thousand. */
  async soundIds(options: Omit<ListOptions, 'limit' | 'cursor'>): Promise<string[]> {
    return (await this.#data(this.#client.GET('/api/v1/audio/files/ids', { params: { query: options } }))).ids;
  }

  editSounds(body: BulkEdit): Promise<BulkEdited> {
    return this.#data(this.#client.POST('/api/v1/audio/files/edit', { body }));
  }

  changeTags(body: BulkTags): Promise<BulkTagged> {
    return this.#data(this.#client.POST('/api/v1/audio/files/tags', { body }));
  }

  /** All of them, by name; with a sound, those that hold it. */
  async collections(soundId?: string): Promise<Collection[]> {
    const all: Collection[] = [];
    let cursor: string | null = null;
    do {
      const query = { limit: 500, ...(soundId ? { soundId } : {}), ...(cursor ? { cursor } : {}) };
      const page: CollectionPage = await this.#data(this.#client.GET('/api/v1/collections', { params: { query } }));
      all.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return all;
  }

  collection(id: string): Promise<Collection> {
    return this.#data(this.#client.GET('/api/v1/collections/{id}', { params: { path: { id } } }));
  }

  createCollection(body: { name: string; description?: string | null }): Promise<Collection> {
    return this.#data(this.#client.POST('/api/v1/collections', { body }));
  }

  updateCollection(id: string, body: { name?: string; description?: string | null }): Promise<Collection> {
    return this.#data(this.#client.PATCH('/api/v1/collections/{id}', { params: { path: { id } }, body }));
  }

  /** Into the bin, where there is one. */
  async removeCollection(id: string): Promise<void> {
    await this.#ok(this.#client.DELETE('/api/v1/collections/{id}', { params: { path: { id } } }));
  }

  /** Also out of the bin. */
  async removeCollectionForGood(id: string): Promise<void> {
    const params = { path: { id }, query: { permanent: 'true' } } as const;
    await this.#ok(this.#client.DELETE('/api/v1/collections/{id}', { params }));
  }

  /** All that were deleted and can be had back, latest first. */
  async binnedCollections(): Promise<BinnedCollection[]> {
    const all: BinnedCollection[] = [];
    let cursor: string | null = null;
    do {
      const query = { limit: 500, ...(cursor ? { cursor } : {}) };
      const page: BinnedCollections = await this.#data(
        this.#client.GET('/api/v1/bin/collections', { params: { query } }),
      );
      all.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return all;
  }

  restoreCollection(id: string): Promise<Collection> {
    return this.#data(this.#client.POST('/api/v1/bin/collections/{id}/restore', { params: { path: { id } } }));
  }

  collectionSounds(id: string, cursor: string | null): Promise<SoundPage> {
    const query = { limit: 500, ...(cursor ? { cursor } : {}) };
    return this.#data(this.#client.GET('/api/v1/collections/{id}/sounds', { params: { path: { id }, query } }));
  }

  addToCollection(id: string, soundIds: string[]): Promise<{ added: string[]; already: string[]; notFound: string[] }> {
    return this.#data(
      this.#client.POST('/api/v1/collections/{id}/sounds', { params: { path: { id } }, body: { soundIds } }),
    );
  }

  async removeFromCollection(id: string, soundIds: string[]): Promise<void> {
    await this.#ok(
      this.#client.POST('/api/v1/collections/{id}/sounds/remove', { params: { path: { id } }, body: { soundIds } }),
    );
  }

  async moveInCollection(id: string, soundIds: string[], before: string | null): Promise<void> {
    const body = { soundIds, before };
    await this.#ok(this.#client.POST('/api/v1/collections/{id}/sounds/move', { params: { path: { id } }, body }));
  }

  waveform(id: string, points: number): Promise<Waveform> {
    return this.#data(
      this.#client.GET('/api/v1/audio/files/{id}/waveform', { params: { path: { id }, query: { points } } }),
    );
  }

  async reprocess(soundIds: string[]): Promise<{ soundId: string; jobId: string }[]> {
    return (await this.#data(this.#client.POST('/api/v1/audio/process', { body: { soundIds } }))).jobs;
  }

  /** Those of the jobs that there are, and the ids of the others. At most a thousand. */
  jobs(jobIds: string[]): Promise<{ jobs: Job[]; missing: string[] }> {
    return this.#data(this.#client.POST('/api/v1/audio/status', { body: { jobIds } }));
  }

  async cancelJob(jobId: string): Promise<void> {
    await this.#ok(this.#client.DELETE('/api/v1/audio/status/{jobId}', { params: { path: { jobId } } }));
  }

  folders(): Promise<FolderList> {
    return this.#data(this.#client.GET('/api/v1/folders'));
  }

  addFolder(body: { path: string; watch: boolean; recursive: boolean; inPlace: boolean }): Promise<Folder> {
    return this.#data(this.#client.POST('/api/v1/folders', { body }));
  }

  changeFolder(id: string, body: { watch?: boolean; recursive?: boolean; inPlace?: boolean }): Promise<Folder> {
    return this.#data(this.#client.PATCH('/api/v1/folders/{id}', { params: { path: { id } }, body }));
  }

  async removeFolder(id: string): Promise<void> {
    await this.#ok(this.#client.DELETE('/api/v1/folders/{id}', { params: { path: { id } } }));
  }

  scanFolder(id: string): Promise<Folder> {
    return this.#data(this.#client.POST('/api/v1/folders/{id}/scan', { params: { path: { id } } }));
  }

  cancelFolderScan(id: string): Promise<Folder> {
    return this.#data(this.#client.DELETE('/api/v1/folders/{id}/scan', { params: { path: { id } } }));
  }

  /** Files of a folder that were rejected, with the reasons. */
  rejectedFiles(id: string, cursor?: string): Promise<FolderFiles> {
    const query = { outcome: 'rejected' as const, limit: 50, ...(cursor ? { cursor } : {}) };
    return this.#data(this.#client.GET('/api/v1/folders/{id}/files', { params: { path: { id }, query } }));
  }

  /** Folders of the server in this one. */
  async subfolders(path: string, signal: AbortSignal | null = null): Promise<{ name: string; path: string }[]> {
    return (await this.#data(this.#client.GET('/api/v1/folders/browse', { params: { query: { path } }, signal })))
      .items;
  }

  /** Tags of the library of which a word starts with `q`, most used first. */
  async tags(q: string, limit: number, signal: AbortSignal | null = null): Promise<TagCount[]> {
    return (await this.#data(this.#client.GET('/api/v1/tags', { params: { query: { q, limit } }, signal }))).items;
  }

  vocabulary(): Promise<TagVocabulary> {
    return this.#data(this.#client.GET('/api/v1/tags/vocabulary'));
  }

  changeVocabulary(body: TagVocabularyEdits): Promise<TagVocabulary> {
    return this.#data(this.#client.PUT('/api/v1/tags/vocabulary', { body }));
  }

  retagAll(): Promise<TaggingProgress> {
    return this.#data(this.#client.POST('/api/v1/tags/retag', { body: { all: true, forgetRejected: false } }));
  }

  async history(limit: number): Promise<HistoryEntry[]> {
    return (await this.#data(this.#client.GET('/api/v1/search/history', { params: { query: { limit } } }))).items;
  }

  async deleteHistoryEntry(id: number): Promise<void> {
    await this.#ok(this.#client.DELETE('/api/v1/search/history/{id}', { params: { path: { id } } }));
  }

  async clearHistory(): Promise<void> {
    await this.#ok(this.#client.DELETE('/api/v1/search/history'));
  }

  /** Days begin where this browser's clock says. */
  usage(days: number, signal: AbortSignal): Promise<Usage> {
    const utcOffsetMin = -new Date().getTimezoneOffset();
    return this.#data(
      this.#client.GET('/api/v1/analytics/usage', { params: { query: { days, utcOffsetMin } }, signal }),
    );
  }

  /** @param before ISO 8601; everything without it */
  forgetUsage(before?: string): Promise<{ searches: number; plays: number }> {
    const query = before === undefined ? {} : { before };
    return this.#data(this.#client.DELETE('/api/v1/analytics/usage', { params: { query } }));
  }

  async countPlay(id: string): Promise<void> {
    await this.#ok(this.#client.POST('/api/v1/audio/files/{id}/plays', { params: { path: { id } } }));
  }

  stats(): Promise<Stats> {
    return this.#data(this.#client.GET('/api/v1/analytics/stats'));
  }

  /** A part that is down answers 503, which is an answer here. */
  async readiness(): Promise<Readiness> {
    const { data, error, response } = await this.#client.GET('/health/ready');
    if (data) return data;
    if (error && 'parts' in error) return error;
    throw problemFrom(response.status, error);
  }

  models(): Promise<ModelList> {
    return this.#data(this.#client.GET('/api/v1/models'));
  }

  async installModel(id: string): Promise<void> {
    await this.#ok(this.#client.POST('/api/v1/models/{id}/install', { params: { path: { id } } }));
  }

  async cancelModelInstall(id: string): Promise<void> {
    await this.#ok(this.#client.DELETE('/api/v1/models/{id}/install', { params: { path: { id } } }));
  }

  async useModel(id: string): Promise<void> {
    await this.#ok(this.#client.POST('/api/v1/models/{id}/use', { params: { path: { id } } }));
  }

  async removeModel(id: string): Promise<void> {
    await this.#ok(this.#client.DELETE('/api/v1/models/{id}', { params: { path: { id } } }));
  }

  async controlModelSwitch(action: 'pause' | 'resume' | 'cancel'): Promise<void> {
    await this.#ok(this.#client.POST(`/api/v1/models/switch/${action}`));
  }

  /** A piece of the picture as PNG; made by the server when it is asked for the first time. */
  async spectrogramTile(id: string, { level, index }: Tile, signal: AbortSignal): Promise<Blob> {
    const path = `${BASE}/audio/files/${encodeURIComponent(id)}/spectrogram/${level}/${index}`;
    const response = await this.#fetch(new Request(path, { signal }));
    if (response.ok) return response.blob();
    throw problemFrom(response.status, parseJson(await response.text()));
  }

  jobHistory(id: string): Promise<JobHistory> {
    return this.#data(this.#client.GET('/api/v1/audio/files/{id}/jobs', { params: { path: { id } } }));
  }

  work(
    query: { state?: Work['state'][]; kind?: Work['kind'][]; limit?: number; cursor?: string } = {},
  ): Promise<WorkPage> {
    return this.#data(this.#client.GET('/api/v1/jobs', { params: { query } }));
  }

  cancelWork(id: string): Promise<Work> {
    return this.#data(this.#client.POST('/api/v1/jobs/{id}/cancel', { params: { path: { id } } }));
  }

  retryWork(id: string): Promise<Work> {
    return this.#data(this.#client.POST('/api/v1/jobs/{id}/retry', { params: { path: { id } } }));
  }

  storage(): Promise<Storage> {
    return this.#data(this.#client.GET('/api/v1/system/storage'));
  }

  backups(): Promise<Backups> {
    return this.#data(this.#client.GET('/api/v1/backups'));
  }

  startBackup(): Promise<Work> {
    return this.#data(this.#client.POST('/api/v1/backups'));
  }

  async tasks(): Promise<MaintenanceTask[]> {
    return (await this.#data(this.#client.GET('/api/v1/system/tasks'))).items;
  }

  startTask(kind: TaskKind, hash: boolean): Promise<MaintenanceTask> {
    return this.#data(this.#client.POST('/api/v1/system/tasks', { body: { kind, hash } }));
  }

  async cancelTask(id: string): Promise<void> {
    await this.#ok(this.#client.DELETE('/api/v1/system/tasks/{id}', { params: { path: { id } } }));
  }

  settings(): Promise<Settings> {
    return this.#data(this.#client.GET('/api/v1/system/settings'));
  }

  /** Samples of the last quarter of an hour, or only those after a moment. */
  telemetry(after?: string): Promise<Telemetry> {
    const query = after === undefined ? {} : { after };
    return this.#data(this.#client.GET('/api/v1/system/telemetry', { params: { query } }));
  }

  /** Puts many sounds into the queue again; returns how many. */
  async reprocessWhich(which: 'all' | 'failed'): Promise<number> {
    const body = which === 'all' ? { all: true } : { failed: true };
    return (await this.#data(this.#client.POST('/api/v1/audio/process', { body }))).jobs.length;
  }

  async ping(): Promise<void> {
    await this.#ok(this.#client.GET('/health'));
  }

  /** @param side pixels of the square */
  coverUrl = (id: string, side: 96 | 400): string => `${BASE}/covers/${encodeURIComponent(id)}?size=${side}`;
  streamUrl = (id: string): string => `${BASE}/audio/files/${encodeURIComponent(id)}/stream`;
  decodedUrl = (id: string): string => `${this.streamUrl(id)}?as=wav`;
  /** One channel at 44.1 kHz, as the pictures of it are made from. */
  drawnUrl = (id: string): string => `${this.streamUrl(id)}?as=mono`;
  downloadUrl = (id: string): string => `${BASE}/audio/files/${encodeURIComponent(id)}/download`;
  regionUrl = (id: string, { startS, endS }: { startS: number; endS: number }, format?: 'flac'): string =>
    `${BASE}/audio/files/${encodeURIComponent(id)}/region?startS=${startS.toFixed(3)}&endS=${endS.toFixed(3)}${format ? `&format=${format}` : ''}`;
  markersUrl = (id: string, format: MarkerFormat): string =>
    `${BASE}/audio/files/${encodeURIComponent(id)}/markers/export?format=${format}`;
  /** The files of these, at most 200, as a ZIP. */
  zipUrl = (ids: readonly string[]): string => `${BASE}/search/export?format=zip&soundIds=${ids.join(',')}`;
  exportUrl = (): string => `${BASE}/search/export/form`;
  collectionExportUrl = (id: string, format: 'csv' | 'json' | 'm3u8' | 'zip'): string =>
    `${BASE}/collections/${encodeURIComponent(id)}/export?format=${format}`;
  backupUrl = (withAudio: boolean): string => `${BASE}/system/backup${withAudio ? '?audio=true' : ''}`;
  libraryExportUrl = (format: 'csv' | 'json'): string => `${BASE}/system/export?format=${format}`;
  /** @param lastEventId id of the last event that was received; empty for none */
  eventsUrl = (lastEventId: string): string =>
    `${BASE}/events${lastEventId && `?lastEventId=${encodeURIComponent(lastEventId)}`}`;
  uploadUrl = (): string => `${BASE}/audio/upload`;

  async #data<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
    const { data } = await this.#ok(call);
    return data as T;
  }

  async #ok<T extends { error?: unknown; response: Response }>(call: Promise<T>): Promise<T> {
    const answer = await call;
    if (answer.response.ok) return answer;
    const error = problemFrom(answer.response.status, answer.error);
    this.onOutcome(error);
    throw error;
  }

  async #fetch(request: Request): Promise<Response> {
    if (this.#tracesComing) await this.#tracesComing;
    const ended = this.traces?.call(request);
    try {
      const since = Date.now();
      const again = request.clone();
      let response = await fetch(request);
      ended?.(response.status);
      this.onOutcome(null);
      if (response.status === 401 && !isAboutSession(request.url) && (await this.onRefused(since))) {
        response = await fetch(again);
      }
      return response;
    } catch (error) {
      ended?.(null);
      if (isAbort(error)) throw error;
      const unreachable = new UnreachableError();
      this.onOutcome(unreachable);
      throw unreachable;
    }
  }
}

/** Its refusals say what they mean: nothing is gained by another try. */
const isAboutSession = (url: string): boolean => /\/api\/v1\/auth(?:\/(?:setup|login|refresh|logout))?$/.test(url);
