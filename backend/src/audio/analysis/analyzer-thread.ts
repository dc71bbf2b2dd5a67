import type { SoundAnalyzer } from '../../domain/analysis/analysis.ports.js';
import type { SoundThread } from '../sound-thread.js';
import { createSoundAnalyzer } from './sound-analyzer.js';

/** Longer sounds are analysed as they stream by: they are not to be held in memory. Seconds. */
const LONGEST_S = 60;

/** Analyses short sounds in a thread, once they are there whole. */
export const analyseIn =
  (thread: Pick<SoundThread, 'ask'>) =>
  (sampleRateHz: number): SoundAnalyzer => {
    let pieces: Float32Array<ArrayBuffer>[] = [];
    let count = 0;
    let streaming: SoundAnalyzer | null = null;
    return {
      push(samples) {
        count += samples.length;
        if (count > LONGEST_S * sampleRateHz && !streaming) {
          streaming = createSoundAnalyzer(sampleRateHz);
          for (const piece of pieces) streaming.push(piece);
          pieces = [];
        }
        if (streaming) streaming.push(samples);
        else pieces.push(samples.slice());
      },
      finish() {
        if (streaming) return streaming.finish();
        const transfer = pieces.map(({ buffer }) => buffer);
        return thread.ask('analyse', { pieces, sampleRateHz }, transfer);
      },
    };
  };
