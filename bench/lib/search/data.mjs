import fs from 'node:fs';
import { inRoot } from '../../../scripts/lib/paths.mjs';

/** Embeddings of 512 real sounds that come with the bundled model. */
const REAL = {
  file: inRoot('models', 'compact-clap', 'background.f32'),
  dimension: JSON.parse(fs.readFileSync(inRoot('models', 'compact-clap', 'manifest.json'), 'utf8')).dimension,
};
const CHUNK_ROWS = 10_000;

/**
 * Writes vectors and queries that resemble real embeddings, the same in every run: each begins at a real embedding (for
 * more dimensions than it has: at several, side by side), moves some of the way towards others, which keeps the directions in
 * which real sounds differ, and gets a little even noise. Real libraries are clumpier (takes of one sound, loops of one
 * pack), which graphs find easier; even random vectors would be much harder for graphs than anything real. An exact scan
 * takes the same time for all of these.
 * Half of the queries are made like the vectors, as searches by example are; the others lie farther from all of them, as
 * embeddings of texts do.
 * @param {string} folder
 * @param {{ count: number, dimension: number, queries: number }} size
 * @returns {{ vectors: string, queries: string }} files of single-precision numbers, row after row
 */
export function makeData(folder, { count, dimension, queries }) {
  const make = createMaker(dimension);
  const files = { vectors: `${folder}/vectors.f32`, queries: `${folder}/queries.f32` };
  writeRows(files.vectors, count, dimension, (row) => make(row, 'sound'));
  writeRows(files.queries, queries, dimension, (row) => make(row, row % 2 === 0 ? 'sound' : 'text'));
  return files;
}

function createMaker(dimension) {
  const bytes = fs.readFileSync(REAL.file);
  const real = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const count = real.length / REAL.dimension;
  let state = 0x9e3779b9;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const pick = () => Math.floor(random() * count) * REAL.dimension;
  const spread = { sound: 0.35, text: 0.6 };
  const noise = { sound: 0.5 / Math.sqrt(dimension), text: 1.2 / Math.sqrt(dimension) };

  return (row, kind) => {
    for (let i = 0; i < dimension; i += REAL.dimension) {
      const [centre, from, to, other, another] = [pick(), pick(), pick(), pick(), pick()];
      const width = Math.min(REAL.dimension, dimension - i);
      for (let at = 0; at < width; at++) {
        const way = real[to + at] - real[from + at] + real[other + at] - real[another + at];
        row[i + at] = real[centre + at] + spread[kind] * way + noise[kind] * (random() - 0.5) * 2;
      }
    }
    let squares = 0;
    for (const value of row) squares += value * value;
    const norm = Math.sqrt(squares);
    for (let i = 0; i < dimension; i++) row[i] /= norm;
  };
}

function writeRows(file, count, dimension, fill) {
  const out = fs.openSync(file, 'w');
  for (let first = 0; first < count; first += CHUNK_ROWS) {
    const rows = new Float32Array(Math.min(CHUNK_ROWS, count - first) * dimension);
    for (let at = 0; at < rows.length; at += dimension) fill(rows.subarray(at, at + dimension));
    fs.writeSync(out, rows);
  }
  fs.closeSync(out);
}

/**
 * The rows of a file, so many at a time: nobody has to hold them all.
 * @param {string} file
 * @param {number} dimension
 * @returns {Generator<{ first: number, rows: Float32Array }>}
 */
export function* readRows(file, dimension, chunkRows = 1000) {
  const input = fs.openSync(file, 'r');
  try {
    for (let first = 0; ; first += chunkRows) {
      const rows = new Float32Array(chunkRows * dimension);
      const bytes = fs.readSync(input, rows);
      if (bytes > 0) yield { first, rows: rows.subarray(0, bytes / 4) };
      if (bytes < rows.byteLength) return;
    }
  } finally {
    fs.closeSync(input);
  }
}

/** @param {string} file @param {number} dimension */
export function readAll(file, dimension) {
  return [...readRows(file, dimension)].flatMap(({ rows }) =>
    Array.from({ length: rows.length / dimension }, (_, i) => rows.subarray(i * dimension, (i + 1) * dimension)),
  );
}

/** Row numbers that a filter leaves: spread over everything, always the same ones. */
export function allowedRows(count, left) {
  const step = count / left;
  return Int32Array.from({ length: left }, (_, i) => Math.floor((i + 0.37) * step));
}
