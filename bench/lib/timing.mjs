/**
 * The fastest of several rounds: on a shared machine the others measure the neighbours.
 * @param {() => unknown} run
 * @param {number} rounds
 * @returns {Promise<number>} milliseconds
 */
export async function best(run, rounds) {
  let fastest = Infinity;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await run();
    fastest = Math.min(fastest, performance.now() - started);
  }
  return fastest;
}

/**
 * White noise of ±0.5, the same every time.
 * @param {number} length samples
 */
export function noise(length) {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

/** @param {Float32Array | number[]} vector */
export function unit(vector) {
  const norm = Math.hypot(...vector);
  return Array.from(vector, (value) => value / norm);
}
