import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DiskPictures } from '../../src/adapters/disk/disk-pictures.js';
import { FfmpegDecoder } from '../../src/audio/ffmpeg-decoder.js';
import { encodeGreyPng } from '../../src/audio/png.js';
import { drawSpectrogram, drawTile, SPECTROGRAM_RATE_HZ, TILE_MARGIN_S } from '../../src/clap/spectrogram.js';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import type { AudioDecoder } from '../../src/domain/ingest/ingest.ports.js';
import type { SoundFile } from '../../src/domain/library/library.service.js';
import { SpectrogramService } from '../../src/domain/library/spectrogram.service.js';
import { ffmpeg, processesOf, sparseWav, until } from './ingest-fixtures.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const COLUMNS = 256;
const HOURS_S = 2 * 3600;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'traum-tiles-'));
  // A low tone that gives way to a high one after 70 s, which is inside a tile of each level but the first of the finest.
  const tones = "aevalsrc='0.5*sin(2*PI*if(lt(t,70),200,6000)*t)':d=100:s=44100";
  await ffmpeg('-f', 'lavfi', '-i', tones, path.join(folder, 'tones.flac'));
  await sparseWav(path.join(folder, 'long.wav'), HOURS_S * 44_100 * 2);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A service whose only sound is this file, and what it decoded. */
function serviceOf(name: string, durationS: number, most = 100) {
  const cache = path.join(folder, `cache-${name}-${most}`);
  const real = new FfmpegDecoder();
  const decoded = { calls: 0, samples: 0 };
  const decoder: AudioDecoder = {
    async *decode(file, options) {
      decoded.calls += 1;
      for await (const chunk of real.decode(file, options)) {
        decoded.samples += chunk.length;
        yield chunk;
      }
    },
  };
  const sound = { sha256: name.replace('.', ''), durationS, status: 'ready', hearing: { track: 0, weights: [1] } };
  const service = new SpectrogramService({
    library: {
      file: () => Promise.resolve({ sound } as SoundFile),
      waveform: () => Promise.resolve({ durationS, points: 1, min: [-0.5], max: [0.5] }),
    },
    store: { withLocalFile: (_sha256, use) => use(path.join(folder, name)) },
    decoder,
    pictures: new DiskPictures({ directory: path.join(cache, 'whole'), most }),
    tiles: new DiskPictures({ directory: path.join(cache, 'tiles'), most }),
    sampleRateHz: SPECTROGRAM_RATE_HZ,
    draw: drawSpectrogram,
    drawTile,
    tileMarginS: TILE_MARGIN_S,
    encode: encodeGreyPng,
  });
  const tile = async (level: number, index: number, signal = new AbortController().signal) =>
    levelsOf((await service.tile(LOCAL, 'id', { level, index }, signal)).png);
  return { tile, decoded, kept: () => readdir(path.join(cache, 'tiles')) };
}

/** Levels of our own PNG, column by column. */
function levelsOf(png: Buffer): number[][] {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  expect([width, height]).toEqual([COLUMNS, 128]);
  const data = inflateSync(png.subarray(33 + 8, 33 + 8 + png.readUInt32BE(33)));
  const rows: number[][] = [];
  for (let y = 0; y < height; y++) {
    const row = [...data.subarray(y * (width + 1) + 1, (y + 1) * (width + 1))];
    rows.push(row.map((value, x) => (value + (rows[y - 1]?.[x] ?? 0)) & 0xff));
  }
  return Array.from({ length: width }, (_, x) => rows.map((row) => row[x]!));
}

const loudestRow = (column: number[]): number => column.indexOf(Math.max(...column));

describe('a tile of a spectrogram', () => {
  it('shows at every level what is heard where', async () => {
    const { tile } = serviceOf('tones.flac', 100);
    for (const [level, lengthS] of [16, 64, 128].entries()) {
      const index = Math.floor(70 / lengthS);
      const change = Math.round(((70 - index * lengthS) / lengthS) * COLUMNS);
      const columns = await tile(level, index);
      expect(loudestRow(columns[change - 3]!)).toBeGreaterThan(110);
      expect(loudestRow(columns[change + 3]!)).toBeLessThan(60);
      // Behind the end of the sound there is nothing.
      const end = ((100 - index * lengthS) / lengthS) * COLUMNS;
      if (end < COLUMNS - 2) expect(Math.max(...columns[Math.ceil(end) + 1]!)).toBe(0);
    }
  });

  it('goes on where the one before ended, as loud', async () => {
    const { tile } = serviceOf('tones.flac', 100);
    const [before, after] = [(await tile(0, 1)).at(-1)!, (await tile(0, 2))[0]!];
    const row = loudestRow(before);
    expect(loudestRow(after)).toBe(row);
    expect(Math.abs(after[row]! - before[row]!)).toBeLessThan(12);
  });

  it('decodes no more than it shows, of whatever length the sound is, and once', async () => {
    const { tile, decoded } = serviceOf('long.wav', HOURS_S);
    await Promise.all([tile(2, 20), tile(2, 20)]);
    await tile(2, 20);
    expect(decoded.calls).toBe(1);
    expect(decoded.samples / SPECTROGRAM_RATE_HZ).toBeLessThan(129);
    await expect(tile(2, 57)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('is given up with whoever asked; others get theirs', async () => {
    const { tile } = serviceOf('long.wav', HOURS_S);
    const leaving = new AbortController();
    const first = tile(2, 3, leaving.signal);
    const second = tile(2, 3);
    await until(async () => (await processesOf('long.wav')).length > 0, 'it is decoded');
    leaving.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    await expect(second).resolves.toHaveLength(COLUMNS);
    await until(async () => (await processesOf('long.wav')).length === 0, 'ffmpeg has gone');
  });

  it('is kept among a bounded number of others', async () => {
    const { tile, kept } = serviceOf('tones.flac', 100, 4);
    for (let index = 0; index < 7; index++) await tile(0, index);
    expect((await kept()).length).toBeLessThanOrEqual(4);
  });
});
