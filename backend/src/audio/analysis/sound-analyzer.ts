import type { SoundAnalyzer } from '../../domain/analysis/analysis.ports.js';
import { ANALYSIS_VERSION, type SoundAnalysis } from '../../domain/analysis/analysis.types.js';
import { createFingerprintReader } from './fingerprint.js';
import { createBrightnessReader } from './brightness.js';
import { createDecimator } from './decimator.js';
import { estimateKey } from './key.js';
import { kindOf } from './kind.js';
import { createLevelReader } from './levels.js';
import { createOnsetReader } from './onsets.js';
import { createPitchReader } from './pitch-classes.js';
import { estimateTempo } from './tempo.js';

/** All but the fingerprint is told from the beginning: three minutes are most of a song. Seconds. */
const LIMIT_S = 180;

/** Has its answer at once. */
interface SoundAnalyzerHere extends SoundAnalyzer {
  push(samples: Float32Array): void;
  finish(): SoundAnalysis;
}

/**
 * Estimates tempo, key and brightness of mono samples at this rate (8 kHz or more) as they stream by, what kind of sound they are, and takes
 * their fingerprint. Works at about 12 kHz (brightness apart) and keeps a few megabytes at most, however long the sound is.
 */
export function createSoundAnalyzer(sampleRateHz: number): SoundAnalyzerHere {
  const decimator = createDecimator(sampleRateHz);
  const onsets = createOnsetReader(decimator.rateHz, LIMIT_S);
  const pitches = createPitchReader(decimator.rateHz);
  const fingerprint = createFingerprintReader(decimator.rateHz);
  const levels = createLevelReader(sampleRateHz, LIMIT_S);
  const brightness = createBrightnessReader(sampleRateHz);
  const limit = LIMIT_S * sampleRateHz;
  let count = 0;

  return {
    push(samples) {
      const lower = decimator.push(samples);
      if (count < limit) {
        onsets.push(lower);
        pitches.push(lower);
        brightness.push(samples);
        levels.push(samples);
      }
      fingerprint.push(lower);
      count += samples.length;
    },
    finish() {
      const durationS = count / sampleRateHz;
      const tempo = estimateTempo(onsets.finish(), durationS);
      return {
        version: ANALYSIS_VERSION,
        tempo: tempo && { bpm: tempo.bpm, confidence: tempo.confidence },
        key: estimateKey(pitches.finish(), durationS),
        fingerprint: fingerprint.finish(),
        kind: kindOf(levels.finish(), tempo, durationS),
        brightnessHz: brightness.finish(),
      };
    },
    cancel: () => undefined,
  };
}
