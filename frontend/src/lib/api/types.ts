export type SoundStatus = 'processing' | 'ready' | 'failed';
export type SearchMode = 'hybrid' | 'semantic' | 'keyword';
export type Verdict = 'good' | 'weak' | 'none';

export interface Tag {
  name: string;
  score: number | null;
  source: 'file' | 'auto' | 'user';
}

export interface Sound {
  id: string;
  filename: string;
  title: string | null;
  artist: string | null;
  album: string | null;
  genre: string | null;
  tags: Tag[];
  durationS: number | null;
  sampleRateHz: number | null;
  channels: number | null;
  codec: string | null;
  bitRateKbps: number | null;
  sizeBytes: number;
  bpm: number | null;
  key: string | null;
  sha256: string;
  status: SoundStatus;
  error: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface SoundPatch {
  title?: string | null;
  artist?: string | null;
  album?: string | null;
  genre?: string | null;
  bpm?: number | null;
  key?: string | null;
  tags?: string[];
}

export interface Match {
  startS: number;
  endS: number;
  score: number;
}

export interface SearchResult {
  sound: Sound;
  score: number | null;
  relevance: number;
  matches: Match[];
  reasons: string[];
}

export interface SearchAnswer {
  query: string;
  model: string;
  tookMs: number;
  total: number;
  verdict: Verdict;
  results: SearchResult[];
}

export interface Job {
  jobId: string;
  soundId: string;
  state: 'queued' | 'active' | 'completed' | 'failed';
  stage: string;
  progress: number;
  attempts: number;
  error: string | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}

export interface UploadOutcome {
  filename: string;
  status: 'queued' | 'duplicate' | 'rejected';
  soundId?: string;
  jobId?: string;
  error?: string;
}

/** Lowest and highest sample of each bucket, -1..1. */
export interface Waveform {
  durationS: number;
  points: number;
  min: number[];
  max: number[];
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  total: number;
}

export interface Filters {
  minDurationS?: number;
  maxDurationS?: number;
  minBpm?: number;
  maxBpm?: number;
  key?: string;
  genre?: string;
  tag?: string[];
  format?: string;
  addedAfter?: string;
  addedBefore?: string;
}

export interface LikePart {
  soundId: string;
  startS?: number;
  endS?: number;
}

export interface Stats {
  version: string;
  uptimeS: number;
  library: {
    sounds: number;
    ready: number;
    processing: number;
    failed: number;
    segments: number;
    durationS: number;
    sizeBytes: number;
  };
  queue: { queued: number; active: number; completed: number; failed: number };
  index: {
    state: 'loading' | 'ready' | 'rebuilding';
    progress: number;
    segments: number;
    sounds: number;
    memoryBytes: number;
  };
  model: { id: string; name: string; dimension: number; sampleRateHz: number; windowS: number; provider: string };
  machine: {
    cpuCount: number;
    cpuUse: number;
    memoryBytes: number;
    memoryFreeBytes: number;
    processMemoryBytes: number;
    diskFreeBytes: number;
  };
}

export interface Readiness {
  status: 'ready' | 'unready';
  parts: { name: string; ok: boolean; ms: number; detail: string | null }[];
}
