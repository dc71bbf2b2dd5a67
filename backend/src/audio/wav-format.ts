import type { FileHandle } from 'node:fs/promises';

const MAX_CHUNKS = 16;
const SNIFFED_BYTES = 65_536;
const PCM = 1;
const EXTENSIBLE = 0xfffe;
/** KSDATAFORMAT_SUBTYPE_PCM, behind its first two bytes. */
const PCM_GUID_REST = '000000001000800000aa00389b71';
const CODECS = ['pcm_u8', 'pcm_s16le', 'pcm_s24le', 'pcm_s32le'] as const;

/** What the `fmt ` chunk of a WAV file says of whole-number samples. */
export interface IntegerFormat {
  codec: (typeof CODECS)[number];
  channels: number;
  sampleRateHz: number;
  frameBytes: number;
  /** Of each sample, fewer than it has room for. */
  bits: number;
}

/**
 * How to read a WAV of whole numbers whose samples take more room than they have bits (24 in 32, 20 in 24). ffmpeg goes by the
 * bits and takes some of them for floats, others for samples of another size; the room is what counts.
 * @returns null for all other files: ffmpeg knows best
 */
export async function integerFormatOf(file: FileHandle): Promise<IntegerFormat | null> {
  const head = Buffer.alloc(12);
  await file.read(head, 0, 12, 0);
  if (!/^(?:RIFF|RF64|BW64)....WAVE$/s.test(head.toString('latin1'))) return null;
  const chunk = Buffer.alloc(8 + 40);
  for (let at = 12, count = 0; count < MAX_CHUNKS; count++) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead < 8 + 16) return null;
    const length = chunk.readUInt32LE(4);
    if (chunk.toString('latin1', 0, 4) === 'fmt ') return formatOf(chunk.subarray(8, 8 + Math.min(length, 40)), file);
    at += 8 + length + (length % 2);
  }
  return null;
}

/** The name of ffmpeg's decoder alone; see {@link integerFormatOf}. */
export const integerCodecOf = async (file: FileHandle): Promise<string | null> =>
  (await integerFormatOf(file))?.codec ?? null;

async function formatOf(fmt: Buffer, file: FileHandle): Promise<IntegerFormat | null> {
  if (fmt.length < 16) return null;
  const tag = fmt.readUInt16LE(0);
  const channels = fmt.readUInt16LE(2);
  const frameBytes = fmt.readUInt16LE(12);
  const bits = fmt.readUInt16LE(14);
  const isExtensible = tag === EXTENSIBLE && fmt.length >= 40;
  const isPcm = isExtensible
    ? fmt.readUInt16LE(24) === PCM && fmt.toString('hex', 26, 40) === PCM_GUID_REST
    : tag === PCM;
  const validBits = isExtensible ? fmt.readUInt16LE(18) : bits;
  const bytes = frameBytes / channels;
  const codec = CODECS[bytes - 1];
  if (!isPcm || !codec || validBits === bytes * 8 || validBits === 0 || validBits > bytes * 8) return null;
  if (!isExtensible && bytes === 4 && (await holdsFloats(file))) return null;
  return { codec, channels, frameBytes, sampleRateHz: fmt.readUInt32LE(4), bits: validBits };
}

/** Without the long form of the chunk, fewer bits in four bytes may also mean floats: an old editor wrote them so. */
async function holdsFloats(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFFED_BYTES), 0, SNIFFED_BYTES, 44);
  let values = 0;
  let likely = 0;
  for (let at = 0; at + 4 <= bytesRead; at += 4) {
    const size = Math.abs(buffer.readFloatLE(at));
    if (size === 0) continue;
    values++;
    // Whole numbers, read as floats, are mostly far below or far above.
    if (size > 1e-9 && size < 2 ** 26) likely++;
  }
  return likely > values * 0.9;
}
