/** What may have happened to a file: each takes its bytes and gives others. */
const MUTATIONS = [
  // Bits flipped anywhere, or in the header, where they cost most.
  (bytes, random) => flipped(bytes, random, bytes.length, 1 + Math.floor(random() * 20)),
  (bytes, random) => flipped(bytes, random, Math.min(bytes.length, 256), 1 + Math.floor(random() * 6)),
  // Cut off.
  (bytes, random) => bytes.subarray(0, Math.floor(random() * bytes.length)),
  // A piece twice, or missing.
  (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  // A number of the header at its limits.
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    const value = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0][Math.floor(random() * 6)];
    if (copy.length < 8) return copy;
    const at = Math.floor(random() * Math.min(copy.length - 4, 512));
    if (random() < 0.5) copy.writeUInt32LE(value, at);
    else copy.writeUInt32BE(value, at);
    return copy;
  },
  // Noise for a stretch of it.
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    const [from, to] = stretch(bytes, random);
    for (let i = from; i < to; i++) copy[i] = Math.floor(random() * 256);
    return copy;
  },
];

/**
 * @param {Buffer} bytes of a good file
 * @param {() => number} random 0..1
 */
export function mutated(bytes, random) {
  let changed = bytes;
  const times = 1 + Math.floor(random() * 2);
  for (let i = 0; i < times; i++) changed = MUTATIONS[Math.floor(random() * MUTATIONS.length)](changed, random);
  return changed;
}

function flipped(bytes, random, within, times) {
  const copy = Buffer.from(bytes);
  for (let i = 0; i < times && copy.length > 0; i++)
    copy[Math.floor(random() * within)] ^= 1 << Math.floor(random() * 8);
  return copy;
}

function stretch(bytes, random) {
  const [a, b] = [random(), random()].map((part) => Math.floor(part * bytes.length));
  return [Math.min(a, b), Math.max(a, b)];
}
