/** Little-endian samples of floats in -1..1, which are those of a file of whole numbers again where they come from one. */
export function toPcm(samples: Float32Array, bits: 16 | 24): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array((samples.length * bits) / 8);
  const scale = 2 ** (bits - 1);
  for (let i = 0, at = 0; i < samples.length; i++) {
    const value = Math.max(-scale, Math.min(scale - 1, Math.round((samples[i] as number) * scale)));
    if (bits === 24) bytes[at++] = value;
    bytes[at++] = value >> (bits - 16);
    bytes[at++] = value >> (bits - 8);
  }
  return bytes;
}
