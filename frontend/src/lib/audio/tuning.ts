/** Tempo and key that loops are heard in, beside each other or beside a project. */
export interface Session {
  /** Beats per minute; null leaves the tempo as it is. */
  bpm: number | null;
  /** Such as `Am`; null leaves the key as it is. */
  key: string | null;
}

export interface Tuning {
  /** How many times faster. */
  rate: number;
  /** How far up. */
  semitones: number;
}

export const AS_IT_IS: Tuning = { rate: 1, semitones: 0 };
export const isAsItIs = ({ rate, semitones }: Tuning): boolean => rate === 1 && semitones === 0;

/** What is longer is no loop. */
const LONGEST_LOOP_S = 60;
const NATURALS: Record<string, number> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };

/** The pitch class 0..11 of the major key with the same notes: `Am` is that of `C`. Null for what is no key. */
export function pitchClass(key: string): number | null {
  const [, letter, sign, minor] = /^([A-G])([#♯b♭]?)(m?)$/u.exec(key.trim()) ?? [];
  const natural = NATURALS[letter ?? ''];
  if (natural === undefined) return null;
  const altered = natural + (sign === '' ? 0 : sign === '#' || sign === '♯' ? 1 : -1);
  return (altered + (minor ? 3 : 0) + 12) % 12;
}

/** How a loop has to be changed to fit: by the smallest change, at half or double tempo if that is nearer. */
export function tuningFor(
  sound: { bpm: number | null; key: string | null; durationS: number | null },
  session: Session,
): Tuning {
  if (sound.durationS === null || sound.durationS > LONGEST_LOOP_S) return AS_IT_IS;
  let rate = sound.bpm && session.bpm ? session.bpm / sound.bpm : 1;
  while (rate > Math.SQRT2) rate /= 2;
  while (rate < Math.SQRT1_2) rate *= 2;
  const [from, to] = [pitchClass(sound.key ?? ''), pitchClass(session.key ?? '')];
  const up = from === null || to === null ? 0 : (to - from + 12) % 12;
  return { rate, semitones: up > 6 ? up - 12 : up };
}

const HEADER_BYTES = 44;

/**
 * A 16-bit WAV of these channels (-1..1, equally long) that claims to be sampled at `rateHz`: with another rate than the
 * true one it sounds higher or lower, and is played at the tempo it had by slowing it down with its pitch kept.
 */
export function wavOf(channels: readonly Float32Array[], rateHz: number): Blob {
  const frames = channels[0]?.length ?? 0;
  const frameBytes = 2 * channels.length;
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + frames * frameBytes));
  const write = (at: number, text: string): void => {
    [...text].forEach((character, i) => view.setUint8(at + i, character.charCodeAt(0)));
  };
  write(0, 'RIFF');
  view.setUint32(4, view.byteLength - 8, true);
  write(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, 16, true);
  write(36, 'data');
  view.setUint32(40, frames * frameBytes, true);
  channels.forEach((samples, channel) => {
    samples.forEach((value, frame) => {
      const clipped = Math.min(1, Math.max(-1, value));
      view.setInt16(HEADER_BYTES + frame * frameBytes + 2 * channel, Math.round(clipped * 32_767), true);
    });
  });
  return new Blob([view.buffer], { type: 'audio/wav' });
}
