import { createLogMel, type FrameRange } from './log-mel.js';
import type { AudioFace } from './manifest.js';

/** What the audio graph is fed for one window. */
export interface AudioInput {
  data: Float32Array<ArrayBuffer>;
  /** `[1, 1, frames, melBins]`, or `[1, samples]` for a graph that takes the waveform. */
  dims: number[];
}

/**
 * Returns the front end of a model: samples of one window (1 … window length, mono, at the model's rate) → graph input.
 * Frames of `known` are left at 0, for the caller to fill. Not re-entrant.
 */
export function createAudioFrontEnd(face: AudioFace): (samples: Float32Array, known?: FrameRange | null) => AudioInput {
  if (face.input === 'waveform') {
    return (samples) => {
      const data = Float32Array.from(padWindow(samples, face));
      return { data, dims: [1, data.length] };
    };
  }
  const logMel = createLogMel(face.mel, face.sampleRateHz);
  return (samples, known) => {
    const data = logMel.compute(padWindow(samples, face), known);
    return { data, dims: [1, 1, data.length / logMel.melBins, logMel.melBins] };
  };
}

/** Frames that a window has in common with the one that began half a window earlier, where they are `shift` frames on. */
export interface SharedFrames extends FrameRange {
  shift: number;
  /** Numbers per frame. */
  width: number;
}

/**
 * The frames that overlapping windows share to the bit: all that see nothing of the mirrored edges of either window. Null
 * for models whose windows begin between frames of each other, and for those that take the waveform.
 */
export function sharedFrames(face: AudioFace): SharedFrames | null {
  if (face.input === 'waveform') return null;
  const { nFft, hopLength, melBins } = face.mel;
  const length = Math.round(face.windowS * face.sampleRateHz);
  const shift = Math.floor(length / 2) / hopLength;
  const from = Math.ceil(nFft / 2 / hopLength);
  const to = Math.floor((length - nFft / 2) / hopLength) + 1 - shift;
  return Number.isInteger(shift) && to > from ? { from, to, shift, width: melBins } : null;
}

/** The least the audio graph can be fed: silence of the shortest length, for graphs that hold both towers. */
export function silentAudioInput(face: AudioFace): AudioInput {
  const shortest = padWindow(new Float32Array(1), face).length;
  if (face.input === 'waveform') return { data: new Float32Array(shortest), dims: [1, shortest] };
  const frames = 1 + Math.floor(shortest / face.mel.hopLength);
  return { data: new Float32Array(frames * face.mel.melBins), dims: [1, 1, frames, face.mel.melBins] };
}

/**
 * Brings a window shorter than the model's to the length that the graph wants.
 * `repeatpad` puts whole copies end to end and zeros behind them, as `transformers.ClapFeatureExtractor` does; `zero`
 * only adds zeros; `none` keeps the length down to the shortest that the graph takes.
 */
export function padWindow(samples: Float32Array, face: AudioFace): Float32Array {
  const full = Math.round(face.windowS * face.sampleRateHz);
  if (samples.length >= full) return samples.length === full ? samples : samples.subarray(0, full);
  if (face.padding === 'none') {
    const shortest = face.input === 'mel' ? (face.minFrames - 1) * face.mel.hopLength : face.minSamples;
    return samples.length >= shortest ? samples : zeroPadded(samples, shortest);
  }
  const padded = zeroPadded(samples, full);
  if (face.padding === 'repeatpad') {
    for (let end = 2 * samples.length; end <= full; end += samples.length) padded.set(samples, end - samples.length);
  }
  return padded;
}

function zeroPadded(samples: Float32Array, length: number): Float32Array {
  const padded = new Float32Array(length);
  padded.set(samples);
  return padded;
}
