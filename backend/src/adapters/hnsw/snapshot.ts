import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { IndexEngine, type EngineOptions } from './index.engine.js';
import type { SegmentBlock } from './segment.store.js';

const FORMAT = 1;
const MANIFEST = 'manifest.json';
const CHUNK_BYTES = 8 * 1024 * 1024;

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
  data: fileSchema,
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
  const name = `${Date.now().toString(36)}-${lastSeq}`;
  const { store } = engine;
  const data = await writeBlock(folder, `segments-${name}.bin`, store.block());
  const manifest: Manifest = {
    format: FORMAT,
    modelKey,
    dimension: store.dimension,
    segments: store.segments,
    lastSeq,
    data,
    graph: null,
  };
  const finished = engine.finishedGraph();
  if (finished) {
    const file = `graph-${name}.bin`;
    await finished.graph.save(path.join(folder, file));
    manifest.graph = { file: await entryOf(folder, file), ...finished.trial };
  }
  const temporary = path.join(folder, `${MANIFEST}.tmp`);
  await writeFile(temporary, JSON.stringify(manifest));
  await rename(temporary, path.join(folder, MANIFEST));
  await removeOthers(folder, [MANIFEST, data.name, manifest.graph?.file.name]);
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
  const block = await readBlock(folder, manifest);
  if (!block) return null;
  const engine = new IndexEngine(options);
  engine.store.add(block);
  if (engine.store.segments !== manifest.segments) return null;
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

const bytesOf = (array: Float64Array | Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Eight-byte numbers first, so that every array starts aligned. */
const arraysOf = (block: SegmentBlock): Uint8Array[] =>
  [block.segmentIds, block.startS, block.endS, block.vectors, block.soundKeys].map(bytesOf);

async function writeBlock(folder: string, name: string, block: SegmentBlock): Promise<FileEntry> {
  const file = await open(path.join(folder, name), 'w');
  let checksum = 0;
  let bytes = 0;
  try {
    for (const array of arraysOf(block)) {
      for (let at = 0; at < array.byteLength; at += CHUNK_BYTES) {
        const chunk = array.subarray(at, at + CHUNK_BYTES);
        checksum = crc32(chunk, checksum);
        bytes += chunk.byteLength;
        await file.write(chunk);
      }
    }
  } finally {
    await file.close();
  }
  return { name, bytes, crc32: checksum };
}

async function readBlock(folder: string, { data, dimension, segments }: Manifest): Promise<SegmentBlock | null> {
  const block: SegmentBlock = {
    segmentIds: new Float64Array(segments),
    startS: new Float64Array(segments),
    endS: new Float64Array(segments),
    vectors: new Float32Array(segments * dimension),
    soundKeys: new Int32Array(segments),
  };
  const arrays = arraysOf(block);
  const bytes = arrays.reduce((sum, array) => sum + array.byteLength, 0);
  try {
    if (bytes !== data.bytes || (await stat(path.join(folder, data.name))).size !== bytes) return null;
    const file = await open(path.join(folder, data.name));
    let checksum = 0;
    try {
      for (const array of arrays) {
        for (let at = 0; at < array.byteLength; at += CHUNK_BYTES) {
          const chunk = array.subarray(at, at + CHUNK_BYTES);
          await file.read(chunk);
          checksum = crc32(chunk, checksum);
        }
      }
    } finally {
      await file.close();
    }
    return checksum === data.crc32 ? block : null;
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

/** Deletes former snapshots and what a crash left; only files that are named like ours. */
async function removeOthers(folder: string, keep: readonly (string | undefined)[]): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const ours = names.filter((name) => /^(segments|graph)-[a-z0-9-]+\.bin$/.test(name) && !keep.includes(name));
  await Promise.all(ours.map((name) => rm(path.join(folder, name), { force: true })));
}
