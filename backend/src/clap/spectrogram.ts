import type { SpectrogramPicture } from '../domain/library/spectrogram.ports.js';
import { createLogMel, type LogMel } from './log-mel.js';
import type { MelFace } from './manifest.js';

/** Half of it holds the range of the picture; less to decode than the model's 48 kHz. */
export const SPECTROGRAM_RATE_HZ = 32_000;
export const SPECTROGRAM_RANGE_HZ = { min: 50, max: 14_000 } as const;
/** Ten milliseconds. */
const HOP = 320;
/** Frames looked at for one column of a long sound, evenly spread over it. */
const FRAMES_PER_COLUMN = 4;
const MAX_COLUMNS = 1200;
const BANDS = 128;
/** Decibels between the loudest and the darkest. */
const RANGE_DB = 80;
const TILE_COLUMNS = 256;
const TILE_FRAMES_PER_COLUMN = 8;
/** A tone of full scale lies above this, noise of full scale some 25 dB below: both can be told from silence. */
const FULL_SCALE_DB = 26;

/** The scale that CLAP hears in, with twice the bands: windows of 32 ms, Slaney mel from 50 Hz to 14 kHz. */
const MEL: MelFace = {
  nFft: 1024,
  winLength: 1024,
  // A window given alone has three frames then, the middle one of which is all of it.
  hopLength: 512,
  melBins: BANDS,
  fMinHz: SPECTROGRAM_RANGE_HZ.min,
  fMaxHz: SPECTROGRAM_RANGE_HZ.max,
  melScale: 'slaney',
  melNorm: 'slaney',
  power: 2,
  logFloor: 1e-10,
};

/** One for all pictures: it is given one window at a time, and keeps nothing of it. */
let made: LogMel | null = null;
const logMel = (): LogMel => (made ??= createLogMel(MEL, SPECTROGRAM_RATE_HZ));

/**
 * Log-mel picture of a stream of mono samples at {@link SPECTROGRAM_RATE_HZ}. Each column holds the loudest of its
 * frames. However long the sound, no more than 4800 frames are transformed and nothing but the picture is kept.
 * @param durationS length of the sound, which the columns are spread over; what comes later is left out
 */
export async function drawSpectrogram(
  samples: AsyncIterable<Float32Array>,
  durationS: number,
): Promise<SpectrogramPicture> {
  const total = Math.max(1, Math.round(durationS * SPECTROGRAM_RATE_HZ));
  const available = 1 + Math.floor(total / HOP);
  const width = Math.min(MAX_COLUMNS, available);
  const frames = Math.min(available, width * FRAMES_PER_COLUMN);
  const decibels = await listen(samples, { total, width, frames, led: false });
  return { width, height: BANDS, levels: quantise(decibels, width, loudestOf(decibels)) };
}

/** How much of the sound a tile wants to hear before its own beginning, and after its end, in seconds. */
export const TILE_MARGIN_S = MEL.nFft / 2 / SPECTROGRAM_RATE_HZ;

/**
 * A stretch of a sound, 256 columns, as part of a picture of all of it: levels mean the same in each of its tiles. What comes
 * before the samples end is drawn, the rest is black.
 * @param lengthS what the columns are spread over
 * @param led the samples begin {@link TILE_MARGIN_S} before the stretch
 * @param peak highest sample of the whole sound, 0..1: the louder it is, the darker is the same level
 */
export async function drawTile(
  samples: AsyncIterable<Float32Array>,
  { lengthS, led, peak }: { lengthS: number; led: boolean; peak: number },
): Promise<SpectrogramPicture> {
  const total = Math.round(lengthS * SPECTROGRAM_RATE_HZ);
  const frames = Math.min(TILE_COLUMNS * TILE_FRAMES_PER_COLUMN, Math.floor(total / HOP));
  const decibels = await listen(samples, { total, width: TILE_COLUMNS, frames, led });
  const top = FULL_SCALE_DB + 20 * Math.log10(Math.max(1 / 127, peak));
  return { width: TILE_COLUMNS, height: BANDS, levels: quantise(decibels, TILE_COLUMNS, top) };
}

interface Listening {
  /** Samples that the columns are spread over. */
  total: number;
  width: number;
  /** Windows looked at, evenly spread. */
  frames: number;
  /** Half a window comes before. */
  led: boolean;
}

/** The loudest of each column's frames, in decibels, `[width, BANDS]`. */
async function listen(
  samples: AsyncIterable<Float32Array>,
  { total, width, frames, led }: Listening,
): Promise<Float32Array> {
  const mel = logMel();
  const decibels = new Float32Array(width * BANDS).fill(-Infinity);
  const { nFft } = MEL;

  const hear = (window: Float32Array, frame: number): void => {
    const found = mel.compute(window, { from: 0, to: 1 });
    const column = Math.min(width - 1, Math.floor((frame * width) / frames)) * BANDS;
    for (let band = 0; band < BANDS; band++) {
      decibels[column + band] = Math.max(decibels[column + band]!, found[BANDS + band]!);
    }
  };

  // The last window's worth of samples, and where in the sound they begin.
  let held = new Float32Array(led ? 0 : nFft / 2);
  let heldFrom = -nFft / 2;
  let frame = 0;
  const startOf = (index: number): number => Math.floor((index * total) / frames) - nFft / 2;
  const hearAll = (): void => {
    while (frame < frames && startOf(frame) + nFft <= heldFrom + held.length) {
      const from = startOf(frame) - heldFrom;
      hear(held.subarray(from, from + nFft), frame++);
    }
  };
  for await (const chunk of samples) {
    const joined = new Float32Array(held.length + chunk.length);
    joined.set(held);
    joined.set(chunk, held.length);
    held = joined;
    hearAll();
    const drop = Math.min(held.length, Math.max(0, startOf(frame) - heldFrom));
    held = held.slice(drop);
    heldFrom += drop;
  }
  const padded = new Float32Array(held.length + nFft);
  padded.set(held);
  held = padded;
  hearAll();
  return decibels;
}

function loudestOf(decibels: Float32Array): number {
  let loudest = -Infinity;
  for (const level of decibels) loudest = Math.max(loudest, level);
  return loudest;
}

/** Rows from the highest band down to the lowest; 255 is `top` or more, 0 is 80 dB below it or less. */
function quantise(decibels: Float32Array, width: number, top: number): Uint8Array {
  const levels = new Uint8Array(width * BANDS);
  for (let x = 0; x < width; x++) {
    for (let band = 0; band < BANDS; band++) {
      const above = (decibels[x * BANDS + band]! - top + RANGE_DB) / RANGE_DB;
      levels[(BANDS - 1 - band) * width + x] = Math.round(255 * Math.min(1, Math.max(0, above)));
    }
  }
  return levels;
}
