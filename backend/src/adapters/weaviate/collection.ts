import { configure, Filters, type FilterValue } from 'weaviate-client';
import type { VectorSegment } from '../../domain/search/search.types.js';
import type { Segments, WeaviateConnection } from './connection.js';

/** How collections are made; those that are there keep what they were made with until they are made anew. */
export interface CollectionSettings {
  /** Parts of a collection, spread over the nodes; null: as many as there are nodes. */
  shards: number | null;
  /** On how many nodes each part is. */
  replicas: number;
}

/** Weaviate answers with no more objects at a time (`QUERY_MAXIMUM_RESULTS`). */
export const MOST_RESULTS = 10_000;
/** How many lots there are: sounds are drawn by theirs. */
export const LOTS = 2 ** 20;
/** Objects in one message. */
const BATCH = 500;
const MARK = uuid('00000003', 0);

/** Ids follow from what they stand for: what is written twice is there once. */
function uuid(kind: string, number: number): string {
  const digits = number.toString(16).padStart(12, '0');
  return `${kind}-0000-4000-8000-${digits}`;
}
const segmentUuid = (segmentId: number): string => uuid('00000001', segmentId);
const soundUuid = (soundKey: number): string => uuid('00000002', soundKey);
export const segmentIdOf = (id: string): number => Number.parseInt(id.slice(-12), 16);

/** Spreads keys that follow each other evenly. */
const lotOf = (soundKey: number): number => (Math.imul(soundKey, 0x9e3779b1) >>> 0) >>> 12;

const filtered = { indexFilterable: true, indexSearchable: false };
const unfiltered = { indexFilterable: false, indexSearchable: false };

/** Makes a collection, empty. */
export async function makeCollection(
  connection: WeaviateConnection,
  name: string,
  modelKey: string,
  { shards, replicas }: CollectionSettings,
): Promise<void> {
  await connection.with(async ({ collections }) => {
    if (await collections.exists(name)) return;
    await collections.create({
      name,
      description: `Traum-Engine: vectors of the model ${modelKey}, made from its database`,
      properties: [
        { name: 'soundKey', dataType: 'int', ...filtered, indexRangeFilters: true },
        { name: 'startS', dataType: 'number', ...unfiltered },
        { name: 'endS', dataType: 'number', ...unfiltered },
        { name: 'lot', dataType: 'int', ...unfiltered, indexRangeFilters: true },
        { name: 'sound', dataType: 'int', ...filtered, indexRangeFilters: true },
        { name: 'seq', dataType: 'int', ...unfiltered },
      ],
      vectorizers: configure.vectors.selfProvided({
        quantizer: configure.vectorIndex.quantizer.none(),
        vectorIndexConfig: configure.vectorIndex.hnsw({
          distanceMetric: 'dot',
          maxConnections: 32,
          efConstruction: 128,
          // A search asks for three segments a sound and more: these are the least that it looks at.
          ef: -1,
          dynamicEfMin: 256,
          dynamicEfMax: 1024,
          dynamicEfFactor: 8,
          flatSearchCutoff: 40_000,
          filterStrategy: 'acorn',
        }),
      }),
      ...(shards !== null && { sharding: configure.sharding({ desiredCount: shards }) }),
      // What was deleted while a node was away does not come back with it.
      replication: configure.replication({
        factor: replicas,
        asyncEnabled: replicas > 1,
        deletionStrategy: 'TimeBasedResolution',
      }),
    });
  });
}

export const dropCollection = (connection: WeaviateConnection, name: string): Promise<void> =>
  connection.with(({ collections }) => collections.delete(name));

export async function putSegments(collection: Segments, segments: readonly VectorSegment[]): Promise<void> {
  for (let at = 0; at < segments.length; at += BATCH) {
    const some = segments.slice(at, at + BATCH);
    const sounds = new Set(some.map(({ soundKey }) => soundKey));
    await insert(collection, [
      ...some.map(({ segmentId, soundKey, startS, endS, vector }) => ({
        id: segmentUuid(segmentId),
        properties: { soundKey, startS, endS, lot: lotOf(soundKey) },
        vectors: Array.from(vector),
      })),
      ...Array.from(sounds, (sound) => ({ id: soundUuid(sound), properties: { sound } })),
    ]);
  }
}

export async function removeSegments(collection: Segments, segmentIds: readonly number[]): Promise<void> {
  for (let at = 0; at < segmentIds.length; at += BATCH) {
    const these = collection.filter.byId().containsAny(segmentIds.slice(at, at + BATCH).map(segmentUuid));
    const options = { filters: these, limit: BATCH, returnProperties: ['soundKey' as const] };
    const { objects } = await collection.query.fetchObjects(options);
    if (objects.length === 0) continue;
    await demandAll(collection.data.deleteMany(these));
    const left = await withoutSegments(
      collection,
      objects.map(({ properties }) => properties.soundKey!),
    );
    if (left.length > 0)
      await demandAll(collection.data.deleteMany(collection.filter.byId().containsAny(left.map(soundUuid))));
  }
}

/** Those of the sounds that have no segments any more. */
async function withoutSegments(collection: Segments, soundKeys: readonly number[]): Promise<number[]> {
  const open = new Set(soundKeys);
  while (open.size > 0) {
    const { objects } = await collection.query.fetchObjects({
      filters: collection.filter.byProperty('soundKey').containsAny([...open]),
      limit: BATCH,
      returnProperties: ['soundKey'],
    });
    if (objects.length === 0) break;
    for (const { properties } of objects) open.delete(properties.soundKey!);
  }
  return [...open];
}

/** Sounds that have segments, of these or of all. */
export function countSounds(collection: Segments, among: Int32Array | readonly number[] | null): Promise<number> {
  if (among?.length === 0) return Promise.resolve(0);
  const sound = collection.filter.byProperty('sound');
  return count(collection, among === null ? sound.greaterOrEqual(0) : isOneOf(collection, 'sound', among));
}

export const countSegments = (collection: Segments): Promise<number> =>
  count(collection, collection.filter.byProperty('soundKey').greaterOrEqual(0));

export async function countObjects(collection: Segments): Promise<number> {
  const { totalCount } = await collection.aggregate.overAll();
  return totalCount;
}

async function count(collection: Segments, filters: FilterValue): Promise<number> {
  const { totalCount } = await collection.aggregate.overAll({ filters });
  return totalCount;
}

/** Runs of keys that follow each other as ranges: each value by itself costs the engine some 10 µs. */
export function isOneOf(
  collection: Segments,
  property: 'soundKey' | 'sound',
  keys: Int32Array | readonly number[],
): FilterValue {
  const { single, runs } = inRuns(keys);
  const by = collection.filter.byProperty(property);
  const parts: FilterValue[] = runs.map(([from, to]) => Filters.and(by.greaterOrEqual(from), by.lessOrEqual(to)));
  if (single.length > 0) parts.push(by.containsAny(single));
  return parts.length === 1 ? parts[0]! : Filters.or(...parts);
}

const LEAST_RUN = 16;

/** @returns the keys, those of long runs as first and last */
export function inRuns(keys: ArrayLike<number>): { single: number[]; runs: [number, number][] } {
  const sorted = Int32Array.from(new Set(Array.from(keys))).sort();
  const single: number[] = [];
  const runs: [number, number][] = [];
  for (let from = 0; from < sorted.length;) {
    let to = from;
    while (to + 1 < sorted.length && sorted[to + 1] === sorted[to]! + 1) to++;
    if (to - from + 1 >= LEAST_RUN) runs.push([sorted[from]!, sorted[to]!]);
    else for (let at = from; at <= to; at++) single.push(sorted[at]!);
    from = to + 1;
  }
  return { single, runs };
}

/** How far the collection goes by its own account; null where it says nothing. It lies with the vectors: what is lost with them is missed. */
export async function readMark(collection: Segments): Promise<number | null> {
  const mark = await collection.query.fetchObjectById(MARK, { returnProperties: ['seq'] });
  return mark?.properties.seq ?? null;
}

export const writeMark = (collection: Segments, seq: number): Promise<void> =>
  insert(collection, [{ id: MARK, properties: { seq } }]);

async function insert(collection: Segments, objects: Parameters<Segments['data']['insertMany']>[0]): Promise<void> {
  const { hasErrors, errors } = await collection.data.insertMany(objects);
  if (!hasErrors) return;
  const [first] = Object.values(errors);
  throw new Error(
    `Weaviate did not take ${Object.keys(errors).length} of ${objects.length} objects: ${first?.message}`,
  );
}

async function demandAll(deleting: Promise<{ failed: number }>): Promise<void> {
  const { failed } = await deleting;
  if (failed > 0) throw new Error(`Weaviate did not delete ${failed} objects`);
}
