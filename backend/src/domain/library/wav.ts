import type { ByteRange } from './library.ports.js';

const HEADER_BYTES = 44;
const BYTES_PER_SAMPLE = 2;
export const PCM_RATE_HZ = 44_100;

/** Size in bytes of a 16-bit mono WAV of so many samples. */
export const wavSize = (samples: number): number => HEADER_BYTES + BYTES_PER_SAMPLE * samples;

/** How many samples a WAV of this size has. */
export const samplesIn = (sizeBytes: number): number => (sizeBytes - HEADER_BYTES) / BYTES_PER_SAMPLE;

/** The first sample that a range of the WAV holds some of. */
export const firstSampleOf = ({ start }: ByteRange): number =>
  Math.max(0, Math.floor((start - HEADER_BYTES) / BYTES_PER_SAMPLE));

/** Players that only want to know what it is read no more than the header. */
export const needsSamples = ({ end }: ByteRange): boolean => end >= HEADER_BYTES;

/**
 * A range of a 16-bit mono WAV of exactly `sizeBytes`. Samples that are missing at the end are silence, those beyond are left
 * out: what was promised in a header must come.
 * @param pcm little-endian samples from {@link firstSampleOf} the range on; none where the range ends in the header
 */
export async function* wavBytes(
  pcm: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  sizeBytes: number,
  range: ByteRange,
): AsyncGenerator<Uint8Array> {
  if (range.start < HEADER_BYTES) yield header(sizeBytes).subarray(range.start, range.end + 1);
  if (!needsSamples(range)) return;
  let position = HEADER_BYTES + BYTES_PER_SAMPLE * firstSampleOf(range);
  const within = (chunk: Uint8Array): Uint8Array => {
    const from = Math.max(0, range.start - position);
    const to = Math.min(chunk.length, range.end + 1 - position);
    position += chunk.length;
    return chunk.subarray(from, Math.max(from, to));
  };
  for await (const chunk of pcm) {
    const part = within(chunk);
    if (part.length > 0) yield part;
    if (position > range.end) return;
  }
  while (position <= range.end) {
    const part = within(new Uint8Array(Math.min(65_536, range.end + 1 - position)));
    if (part.length > 0) yield part;
  }
}

/** RIFF header (Microsoft, 1991): PCM, one channel, 16 bits. */
function header(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(sizeBytes - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(PCM_RATE_HZ, 24);
  bytes.writeUInt32LE(PCM_RATE_HZ * BYTES_PER_SAMPLE, 28);
  bytes.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(sizeBytes - HEADER_BYTES, 40);
  return bytes;
}
