import type { SoundAnalyzer } from '../../domain/analysis/analysis.ports.js';
import { HEARD_SIZE, LAYOUT, type Aspect, type Heard } from '../../domain/analysis/aspects.types.js';
import { ANALYSIS_VERSION, type SoundAnalysis } from '../../domain/analysis/analysis.types.js';
import { createFingerprintReader } from './fingerprint.js';
import { createBrightnessReader } from './brightness.js';
import { createFrameReader } from './frames.js';
import { createDecimator } from './decimator.js';
import { estimateKey } from './key.js';
import { kindOf } from './kind.js';
import { createLevelReader } from './levels.js';
import { createOnsetReader } from './onsets.js';
import { createPitchReader } from './pitch-classes.js';
import { pitchOf } from './pitch.js';
import { rhythmOf } from './rhythm.js';
import { estimateTempo } from './tempo.js';
import { createTimbreReader } from './timbre.js';

/** All but the fingerprint is told from the beginning: three minutes are most of a song. Seconds. */
const LIMIT_S = 180;
/** Of the spectra of the sound itself, all frequencies. */
const FRAME_S = 0.043;

/** Has its answer at once. */
interface SoundAnalyzerHere extends SoundAnalyzer {
  push(samples: Float32Array): void;
  finish(): SoundAnalysis;
}

/**
 * Estimates tempo, key and brightness of mono samples at this rate (8 kHz or more) as they stream by, what kind of sound they are,
 * describes their timbre, pitch and rhythm, and takes their fingerprint. Works at about 12 kHz (brightness and timbre apart) and keeps
 * a few megabytes at most, however long the sound is.
 */
export function createSoundAnalyzer(sampleRateHz: number): SoundAnalyzerHere {
  const decimator = createDecimator(sampleRateHz);
  const onsets = createOnsetReader(decimator.rateHz, LIMIT_S);
  const pitches = createPitchReader(decimator.rateHz);
  const fingerprint = createFingerprintReader(decimator.rateHz);
  const levels = createLevelReader(sampleRateHz, LIMIT_S);
  const size = 2 ** Math.round(Math.log2(FRAME_S * sampleRateHz));
  const brightness = createBrightnessReader(sampleRateHz, size);
  const timbre = createTimbreReader(sampleRateHz, size);
  const spectra = createFrameReader({ size, hop: size / 2 }, (power) => {
    brightness.frame(power);
    timbre.frame(power);
  });
  const limit = LIMIT_S * sampleRateHz;
  let count = 0;

  return {
    push(samples) {
      const lower = decimator.push(samples);
      if (count < limit) {
        onsets.push(lower);
        pitches.push(lower);
        spectra.push(samples);
        levels.push(samples);
      }
      fingerprint.push(lower);
      count += samples.length;
    },
    finish() {
      const durationS = count / sampleRateHz;
      const envelope = onsets.finish();
      const classes = pitches.finish();
      const tempo = estimateTempo(envelope, durationS);
      spectra.finish();
      return {
        version: ANALYSIS_VERSION,
        tempo: tempo && { bpm: tempo.bpm, confidence: tempo.confidence },
        key: estimateKey(classes, durationS),
        fingerprint: fingerprint.finish(),
        kind: kindOf(levels.finish(), tempo, durationS),
        brightnessHz: brightness.finish(),
        heard: described({ timbre: timbre.finish(), pitch: pitchOf(classes), rhythm: rhythmOf(envelope) }),
      };
    },
    cancel: () => undefined,
  };
}

function described(aspects: Record<Exclude<Aspect, 'loudness'>, Float32Array | null>): Heard {
  const heard = new Float32Array(HEARD_SIZE).fill(NaN);
  for (const aspect of ['timbre', 'pitch', 'rhythm'] as const) {
    const numbers = aspects[aspect];
    if (numbers) heard.set(numbers, LAYOUT[aspect].at);
  }
  return heard;
}
