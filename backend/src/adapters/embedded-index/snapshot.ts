import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { IndexEngine, type EngineOptions } from './index.engine.js';
import { SegmentStore, type SavedSegments } from './segment.store.js';

const FORMAT = 2;
const MANIFEST = 'manifest.json';
const CHUNK_BYTES = 8 * 1024 * 1024;
/** Nobody writes that long at one file. */
const ABANDONED_MS = 60 * 60_000;

const fileSchema = z.object({
  name: z.string().regex(/^[a-z0-9.-]+$/),
  bytes: z.number().int(),
  crc32: z.number().int(),
});
const manifestSchema = z.object({
  format: z.literal(FORMAT),
  modelKey: z.string(),
  dimension: z.number().int().positive(),
  segments: z.number().int().nonnegative(),
  lastSeq: z.number().int().nonnegative(),
  /** See `RowMemory`. */
  largestRest: z.number(),
  data: fileSchema,
  /** Of what precedes the rows in the data. */
  factsCrc32: z.number().int(),
  graph: z.object({ file: fileSchema, effort: z.number().nullable(), size: z.number() }).nullable(),
});

type Manifest = z.infer<typeof manifestSchema>;
type FileEntry = z.infer<typeof fileSchema>;

/**
 * Writes the index into the folder. The manifest is renamed into place last: a crash leaves the former snapshot or none,
 * never half a one. The engine must not be changed until this is done; it may be searched.
 */
export async function saveSnapshot(
  folder: string,
  modelKey: string,
  lastSeq: number,
  engine: IndexEngine,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const name = `${Date.now().toString(36)}-${lastSeq}-${randomUUID().slice(0, 8)}`;
  const { store } = engine;
  const { saved, largestRest, chunks } = store.contents();
  const facts = [...chunksOf(saved)];
  const data = await writeChunks(folder, `segments-${name}.bin`, concatenated(facts, chunks));
  const manifest: Manifest = {
    format: FORMAT,
    modelKey,
    dimension: store.dimension,
    segments: store.segments,
    lastSeq,
    largestRest,
    data,
    factsCrc32: facts.reduce((checksum, chunk) => crc32(chunk, checksum), 0),
    graph: null,
  };
  const finished = engine.finishedGraph();
  if (finished) {
    const file = `graph-${name}.bin`;
    await finished.graph.save(path.join(folder, file));
    manifest.graph = { file: await entryOf(folder, file), ...finished.trial };
  }
  const former = await readManifest(folder);
  const temporary = path.join(folder, `manifest-${name}.tmp`);
  await writeFile(temporary, JSON.stringify(manifest));
  await rename(temporary, path.join(folder, MANIFEST));
  await removeFormer(folder, filesOf(former), filesOf(manifest));
}

/**
 * The engine as it was saved, or null when there is no snapshot of this model or it is damaged. A damaged graph alone
 * costs only the graph.
 */
export async function loadSnapshot(
  folder: string,
  modelKey: string,
  options: EngineOptions,
): Promise<{ engine: IndexEngine; lastSeq: number } | null> {
  const manifest = await readManifest(folder);
  if (manifest?.modelKey !== modelKey || manifest.dimension !== options.dimension) return null;
  const store = await readStore(folder, manifest);
  if (!store) return null;
  const engine = new IndexEngine(options, store);
  if (manifest.graph && (await isIntact(folder, manifest.graph.file))) {
    const { file, effort, size } = manifest.graph;
    engine.adoptGraph(path.join(folder, file.name), { effort, size });
  }
  return { engine, lastSeq: manifest.lastSeq };
}

async function readManifest(folder: string): Promise<Manifest | null> {
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(await readFile(path.join(folder, MANIFEST), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function* chunksOf({ segmentIds, startS, endS, scales, soundKeys }: SavedSegments): Generator<Uint8Array> {
  for (const { buffer, byteOffset, byteLength } of [segmentIds, startS, endS, scales, soundKeys]) {
    for (let at = 0; at < byteLength; at += CHUNK_BYTES) {
      yield new Uint8Array(buffer, byteOffset + at, Math.min(CHUNK_BYTES, byteLength - at));
    }
  }
}

function* concatenated<T>(...parts: Iterable<T>[]): Generator<T> {
  for (const part of parts) yield* part;
}

async function writeChunks(folder: string, name: string, chunks: Iterable<Uint8Array>): Promise<FileEntry> {
  const file = await open(path.join(folder, name), 'w');
  let checksum = 0;
  let bytes = 0;
  try {
    for (const chunk of chunks) {
      // A copy: files are not written from memory that threads share.
      const copy = Buffer.from(chunk);
      checksum = crc32(copy, checksum);
      bytes += copy.byteLength;
      await file.write(copy);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return { name, bytes, crc32: checksum };
}

async function readStore(folder: string, manifest: Manifest): Promise<SegmentStore | null> {
  const { data, dimension, segments, largestRest } = manifest;
  const saved: SavedSegments = {
    segmentIds: new Float64Array(segments),
    startS: new Float64Array(segments),
    endS: new Float64Array(segments),
    scales: new Float32Array(segments),
    soundKeys: new Int32Array(segments),
  };
  try {
    const file = await open(path.join(folder, data.name));
    let checksum = 0;
    const fill = async (chunks: Iterable<Uint8Array>): Promise<void> => {
      for (const chunk of chunks) {
        const copy = Buffer.allocUnsafe(chunk.byteLength);
        const { bytesRead } = await file.read(copy);
        if (bytesRead !== copy.byteLength) throw new RangeError('the file is too short');
        checksum = crc32(copy, checksum);
        chunk.set(copy);
      }
    };
    try {
      if ((await file.stat()).size !== data.bytes) return null;
      await fill(chunksOf(saved));
      if (checksum !== manifest.factsCrc32) return null;
      const store = new SegmentStore(dimension);
      await fill(store.restore(saved, largestRest));
      return checksum === data.crc32 && store.segments === segments ? store : null;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

async function entryOf(folder: string, name: string): Promise<FileEntry> {
  let checksum = 0;
  let bytes = 0;
  for await (const chunk of createReadStream(path.join(folder, name), { highWaterMark: CHUNK_BYTES })) {
    checksum = crc32(chunk as Buffer, checksum);
    bytes += (chunk as Buffer).byteLength;
  }
  return { name, bytes, crc32: checksum };
}

async function isIntact(folder: string, entry: FileEntry): Promise<boolean> {
  try {
    const found = await entryOf(folder, entry.name);
    return found.bytes === entry.bytes && found.crc32 === entry.crc32;
  } catch {
    return false;
  }
}

const filesOf = (manifest: Manifest | null): string[] =>
  manifest ? [manifest.data.name, ...(manifest.graph ? [manifest.graph.file.name] : [])] : [];

/**
 * Deletes the snapshot that was replaced, and what a crash left; only files that are named like ours. Fresh files that no
 * manifest names are left: another process is writing them.
 */
async function removeFormer(folder: string, former: readonly string[], current: readonly string[]): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const ours = names.filter((name) => /^(?:(?:segments|graph)-[a-z0-9-]+\.bin|manifest\S*\.tmp)$/.test(name));
  for (const name of ours.filter((each) => !current.includes(each))) {
    const place = path.join(folder, name);
    const found = await stat(place).catch(() => null);
    const abandoned = found !== null && Date.now() - found.mtimeMs > ABANDONED_MS;
    if (abandoned || former.includes(name)) await rm(place, { force: true });
  }
}
