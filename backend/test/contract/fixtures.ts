import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { IndexEngine } from '../../src/adapters/embedded-index/index.engine.js';
import { pack } from '../../src/adapters/embedded-index/pack.js';
import type { SegmentSource } from '../../src/domain/search/search.ports.js';
import type { VectorIndex } from '../../src/domain/search/vectors.ports.js';
import { ANALYSIS_VERSION, NOTHING_HEARD, type SoundAnalysis } from '../../src/domain/analysis/analysis.types.js';
import type { FileTags, NewSound } from '../../src/domain/library/library.types.js';
import type { ProcessedSound, Segment } from '../../src/domain/ingest/ingest.types.js';

export const MODEL_KEY = 'test-model-1';

/** A folder that `remove` deletes again. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'traum-store-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function newSound(filename: string, over: Partial<NewSound> = {}): NewSound {
  const id = randomUUID();
  return {
    id,
    filename,
    sizeBytes: 1000,
    sha256: id.replaceAll('-', '').padEnd(64, '0'),
    durationS: 10,
    sampleRateHz: 48_000,
    channels: 2,
    codec: 'pcm_s16le',
    bitRateKbps: 1536,
    bitsPerSample: null,
    ...over,
  };
}

export const noTags: FileTags = {
  title: null,
  artist: null,
  artists: [],
  album: null,
  genre: null,
  bpm: null,
  key: null,
  description: null,
  author: null,
  licence: null,
  albumArtist: null,
  disc: null,
  track: null,
  recorded: null,
  keywords: [],
};

export function unit(values: readonly number[]): Float32Array {
  const norm = Math.hypot(...values) || 1;
  return Float32Array.from(values, (value) => value / norm);
}

export function segmentsFrom(vectors: readonly Float32Array[], hopS = 5, windowS = 10): Segment[] {
  return vectors.map((vector, index) => ({ index, startS: index * hopS, endS: index * hopS + windowS, vector }));
}

export function processed(
  segments: Segment[],
  over: {
    modelKey?: string;
    fileTags?: Partial<FileTags>;
    durationS?: number | null;
    analysis?: Partial<SoundAnalysis>;
    loudness?: ProcessedSound['loudness'];
  } = {},
): ProcessedSound {
  return {
    modelKey: over.modelKey ?? MODEL_KEY,
    facts: {
      durationS: over.durationS ?? null,
      sampleRateHz: null,
      channels: null,
      codec: null,
      bitRateKbps: null,
      bitsPerSample: null,
    },
    fileTags: { ...noTags, artists: over.fileTags?.artist ? [over.fileTags.artist] : [], ...over.fileTags },
    peaks: { bucketS: 0.01, minMax: Int8Array.from([-5, 5, -127, 127]) },
    analysis: { ...NOTHING_HEARD, version: ANALYSIS_VERSION, ...over.analysis },
    loudness: over.loudness ?? null,
    segments,
  };
}

/** What the work gives for each, one after the other. */
export async function inTurn<T, R>(items: Iterable<T>, work: (item: T) => R): Promise<Awaited<R>[]> {
  const results: Awaited<R>[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** Uniform numbers from a seed (mulberry32): the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const gaussian = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** The index without its thread, for tests of what is built upon it. */
export function indexInProcess(source: SegmentSource, dimension: number): VectorIndex {
  let engine = new IndexEngine({ dimension, exactUpTo: Infinity, helpers: 0 });
  let applied = 0;
  const refresh = async (): Promise<void> => {
    engine = new IndexEngine({ dimension, exactUpTo: Infinity, helpers: 0 });
    engine.apply(pack(await source.changesSince(0, MODEL_KEY, 1_000_000), dimension));
    applied = await source.latestSeq();
    return Promise.resolve();
  };
  return {
    open: refresh,
    refresh,
    rebuild: refresh,
    close: () => Promise.resolve(),
    capabilities: { tellsBackground: true },
    search: (query) => Promise.resolve(engine.search(query)),
    sampleScores: (vector) => Promise.resolve(engine.sampleScores(vector)),
    status: () => ({
      state: 'ready',
      progress: 1,
      segments: engine.store.segments,
      sounds: engine.store.sounds,
      modelKey: MODEL_KEY,
      seq: applied,
      memoryBytes: engine.memoryBytes,
    }),
  };
}
