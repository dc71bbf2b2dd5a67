/** Signals whose tempo and key are known. */
export const RATE_HZ = 48_000;

/** Decaying noise at each time: a drum machine. Seconds. */
export function hits(durationS: number, timesS: readonly number[], seed = 1): Float32Array {
  const samples = new Float32Array(Math.round(durationS * RATE_HZ));
  const random = noise(seed);
  for (const timeS of timesS) {
    const from = Math.round(timeS * RATE_HZ);
    for (let i = 0; i < 0.08 * RATE_HZ && from + i < samples.length; i++) {
      samples[from + i]! += 0.5 * random() * Math.exp(-i / (0.015 * RATE_HZ));
    }
  }
  return samples;
}

/** Chords one after the other, each as notes above C4 in semitones, with the overtones of a plucked string. */
export function chords(eachS: number, notes: readonly (readonly number[])[], cents = 0): Float32Array {
  const each = Math.round(eachS * RATE_HZ);
  const samples = new Float32Array(each * notes.length);
  notes.forEach((chord, position) => {
    for (const note of chord) {
      const hz = 261.6256 * 2 ** (note / 12 + cents / 1200);
      for (let i = 0; i < each; i++) {
        let value = 0;
        for (let overtone = 1; overtone <= 8; overtone++) {
          value +=
            (Math.sin((2 * Math.PI * hz * overtone * i) / RATE_HZ) / overtone) * Math.exp((-i * overtone) / each);
        }
        samples[position * each + i]! += 0.1 * value * Math.min(1, i / 200, (each - i) / 200);
      }
    }
  });
  return samples;
}

/** Uniform numbers between -1 and 1 (mulberry32): the same in every run. */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2_147_483_648 - 1;
  };
}
