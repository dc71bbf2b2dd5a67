import type { ByteRange } from './library.ports.js';

const HEADER_BYTES = 44;
const BYTES_PER_SAMPLE = 2;
export const WAV_RATE_HZ = 44_100;

/** Size in bytes of a 16-bit mono WAV of this length at {@link WAV_RATE_HZ}. */
export const wavSize = (durationS: number): number =>
  HEADER_BYTES + BYTES_PER_SAMPLE * Math.round(durationS * WAV_RATE_HZ);

/**
 * A 16-bit mono WAV of exactly `sizeBytes`, or the range of it that is asked for. Samples that are missing at the end are
 * silence, those beyond are left out: what was promised in a header must come. The part before the range is decoded and
 * dropped, which at some hundred times real time is quick enough for a listener who seeks.
 * @param samples mono, -1..1, at {@link WAV_RATE_HZ}
 */
export async function* wavBytes(
  samples: AsyncIterable<Float32Array>,
  sizeBytes: number,
  range: ByteRange = { start: 0, end: sizeBytes - 1 },
): AsyncGenerator<Buffer> {
  let position = 0;
  const within = (chunk: Buffer): Buffer => {
    const from = Math.max(0, range.start - position);
    const to = Math.min(chunk.length, range.end + 1 - position);
    position += chunk.length;
    return from < to ? chunk.subarray(from, to) : Buffer.alloc(0);
  };
  const first = within(header(sizeBytes));
  if (first.length > 0) yield first;
  for await (const chunk of samples) {
    if (position > range.end) return;
    const part = within(toPcm(chunk));
    if (part.length > 0) yield part;
  }
  while (position <= range.end) {
    const part = within(Buffer.alloc(Math.min(65_536, range.end + 1 - position)));
    if (part.length > 0) yield part;
  }
}

function toPcm(samples: Float32Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length * BYTES_PER_SAMPLE);
  samples.forEach((sample, index) => {
    bytes.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), index * BYTES_PER_SAMPLE);
  });
  return bytes;
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
  bytes.writeUInt32LE(WAV_RATE_HZ, 24);
  bytes.writeUInt32LE(WAV_RATE_HZ * BYTES_PER_SAMPLE, 28);
  bytes.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(sizeBytes - HEADER_BYTES, 40);
  return bytes;
}
