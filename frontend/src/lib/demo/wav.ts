/** Mono samples -1..1 as a WAV file of 16 bits; louder ones are brought down to what fits. */
export function wavOf(samples: Float32Array, rate: number): Blob {
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const bytes = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at: number, letters: string): void =>
    [...letters].forEach((letter, i) => bytes.setUint8(at + i, letter.charCodeAt(0)));
  text(0, 'RIFF');
  bytes.setUint32(4, 36 + 2 * samples.length, true);
  text(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, rate, true);
  bytes.setUint32(28, 2 * rate, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, 'data');
  bytes.setUint32(40, 2 * samples.length, true);
  const gain = (0.8 / peak) * 32767;
  samples.forEach((value, i) => bytes.setInt16(44 + 2 * i, Math.round(value * gain), true));
  return new Blob([bytes.buffer], { type: 'audio/wav' });
}
