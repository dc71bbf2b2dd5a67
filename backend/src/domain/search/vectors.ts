import type { Background } from './search.types.js';

/** Scales to length 1; a vector without direction stays as it is. */
export function normalised(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? vector.map((value) => value / length) : vector;
}

/** Sum of unit vectors by weight, of length 1. */
export function weightedSum(parts: readonly { vector: Float32Array; weight: number }[]): Float32Array {
  const sum = new Float32Array(parts[0]?.vector.length ?? 0);
  for (const { vector, weight } of parts) {
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + weight * vector[i]!;
  }
  return normalised(sum);
}

export function meanOf(vectors: readonly Float32Array[]): Float32Array {
  return weightedSum(vectors.map((vector) => ({ vector, weight: 1 })));
}

/** A unit vector without half of what it has in common with another one, of length 1. */
export function apartFrom(other: Float32Array, vector: Float32Array): Float32Array {
  const half = cosine(vector, other) / 2;
  return normalised(vector.map((value, i) => value - half * other[i]!));
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The cosine of a vector with each of the others. Four at a time: none has to wait for the sum of another. */
export function cosines(vector: Float32Array, others: readonly Float32Array[]): Float64Array {
  const scores = new Float64Array(others.length);
  let n = 0;
  for (; n + 4 <= others.length; n += 4) {
    const [a, b, c, d] = [others[n]!, others[n + 1]!, others[n + 2]!, others[n + 3]!];
    let [ofA, ofB, ofC, ofD] = [0, 0, 0, 0];
    for (let i = 0; i < vector.length; i++) {
      const number = vector[i]!;
      ofA += a[i]! * number;
      ofB += b[i]! * number;
      ofC += c[i]! * number;
      ofD += d[i]! * number;
    }
    scores[n] = ofA;
    scores[n + 1] = ofB;
    scores[n + 2] = ofC;
    scores[n + 3] = ofD;
  }
  for (; n < others.length; n++) scores[n] = cosine(others[n]!, vector);
  return scores;
}

/** How scores are spread; −∞ stands for none. */
export function backgroundOf(scores: ArrayLike<number>): Background {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let at = 0; at < scores.length; at++) {
    const score = scores[at]!;
    if (score === -Infinity) continue;
    count++;
    sum += score;
    squares += score * score;
  }
  if (count === 0) return { mean: 0, std: 0, count };
  const mean = sum / count;
  return { mean, std: Math.sqrt(Math.max(0, squares / count - mean * mean)), count };
}
