import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type Sound = Schemas['Sound'];
export type SoundStatus = Sound['status'];
export type SoundPatch = Schemas['SoundPatch'];
export type Artist = Schemas['Artist'];
export type Album = Schemas['Album'];
export type CatalogueSort = NonNullable<NonNullable<operations['listAlbums']['parameters']['query']>['sort']>;
export type SoundPage = Schemas['SoundPage'];
export type ListPlaces = Schemas['ListPlaces'];
export type Tag = Schemas['Tag'];
export type TagCount = Schemas['TagCount'];
export type TagVocabulary = Schemas['TagVocabulary'];
export type TagVocabularyEdits = Pick<TagVocabulary, 'disabledGroups' | 'removed' | 'own'>;
export type TaggingProgress = Schemas['TaggingProgress'];
export type SearchAnswer = Schemas['SearchAnswer'];
export type SearchResult = Schemas['SearchResult'];
export type SearchMode = Schemas['AdvancedSearch']['mode'];
export type ParsedQuery = Schemas['ParsedQuery'];
export type QueryPart = Schemas['QueryPart'];
export type Suggestion = Schemas['Suggestions']['items'][number];
export type QueryHint = Schemas['QueryHint'];
export type Match = SearchResult['matches'][number];
export type Marker = Schemas['Marker'];
export type MarkerColour = NonNullable<Marker['colour']>;
export type MarkerFormat = operations['exportMarkers']['parameters']['query']['format'];
export type MarkerPatch = Schemas['MarkerPatch'];
export type HeardLane = Schemas['HeardLane'];
export type NoteHit = SearchResult['notes'][number];
export type Copies = Schemas['Copies'];
export type Bin = Schemas['Bin'];
export type BinEmptied = Schemas['BinEmptied'];
export type Restored = Schemas['Restored'];
export type BinnedSound = Bin['items'][number];
export type BinnedCollections = Schemas['BinnedCollections'];
export type BinnedCollection = BinnedCollections['items'][number];
export type Duplicates = Schemas['Duplicates'];
export type DuplicateGroup = Duplicates['groups'][number];
export type BulkEdit = Schemas['BulkEdit'];
export type BulkEdited = Schemas['BulkEdited'];
export type BulkTags = Schemas['BulkTags'];
export type BulkTagged = Schemas['BulkTagged'];
export type CollectionPage = Schemas['CollectionPage'];
export type Collection = Schemas['Collection'];
export type TakenMarkers = Schemas['TakenMarkers'];
export type WordsOnly = NonNullable<SearchAnswer['wordsOnly']>;
export type Verdict = SearchAnswer['verdict'];
export type Folder = Schemas['Folder'];
export type FolderFiles = Schemas['FolderFiles'];
export type FolderList = Schemas['FolderList'];
export type Job = Schemas['Job'];
export type Reason = Schemas['Reason'];
export type Model = Schemas['Model'];
export type ModelInstall = NonNullable<Model['install']>;
export type ModelList = Schemas['ModelList'];
export type ModelSwitch = NonNullable<ModelList['switch']>;
export type UploadOutcome = Schemas['UploadOutcome'];
export type Waveform = Schemas['Waveform'];
export type Storage = Schemas['Storage'];
export type Work = Schemas['Work'];
export type WorkPage = Schemas['WorkPage'];
export type MaintenanceTask = Schemas['MaintenanceTask'];
export type TaskKind = MaintenanceTask['kind'];
export type Backups = Schemas['Backups'];
export type CheckReport = Extract<NonNullable<MaintenanceTask['report']>, { kind: 'check' }>;
export type Settings = Schemas['Settings'];
export type Telemetry = Schemas['Telemetry'];
export type TelemetrySample = Telemetry['samples'][number];
export type JobHistory = Schemas['JobHistory'];
export type Stats = Schemas['Stats'];
export type Usage = Schemas['Usage'];
export type HistoryEntry = Schemas['SearchHistory']['items'][number];
export type Rating = Schemas['Rating'];
export type SavedSearch = Schemas['SavedSearchNews'];
export type OriginFolder = Schemas['Origins']['items'][number];
export type Readiness = Schemas['Readiness'];

/** What narrows a search, under the names that stand in the URL (which are the API's query parameters). */
export interface Filters extends Omit<Schemas['Filters'], 'tags' | 'collections' | 'folders' | 'status'> {
  tag?: string[];
  /** Folders that it came from; with a slash before it all of a path. */
  folder?: string[];
  /** Names of collections. */
  collection?: string[];
}

export type AspectWeights = Schemas['AspectWeights'];

/** A sound of the library, or a part of it, to be like. */
export interface LikePart {
  soundId: string;
  startS?: number;
  endS?: number;
  aspects?: AspectWeights;
}
export type Access = Schemas['Access'];
export type Me = Schemas['Me'];
export type OwnUse = Schemas['OwnUse'];
export type FolderTags = Schemas['FolderTags'];
export type FolderRule = Schemas['FolderRules']['items'][number];
export type Right = Me['rights'][number];
export type Role = Me['role'];
export type User = Schemas['User'];
export type Deed = Schemas['Deed'];
export type AuditPage = Schemas['AuditPage'];
export type Visibility = Sound['visibility'];
export type Person = Schemas['Person'];
export type SoundAccess = Schemas['SoundAccess'];
export type ShareLink = Schemas['ShareLink'];
export type NewShareLink = Schemas['NewShareLink'];
export type MadeShareLink = Schemas['MadeShareLink'];
export type Shared = Schemas['Shared'];
export type Session = Schemas['Session'];
export type ApiKey = Schemas['ApiKey'];
export type MadeApiKey = Schemas['MadeApiKey'];
export type Scope = ApiKey['scopes'][number];
