const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Single → half precision (IEEE 754 binary16 bit patterns), rounding to nearest even; too large becomes infinity. */
export function toFloat16(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i]!;
    const word = bits[0]!;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude > 0x7f800000) out[i] = sign | 0x7e00;
    else if (magnitude >= 0x477ff000) out[i] = sign | 0x7c00;
    else if (magnitude >= 0x38800000) {
      const odd = (magnitude >>> 13) & 1;
      out[i] = sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
    } else {
      // Subnormal: adding 0.5 lets the float adder itself shift and round.
      float[0] = Math.abs(values[i]!) + 0.5;
      out[i] = sign | (bits[0]! - 0x3f000000);
    }
  }
  return out;
}

/** Half → single precision, exact. */
export function fromFloat16(words: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const sign = word & 0x8000 ? -1 : 1;
    const exponent = (word >>> 10) & 0x1f;
    const fraction = word & 0x3ff;
    if (exponent === 0) out[i] = sign * fraction * 2 ** -24;
    else if (exponent === 31) out[i] = fraction ? NaN : sign * Infinity;
    else out[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return out;
}
