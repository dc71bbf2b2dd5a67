import { demandLength } from '../../domain/search/demand-length.js';
import type {
  Background,
  Match,
  VectorAnswer,
  VectorHit,
  VectorQuery,
  VectorSegment,
} from '../../domain/search/search.types.js';
import type { PresentSegments } from '../../domain/search/vector-sets.ports.js';
import type { Vectors } from '../../domain/search/vectors.ports.js';
import { backgroundOf } from '../../domain/search/vectors.js';
import {
  countSounds,
  inRuns,
  isOneOf,
  LOTS,
  MOST_RESULTS,
  putSegments,
  removeSegments,
  segmentIdOf,
} from './collection.js';
import type { Segments, WeaviateConnection } from './connection.js';
import { Counts } from './counts.js';

export interface CollectionInUse {
  name: string;
  dimension: number;
}

interface Window extends Match {
  soundKey: number;
  segmentId: number;
}

/** Sounds by whose scores the background is told, and at most so many segments of them. */
const SAMPLE_SOUNDS = 500;
const SAMPLE_SEGMENTS = 8000;
/** Segments asked for each sound that is wanted. */
const SEGMENTS_PER_SOUND = 3;
const LEAST_ASKED = 64;
/** A filter of more single keys than this is met here, where it leaves so large a share of all sounds. */
const MANY_KEYS = 10_000;
const LARGE_SHARE = 0.2;

/** Vectors in a collection of Weaviate, compared and grouped there. */
export class WeaviateVectors implements Vectors {
  readonly capabilities = { tellsBackground: false };
  private readonly counts = new Counts();

  /**
   * @param inUse which collection is searched and written at the moment
   * @param library leaves out what is gone there and not yet here; null: what is here is right
   */
  constructor(
    private readonly connection: WeaviateConnection,
    private readonly inUse: () => CollectionInUse,
    private readonly library: PresentSegments | null = null,
  ) {}

  async upsert(segments: readonly VectorSegment[]): Promise<void> {
    const { name, dimension } = this.inUse();
    for (const { vector } of segments) demandLength(dimension, vector);
    await this.connection.in(name, (collection) => putSegments(collection, segments));
  }

  remove(segmentIds: readonly number[]): Promise<void> {
    return this.connection.in(this.inUse().name, (collection) => removeSegments(collection, segmentIds));
  }

  async search(query: VectorQuery): Promise<VectorAnswer> {
    const { name, dimension } = this.inUse();
    demandLength(dimension, query.vector);
    return this.connection.in(name, (collection) => {
      const all = () => this.counts.of(name, collection).then(({ sounds }) => sounds);
      return new Search(collection, query, this.library, all).answer();
    });
  }

  async sampleScores(vector: Float32Array): Promise<Background> {
    const { name, dimension } = this.inUse();
    demandLength(dimension, vector);
    return this.connection.in(name, async (collection) => {
      const { sounds, segments } = await this.counts.of(name, collection);
      if (sounds === 0) return backgroundOf([]);
      const share = Math.min(1, SAMPLE_SOUNDS / sounds, SAMPLE_SEGMENTS / segments);
      const { groups } = await collection.query.nearVector(Array.from(vector), {
        limit: MOST_RESULTS,
        // Of few sounds each is needed; a lot has a sound in a million.
        filters: collection.filter.byProperty('lot').lessThan(Math.max(1, Math.ceil(LOTS * share))),
        groupBy: { property: 'soundKey', numberOfGroups: MOST_RESULTS, objectsPerGroup: 1 },
        returnProperties: ['soundKey'],
      });
      return backgroundOf(Object.values(groups).map(({ minDistance }) => -minDistance));
    });
  }
}

/** One search in one collection. */
class Search {
  private readonly vector: number[];
  private readonly except: ReadonlySet<number>;
  /** What may be found; null: all but `except`. */
  private readonly among: ReadonlySet<number> | null;

  constructor(
    private readonly collection: Segments,
    private readonly query: VectorQuery,
    private readonly library: PresentSegments | null,
    /** How many sounds there are. */
    private readonly countAll: () => Promise<number>,
  ) {
    const { among, except = [] } = query.filter;
    this.vector = Array.from(query.vector);
    this.except = new Set(except);
    this.among = among && new Set(Array.from(among).filter((key) => !this.except.has(key)));
  }

  async answer(): Promise<VectorAnswer> {
    const { among, query } = this;
    const { all, total, filter } = await this.reach();
    if (total === 0) return { hits: [], total, background: null, exact: true };
    const nearest = await this.nearest(Math.min(query.limit, total), filter, all / total);
    const include = (query.include ?? []).filter((key) => this.allows(key));
    const wanted = new Set([...nearest.map(({ soundKey }) => soundKey), ...include]);
    const windows =
      query.matchesPerSound === 1 && wanted.size === nearest.length ? nearest : await this.windowsOf([...wanted]);
    const hits = inGroups(windows, query.matchesPerSound);
    return { hits, total, background: null, exact: among !== null && among.size <= nearest.length };
  }

  /**
   * How many sounds there are to rank, of how many, and what the engine is to filter by; null: what comes back is filtered
   * here.
   */
  private async reach(): Promise<{ all: number; total: number; filter: readonly number[] | null }> {
    const { collection, among, except } = this;
    if (among === null) {
      const [all, out] = await Promise.all([this.countAll(), countSounds(collection, [...except])]);
      return { all, total: all - out, filter: null };
    }
    const keys = [...among];
    const { single, runs } = inRuns(keys);
    const asked = single.length + runs.length;
    if (asked > MANY_KEYS) {
      const all = await this.countAll();
      // Counting so many takes longer than searching: nearly all sounds that are allowed have segments.
      if (keys.length > LARGE_SHARE * all) return { all, total: Math.min(all, keys.length), filter: null };
    }
    const total = await countSounds(collection, keys);
    return { all: total, total, filter: keys };
  }

  private allows(key: number): boolean {
    return this.among === null ? !this.except.has(key) : this.among.has(key);
  }

  /**
   * The best window of each of the nearest sounds, best first.
   * @param filteredHere one in so many of the sounds that the engine answers with is allowed
   */
  private async nearest(wanted: number, filter: readonly number[] | null, filteredHere: number): Promise<Window[]> {
    const found = new Map<number, Window>();
    let left = filter;
    let asked = Math.max(LEAST_ASKED, SEGMENTS_PER_SOUND * wanted);
    if (filter === null && this.among !== null) asked = Math.ceil(asked * filteredHere);
    for (;;) {
      const limit = Math.min(MOST_RESULTS, asked);
      const windows = await this.ask(left, limit, 1);
      const here = await this.present(windows.filter(({ soundKey }) => this.allows(soundKey)));
      for (const window of here) if (!found.has(window.soundKey)) found.set(window.soundKey, window);
      const before = left?.length;
      if (found.size >= wanted || windows.length === 0) break;
      if (limit < MOST_RESULTS) asked *= 4;
      else {
        // A few sounds with very many windows stand before all others.
        if (left === null) break;
        left = left.filter((key) => !found.has(key));
        if (left.length === 0 || left.length === before) break;
      }
    }
    return [...found.values()].sort(byScore).slice(0, wanted);
  }

  /** The best windows of these sounds. */
  private async windowsOf(soundKeys: readonly number[]): Promise<Window[]> {
    const { matchesPerSound } = this.query;
    const all: Window[] = [];
    let left = soundKeys;
    while (left.length > 0) {
      // Each sound has some; those with many may stand before the others.
      const limit = Math.min(MOST_RESULTS, Math.max(1000, 4 * matchesPerSound * left.length));
      const windows = await this.ask(left, limit, matchesPerSound);
      if (windows.length === 0) break;
      all.push(...windows);
      const seen = new Set(windows.map(({ soundKey }) => soundKey));
      left = left.filter((key) => !seen.has(key));
    }
    return this.present(all);
  }

  private async ask(keys: readonly number[] | null, limit: number, perSound: number): Promise<Window[]> {
    const { collection, vector } = this;
    const { groups } = await collection.query.nearVector(vector, {
      limit,
      ...(keys !== null && { filters: isOneOf(collection, 'soundKey', keys) }),
      groupBy: { property: 'soundKey', numberOfGroups: limit, objectsPerGroup: perSound },
      returnProperties: ['soundKey', 'startS', 'endS'],
      returnMetadata: ['distance'],
    });
    return Object.values(groups).flatMap(({ objects }) =>
      objects.map(({ uuid, properties: { soundKey, startS, endS }, metadata }) => ({
        soundKey: soundKey!,
        segmentId: segmentIdOf(uuid),
        startS: startS!,
        endS: endS!,
        score: Math.round(-(metadata?.distance ?? 0) * 1e6) / 1e6,
      })),
    );
  }

  private async present(windows: Window[]): Promise<Window[]> {
    if (!this.library || windows.length === 0) return windows;
    const there = await this.library.present(windows.map(({ segmentId }) => segmentId));
    return windows.filter(({ segmentId }) => there.has(segmentId));
  }
}

const byScore = (a: Window, b: Window): number => b.score - a.score || a.soundKey - b.soundKey || a.startS - b.startS;

function inGroups(windows: readonly Window[], perSound: number): VectorHit[] {
  const hits = new Map<number, VectorHit>();
  for (const { soundKey, startS, endS, score } of [...windows].sort(byScore)) {
    const match = { startS, endS, score };
    const hit = hits.get(soundKey);
    if (!hit) hits.set(soundKey, { soundKey, score, matches: [match] });
    else if (hit.matches.length < perSound) hit.matches.push(match);
  }
  return [...hits.values()];
}
