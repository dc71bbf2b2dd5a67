/** Sample rate of {@link goldenSignal}. */
export const goldenRateHz = 48_000;

/**
 * The samples that make_goldens.py makes, bit for bit: integer and exactly rounded arithmetic only, since sines differ
 * in their last bit from one library to the next.
 */
export function goldenSignal(durationS: number): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.round(durationS * goldenRateHz));
  const wave = (phase: number): number => {
    const x = 2 * phase - 1;
    return 4 * x * (1 - Math.abs(x));
  };
  let state = 12_345;
  for (let i = 0; i < samples.length; i++) {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
    if (i % 96_000 >= 40_000 && i % 96_000 < 52_000) continue;
    const noise = state / 2 ** 31 - 1;
    const tone = wave(((i * 440) % goldenRateHz) / goldenRateHz);
    const chirp = wave(((i * i * 100) % 2 ** 31) / 2 ** 31);
    const level = Math.floor(i / 12_000) % 2 === 0 ? 2 ** -3 : 2 ** -13;
    samples[i] = 0.5 * tone + 0.25 * chirp + level * noise;
  }
  return samples;
}

/** The samples as a decoder would give them: in chunks of uneven lengths. */
export async function* inChunks(samples: Float32Array, chunk = 7_777): AsyncGenerator<Float32Array, void> {
  for (let start = 0; start < samples.length; start += chunk) {
    await Promise.resolve();
    yield samples.subarray(start, start + chunk);
  }
}
