import { weigh, type Filter } from '../filter-kernel.js';

/** As `libswresample` has them by default (its `resample.c`), so that a sound is the same whoever decodes it. */
const TAPS = 32;
const CUTOFF = 0.97;
const MOST_PHASES = 1024;
const KAISER_BETA = 9;

/** Shorter sounds cannot be mirrored. */
export const FEWEST_FRAMES = 2048;

export interface Resampler {
  /** @param samples interleaved; whole frames @returns interleaved frames at the other rate, as far as they can be told yet */
  push(samples: Float64Array): Float32Array<ArrayBuffer>;
  /** The end of the sound. */
  finish(): Float32Array<ArrayBuffer>;
}

/** Whether {@link createResampler} can do it: the ratio of the rates must have small terms, and the filter be no longer than the sound. */
export const canResample = (fromHz: number, toHz: number): boolean =>
  toHz / divisor(fromHz, toHz) <= MOST_PHASES && fromHz <= 32 * toHz;

/**
 * Brings interleaved samples from one rate to another as ffmpeg does unless it is told otherwise: a polyphase filter of
 * windowed sines (Kaiser, 9), 32 taps wide at the lower of both rates, the sound mirrored at both ends. Agrees with it within
 * 1e-6. @see FEWEST_FRAMES
 */
export function createResampler(fromHz: number, toHz: number, channels: number): Resampler {
  const common = divisor(fromHz, toHz);
  const [step, phases] = [fromHz / common, toHz / common];
  const filter = filterOf(Math.min((toHz * CUTOFF) / fromHz, 1), phases);
  const { taps } = filter;
  const before = Math.floor((taps - 1) / 2);

  /** Samples that are still needed, interleaved; `first` is the place of the first of them in the sound. */
  let held = new Float64Array(0);
  let first = 0;
  let started = false;
  let out = 0;

  const take = (): Float32Array<ArrayBuffer> => {
    const end = first + held.length / channels;
    // The last output that has all its taps.
    const lastStart = end - taps + before;
    const until = lastStart < 0 ? 0 : Math.ceil(((lastStart + 1) * phases) / step);
    const count = Math.max(0, until - out);
    const frame = Math.floor((out * step) / phases);
    const from = { frame: frame - before - first, phase: out * step - frame * phases };
    const result = resampled(held, channels, filter, { from, step, count });
    out += count;
    const needed = Math.floor((out * step) / phases) - before;
    const needless = Math.min(held.length / channels, Math.max(0, needed - first));
    held = held.subarray(needless * channels);
    first += needless;
    return result;
  };
  const frameAt = (index: number): Float64Array => held.subarray(index * channels, (index + 1) * channels);
  /** Puts mirrored frames in front, the first one left out. */
  const start = (): void => {
    started = true;
    const mirrored = new Float64Array(held.length + taps * channels);
    for (let n = 1; n <= taps; n++) mirrored.set(frameAt(n), (taps - n) * channels);
    mirrored.set(held, taps * channels);
    held = mirrored;
    first = -taps;
  };

  return {
    push(samples) {
      held = joined(held, samples);
      if (!started) {
        if (held.length < (taps + 1) * channels) return new Float32Array(0);
        start();
      }
      return take();
    },
    finish() {
      if (!started) throw new Error(`a sound of less than ${FEWEST_FRAMES} frames cannot be resampled`);
      const rest = held.length / channels;
      const reflected = Math.floor((Math.min(rest, taps) + 1) / 2);
      const tail = new Float64Array(reflected * channels);
      for (let n = 0; n < reflected; n++) tail.set(frameAt(rest - 1 - n), n * channels);
      held = joined(held, tail);
      return take();
    },
  };
}

function joined(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function resampled(
  samples: Float64Array,
  channels: number,
  filter: Filter,
  span: Parameters<typeof weigh>[3],
): Float32Array<ArrayBuffer> {
  if (channels === 1 || channels === 2) return weigh(samples, channels, filter, span);
  const result = new Float32Array(span.count * channels);
  for (let channel = 0; channel < channels; channel++) {
    const single = new Float64Array(samples.length / channels);
    for (let i = 0; i < single.length; i++) single[i] = samples[i * channels + channel]!;
    const values = weigh(single, 1, filter, span);
    for (let i = 0; i < values.length; i++) result[i * channels + channel] = values[i]!;
  }
  return result;
}

/** Those of the last sounds: most have one of two or three rates. */
const filters = new Map<string, Filter>();
const KEPT = 8;

function filterOf(factor: number, phases: number): Filter {
  const key = `${factor}/${phases}`;
  const filter = filters.get(key) ?? createFilter(factor, phases);
  filters.delete(key);
  filters.set(key, filter);
  if (filters.size > KEPT) filters.delete(filters.keys().next().value!);
  return filter;
}

/** @param factor of the lower of both rates to the one of the input, the cutoff included */
function createFilter(factor: number, phases: number): Filter {
  // An even number.
  const taps = 2 * Math.ceil(Math.ceil(TAPS / factor) / 2);
  const before = Math.floor((taps - 1) / 2);
  const weights = new Float64Array(phases * taps);
  let sum = 0;
  for (let phase = 0; phase < phases; phase++) {
    for (let tap = 0; tap < taps; tap++) {
      const x = Math.PI * (tap - before - phase / phases) * factor;
      const w = (2 * x) / (factor * taps * Math.PI);
      const weight = (x === 0 ? 1 : Math.sin(x) / x) * bessel(KAISER_BETA * Math.sqrt(Math.max(1 - w * w, 0)));
      weights[phase * taps + tap] = weight;
      // All phases are brought to the same measure by the first.
      if (phase === 0) sum += weight;
    }
  }
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! / sum;
  return { taps, phases, weights };
}

/** The modified Bessel function of the first kind, of order 0. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
