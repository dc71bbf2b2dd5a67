import type { ByteRange } from './library.ports.js';

const HEADER_BYTES = 44;
const MOST_TOLD = 2 ** 32 - 1;

/** How samples stand in a row: whole numbers, little-endian, those of the channels in turn. */
export interface PcmFormat {
  channels: 1 | 2;
  rateHz: number;
  bits: 16 | 24;
}

/** A WAV of so many frames: samples of all channels at one time. */
export interface Wav {
  format: PcmFormat;
  frames: number;
}

export const frameBytesOf = ({ channels, bits }: PcmFormat): number => (channels * bits) / 8;

/** Size in bytes; chunks of odd length have a byte behind them. */
export function wavSize({ format, frames }: Wav): number {
  const data = frames * frameBytesOf(format);
  return HEADER_BYTES + data + (data % 2);
}

/** The first frame that a range of the WAV holds some of. */
export const firstFrameOf = (format: PcmFormat, { start }: ByteRange): number =>
  Math.max(0, Math.floor((start - HEADER_BYTES) / frameBytesOf(format)));

/** Players that only want to know what it is read no more than the header. */
export const needsSamples = ({ end }: ByteRange): boolean => end >= HEADER_BYTES;

/**
 * A range of a WAV. Samples that are missing at the end are silence, those beyond are left out: what was promised in a header must
 * come.
 * @param pcm samples from {@link firstFrameOf} the range on; none where the range ends in the header
 */
export async function* wavBytes(
  pcm: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  wav: Wav,
  range: ByteRange,
): AsyncGenerator<Uint8Array> {
  if (range.start < HEADER_BYTES) yield header(wav).subarray(range.start, range.end + 1);
  if (!needsSamples(range)) return;
  let position = HEADER_BYTES + frameBytesOf(wav.format) * firstFrameOf(wav.format, range);
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

/** RIFF header (Microsoft, 1991): PCM. */
function header(wav: Wav): Buffer {
  const { channels, rateHz, bits } = wav.format;
  const frameBytes = frameBytesOf(wav.format);
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(Math.min(MOST_TOLD, wavSize(wav) - 8), 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(rateHz, 24);
  bytes.writeUInt32LE(rateHz * frameBytes, 28);
  bytes.writeUInt16LE(frameBytes, 32);
  bytes.writeUInt16LE(bits, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(Math.min(MOST_TOLD, wav.frames * frameBytes), 40);
  return bytes;
}
