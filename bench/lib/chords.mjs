const NOTES = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'];
const MAJOR = [0, 4, 7];
const MINOR = [0, 3, 7];
const MIDDLE_C_HZ = 261.6256;

const overtones = (amplitudes) => (hz, s) => {
  let value = 0;
  for (const [multiple, amplitude] of amplitudes) value += amplitude * Math.sin(2 * Math.PI * hz * multiple * s);
  return value;
};
const series = (count, step, of) => Array.from({ length: count }, (_, i) => [1 + i * step, of(1 + i * step)]);

/** One note of this frequency at this second. @type {Record<string, (hz: number, s: number) => number>} */
export const TIMBRES = {
  sine: overtones([[1, 1]]),
  sawtooth: overtones(series(16, 1, (n) => 0.6 / n)),
  square: overtones(series(8, 2, (n) => 0.7 / n)),
  organ: overtones([
    [0.5, 0.2],
    [1, 0.4],
    [1.5, 0.16],
    [2, 0.28],
    [3, 0.2],
    [4, 0.16],
  ]),
  /** Stretched overtones that die away, the higher the faster. */
  string: (hz, s) => {
    let value = 0;
    for (let n = 1; n <= 12; n++) {
      value += (Math.sin(2 * Math.PI * hz * n * Math.sqrt(1 + 0.0003 * n * n) * s) / n) * Math.exp(-s * (1 + 0.6 * n));
    }
    return value;
  },
  /** ± 20 cents, five and a half times a second. */
  vibrato: (hz, s) => {
    const turn = 2 * Math.PI * hz * s + hz * 0.0021 * Math.sin(2 * Math.PI * 5.5 * s);
    let value = 0;
    for (let n = 1; n <= 8; n++) value += (0.6 / n) * Math.sin(turn * n);
    return value;
  },
};

/** A chord of two seconds in each of the 24 keys. */
export const triads = (timbre, cents, rateHz) =>
  inAllKeys((tonic, minor) => render(timbre, cents, rateHz, 2, [chord(tonic, minor ? MINOR : MAJOR)]));

/** Tonic, subdominant, dominant, tonic in each of the 24 keys; the dominant is major, as in music. */
export const cadences = (timbre, cents, rateHz) =>
  inAllKeys((tonic, minor) => {
    const own = minor ? MINOR : MAJOR;
    const steps = [chord(tonic, own), chord(tonic + 5, own), chord(tonic + 7, MAJOR), chord(tonic, own)];
    return render(timbre, cents, rateHz, 0.8, steps);
  });

const inAllKeys = (make) =>
  NOTES.flatMap((note, tonic) =>
    [false, true].map((minor) => ({ key: `${note}${minor ? 'm' : ''}`, samples: make(tonic, minor) })),
  );

/** Semitones above middle C: the chord within an octave and a half around it, and its root in the bass. */
function chord(root, notes) {
  const folded = root % 12 > 7 ? (root % 12) - 12 : root % 12;
  return [folded - 12, ...notes.map((note) => folded + note)];
}

function render(timbre, cents, rateHz, eachS, chords) {
  const each = Math.round(eachS * rateHz);
  const samples = new Float32Array(each * chords.length);
  chords.forEach((notes, position) => {
    for (const note of notes) {
      const hz = MIDDLE_C_HZ * 2 ** (note / 12 + cents / 1200);
      for (let i = 0; i < each; i++) {
        samples[position * each + i] += 0.2 * TIMBRES[timbre](hz, i / rateHz) * Math.min(1, i / 400, (each - i) / 400);
      }
    }
  });
  return samples;
}
