import type { Heard } from '../domain/ingest/ingest.ports.js';
import { createChannelMeter, mixFrames, type ChannelMeter } from './channel-mix.js';
import { createLevelMeter } from './level.js';
import { createLoudnessMeter } from './loudness.js';
import { cutOff, type Frames } from './samples.js';

/** Samples of all channels that are held until it is decided how to mix them: 16 MB, 43 seconds of stereo. */
const HELD_SAMPLES = 2 ** 22;

export interface Listener {
  /** The channels as one, -1..1. Nothing comes until the beginning, or the whole of a short sound, is there. */
  mix(source: AsyncIterable<Frames>): AsyncIterable<Float32Array>;
  /** After the end: how it was mixed, and how it should have been. */
  heard(): Omit<Heard, 'faults' | 'complained'>;
}

/** Mixes the channels of one track, and sets the level, by what they hold. */
export function createListener(of: { track: number; codec: string | null; sampleRateHz: number }): Listener {
  const { track, codec, sampleRateHz } = of;
  const level = createLevelMeter(codec);
  const loudness = createLoudnessMeter(sampleRateHz);
  let [values, rubbish] = [0, 0];
  let meter: ChannelMeter | null = null;
  let mixed: { weights: number[]; gain: number } | null = null;

  /** What comes out while nothing is decided is held in pieces. */
  const held: Frames[] = [];
  let heldSamples = 0;
  const hold = (frames: Frames): void => {
    meter ??= createChannelMeter(frames.channels, sampleRateHz);
    meter.push(frames.samples);
    held.push({ ...frames, samples: frames.samples.slice() });
    heldSamples += frames.samples.length;
  };
  function* decide(): Iterable<Float32Array> {
    if (!meter) return;
    const weights = meter.weights();
    const pieces = held.splice(0).map(({ samples }) => mixFrames(samples, weights));
    for (const piece of pieces) level.push(piece);
    mixed = { weights, gain: level.gain() };
    for (const piece of pieces) yield cutOff(piece, mixed.gain);
  }

  return {
    async *mix(source) {
      for await (const frames of source) {
        let { samples } = frames;
        loudness.push(frames);
        values += samples.length;
        rubbish += frames.rubbish ?? 0;
        if (!mixed) {
          const { channels } = frames;
          const room = HELD_SAMPLES - (HELD_SAMPLES % channels) - heldSamples;
          hold({ channels, samples: samples.subarray(0, room) });
          if (samples.length < room) continue;
          yield* decide();
          samples = samples.subarray(room);
        }
        if (!mixed || samples.length === 0) continue;
        meter!.push(samples);
        const { weights, gain }: { weights: number[]; gain: number } = mixed;
        const piece = mixFrames(samples, weights);
        level.push(piece);
        yield cutOff(piece, gain);
      }
      if (!mixed) yield* decide();
    },
    heard() {
      const loud = { loudness: loudness.finish(), senseless: rubbish > values / 2 };
      if (!meter || !mixed) return { hearing: { track, weights: null }, better: null, silent: true, ...loud };
      const scaled = (weights: readonly number[], gain: number): number[] => weights.map((weight) => weight * gain);
      const hearing = { track, weights: scaled(mixed.weights, mixed.gain) };
      const silent = level.isSilent();
      const weights = meter.weights();
      const otherMix = weights.some((weight, channel) => Math.abs(weight - mixed!.weights[channel]!) > 1e-9);
      if (silent && !otherMix) return { hearing, better: null, silent, ...loud };
      const wrongLevel = level.isWrong(mixed.gain);
      // Another mix was not measured; its level is about that of this one.
      const better = otherMix || wrongLevel ? { track, weights: scaled(weights, level.gain()) } : null;
      return { hearing, better, silent: silent && !otherMix, ...loud };
    },
  };
}
