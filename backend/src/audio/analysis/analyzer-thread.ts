import type { SoundAnalyzer } from '../../domain/analysis/analysis.ports.js';
import type { SoundAnalysis } from '../../domain/analysis/analysis.types.js';
import type { SoundThread } from '../sound-thread.js';

/** So much goes to the thread at once. Seconds. */
const PART_S = 5;
/** So many parts may lie there; whoever gives more waits. */
const MOST_PARTS = 3;

let last = 0;

/** Analyses sounds in a thread, while they stream by. */
export const analyseIn =
  (thread: Pick<SoundThread, 'ask'>) =>
  (sampleRateHz: number): SoundAnalyzer => {
    const id = ++last;
    const answers: Promise<SoundAnalysis | null>[] = [];
    let pieces: Float32Array<ArrayBuffer>[] = [];
    let samples = 0;
    let begun = false;

    const send = (isLast: boolean): Promise<SoundAnalysis | null> => {
      const request = { id, pieces, sampleRateHz, isFirst: !begun, isLast };
      const transfer = pieces.map(({ buffer }) => buffer);
      [pieces, samples, begun] = [[], 0, true];
      const answer = thread.ask('analyse', request, transfer);
      // Who waits for it is told; the others were told of an earlier one.
      answer.catch(() => undefined);
      return answer;
    };
    return {
      async push(piece) {
        pieces.push(piece.slice());
        samples += piece.length;
        if (samples < PART_S * sampleRateHz) return;
        answers.push(send(false));
        if (answers.length > MOST_PARTS) await answers.shift();
      },
      async finish() {
        const answer = send(true);
        await Promise.all(answers);
        return (await answer)!;
      },
      cancel() {
        if (begun) void thread.ask('forget', { id }).catch(() => undefined);
      },
    };
  };
