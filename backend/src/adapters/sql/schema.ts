import type { Generated, GeneratedAlways } from 'kysely';
import type { Visibility } from '../../domain/accounts/viewer.js';
import type { Role } from '../../domain/accounts/accounts.types.js';
import type { FactSource } from '../../domain/analysis/analysis.types.js';
import type { PlacedState } from '../../domain/library/placed.ports.js';
import type { FileOutcome } from '../../domain/folders/folders.types.js';
import type { JobStage, JobState } from '../../domain/ingest/ingest.types.js';
import type { MarkerColour, MarkerSource } from '../../domain/markers/markers.types.js';
import type { SoundColour, SoundKind, SoundStatus, TagSource } from '../../domain/library/library.types.js';
import type { ModelSwitch } from '../../domain/models/models.types.js';
import type { SavedSearch } from '../../domain/personal/personal.types.js';
import type { SearchMode } from '../../domain/search/search.types.js';

/**
 * The tables as the newest migration leaves them, the same in both dialects. Times are ISO 8601 UTC, flags are 0 and 1,
 * columns ending in `_folded` hold text in lower case without accents.
 */
export interface Schema {
  sounds: SoundTable;
  /** Sounds that are not in the bin. */
  library: SoundTable;
  tags: { sound_key: number; source: TagSource; name_folded: string; name: string; score: number | null };
  rejected_tags: { sound_key: number; name_folded: string; name: string; score: number | null };
  auto_tagging: { sound_key: number; stamp: string; processed_at: string };
  sound_artists: { sound_key: number; position: number; name: string; name_folded: string };
  peaks: { sound_key: number; bucket_s: number; min_max: Buffer };
  prints: {
    print_key: GeneratedAlways<number>;
    sound_key: number;
    duration_s: number;
    spectrum: Buffer;
    frame_s: number;
    levels: Buffer;
  };
  descriptors: { number: GeneratedAlways<number>; sound_key: number; heard: Buffer };
  segments: {
    id: GeneratedAlways<number>;
    sound_key: number;
    model_key: string;
    idx: number;
    start_s: number;
    end_s: number;
    vector: Buffer;
  };
  index_changes: { seq: GeneratedAlways<number>; op: 'add' | 'remove'; segment_id: number };
  jobs: JobTable;
  embed_jobs: {
    id: string;
    sound_key: number;
    model_key: string;
    state: Generated<'queued' | 'active' | 'done' | 'failed'>;
    duration_s: number;
    attempts: Generated<number>;
    error: string | null;
  };
  model_switch: {
    only_one: number;
    target_id: string;
    target_key: string | null;
    state: ModelSwitch['state'];
    error: string | null;
  };
  settings: { name: string; value: string };
  search_log: {
    id: GeneratedAlways<number>;
    query: string;
    query_folded: string;
    mode: string;
    result_count: number;
    took_ms: number;
    top_score: number | null;
    created_at: string;
    owner_id: Generated<string>;
  };
  play_log: { id: GeneratedAlways<number>; sound_key: number; created_at: string; owner_id: Generated<string> };
  sound_shares: { sound_key: number; user_id: string };
  collection_shares: { collection_key: number; user_id: string };
  /** Which tags all that comes from a folder gets. */
  folder_tags: {
    folder_folded: string;
    folder: string;
    /** JSON: a list of tags. */
    tags: string;
    updated_at: string;
  };
  covers: { id: string; small: Buffer; large: Buffer; touched_at: string };
  /** Of each owner, how what they add to a folder is kept. */
  folder_rules: {
    id: string;
    owner_id: string;
    folder: string;
    visibility: Visibility;
    /** JSON: a list of accounts. */
    people: string;
    updated_at: string;
  };
  ratings: {
    id: string;
    owner: string;
    sound_key: number;
    favourite: number;
    stars: number | null;
    colour: SoundColour | null;
    created_at: string;
    updated_at: string;
  };
  origins: {
    id: string;
    sound_key: number;
    folder: string;
    folder_folded: string;
    filename: string;
    created_at: string;
  };
  markers: {
    id: string;
    sound_key: number;
    source: MarkerSource;
    start_s: number;
    end_s: number | null;
    text: string;
    colour: MarkerColour | null;
    created_at: string;
    updated_at: string;
  };
  saved_searches: {
    id: string;
    owner: string;
    name: string;
    query: string;
    mode: SearchMode;
    seen_at: string;
    created_at: string;
    updated_at: string;
    sort: SavedSearch['sort'];
    sort_order: SavedSearch['order'];
    view: SavedSearch['view'];
  };
  collections: {
    collection_key: GeneratedAlways<number>;
    id: string;
    name: string;
    name_folded: string;
    description: string | null;
    owner_id: Generated<string>;
    visibility: Generated<Visibility>;
    created_at: string;
    updated_at: string;
    deleted_at: Generated<string | null>;
  };
  collection_sounds: { collection_key: number; sound_key: number; position: number };
  folders: {
    id: string;
    path: string;
    watch: number;
    recursive: number;
    created_at: string;
    scanned_at: string | null;
    pending: Generated<number>;
    error: string | null;
    in_place: Generated<number>;
    unplugged_since: string | null;
  };
  placed_files: {
    folder_id: string;
    path: string;
    sha256: string;
    size_bytes: number;
    modified_ms: number;
    changed_ms: number;
    state: PlacedState;
    since: string;
    kept: Generated<number>;
  };
  folder_files: {
    folder_id: string;
    path: string;
    size_bytes: number;
    modified_ms: number;
    outcome: FileOutcome;
    reason: string | null;
    sound_id: string | null;
  };
  bin: { sound_key: number; deleted_at: string };
  leftovers: { sha256: string; since: string };
  library_changes: { number: number };
  audit_log: {
    id: GeneratedAlways<number>;
    at: string;
    actor_kind: string;
    actor_id: string | null;
    user_id: string | null;
    name: string | null;
    address: string;
    what: string;
    subject: string | null;
    status: number;
    request_id: string;
    count: number;
  };
  vector_sets: { name: string; model_key: string; active: number; seq: number; filled: number };
  identities: { issuer: string; subject: string; user_id: string; created_at: string };
  audit_subjects: { deed: number; place: number; subject: string };
  share_links: {
    id: string;
    owner: string;
    token_hash: string;
    password_hash: string | null;
    kind: string;
    subject: string;
    name: string;
    start_s: number | null;
    end_s: number | null;
    download: number;
    created_at: string;
    expires_at: string | null;
    opened: number;
    opened_at: string | null;
  };
  users: {
    id: string;
    name: string;
    name_folded: string;
    role: Role;
    password_hash: string;
    off: Generated<number>;
    created_at: string;
    seen_at: string | null;
    max_bytes: number | null;
    max_sounds: number | null;
  };
  sessions: {
    id: string;
    user_id: string;
    token_hash: string;
    address: string;
    agent: string;
    created_at: string;
    seen_at: string;
    expires_at: string;
  };
  api_keys: {
    id: string;
    user_id: string;
    name: string;
    start: string;
    hash: string;
    /** JSON: a list of scopes. */
    scopes: string;
    created_at: string;
    expires_at: string | null;
    used_at: string | null;
    used_from: string | null;
  };
}

interface SoundTable {
  sound_key: GeneratedAlways<number>;
  id: string;
  sha256: string;
  generation: Generated<number>;
  filename: string;
  extension: string;
  size_bytes: number;
  status: Generated<SoundStatus>;
  error: string | null;
  duration_s: number | null;
  sample_rate_hz: number | null;
  channels: number | null;
  codec: string | null;
  bit_rate_kbps: number | null;
  /** 0 where the file was asked and does not say. */
  bits_per_sample: number | null;
  title: string | null;
  artist: string | null;
  album: string | null;
  genre: string | null;
  description: string | null;
  author: string | null;
  licence: string | null;
  bpm: number | null;
  bpm_source: FactSource | null;
  bpm_confidence: number | null;
  key: string | null;
  key_source: FactSource | null;
  key_confidence: number | null;
  sound_kind: SoundKind | null;
  loudness_lufs: number | null;
  peak_db: number | null;
  brightness_hz: number | null;
  /** JSON: the fields that a person has set. Processing the file anew leaves those alone. */
  edited: Generated<string>;
  title_folded: string;
  artist_folded: string | null;
  genre_folded: string | null;
  author_folded: string | null;
  licence_folded: string | null;
  key_folded: string | null;
  analysis_version: number | null;
  copy_group: number | null;
  /** JSON of a `Hearing`. */
  hearing: string | null;
  damaged: number | null;
  cover: string | null;
  album_artist: string | null;
  album_key: string | null;
  album_place: number | null;
  /** Empty where the file was asked and does not say. */
  recorded: string | null;
  owner_id: Generated<string>;
  visibility: Generated<Visibility>;
  created_at: string;
  updated_at: string;
  processed_at: string | null;
}

interface JobTable {
  id: string;
  owner: Generated<string>;
  sound_key: number;
  generation: number;
  state: Generated<JobState>;
  stage: Generated<JobStage>;
  progress: Generated<number>;
  attempts: Generated<number>;
  error: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}
