import type { FileHandle } from 'node:fs/promises';
import { openBytes, type Bytes } from '../extent/bytes.js';

/** Uncompressed samples in a file, and all that is to be known to read them. */
export interface PlainFile {
  /** As ffmpeg calls it. */
  codec: string;
  sampleRateHz: number;
  channels: number;
  sample: SampleFormat;
  /** Where the samples begin, bytes. */
  from: number;
  frames: number;
}

export interface SampleFormat {
  kind: 'unsigned' | 'signed' | 'float';
  bytes: 1 | 2 | 3 | 4 | 8;
  bigEndian: boolean;
}

/** Chunks before the samples; a file with more of them is left to ffmpeg. */
const MAX_CHUNKS = 32;
/** Chunks before the samples may be long (pictures, notes), but are not followed without end. */
const MAX_BEFORE = 2 ** 24;
const MAX_CHANNELS = 8;

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** Of KSDATAFORMAT_SUBTYPE_PCM and _IEEE_FLOAT, behind the first two bytes. */
const GUID_REST = '000000001000800000aa00389b71';
/** Other sound that passes for samples: ffmpeg looks for it and takes it out (S/PDIF, DTS). */
const PASSENGERS = ['72f81f4e', 'f8724e1f', 'fe7f0180', '7ffe8001', 'ff1f00e8', '1fffe800'];
const SEARCHED = 2 ** 16;

/**
 * Reads from the head of a WAV or AIFF how to read its samples. Only files of which everything is as usual: what is odd in any way
 * (other codecs, a length that is not that of the file, several heads) is for ffmpeg to judge.
 */
export async function readPlain(file: FileHandle): Promise<PlainFile | null> {
  const bytes = await openBytes(file);
  const head = (await bytes.read(0, 12)).toString('latin1');
  const found = /^RIFF....WAVE$/s.test(head)
    ? await wav(bytes)
    : /^FORM....AIF[FC]$/s.test(head)
      ? await aiff(bytes)
      : null;
  return found && !(await hasPassenger(bytes, found.from)) ? found : null;
}

async function hasPassenger(bytes: Bytes, from: number): Promise<boolean> {
  const start = await bytes.read(from, SEARCHED);
  return PASSENGERS.some((mark) => start.includes(Buffer.from(mark, 'hex')));
}

interface Chunk {
  name: string;
  length: number;
  at: number;
}

/** The chunks from one of a given name to the first of another, both included; null where they do not follow each other plainly. */
async function chunksOf(bytes: Bytes, lengthOf: (head: Buffer) => number, last: string): Promise<Chunk[] | null> {
  const chunks: Chunk[] = [];
  for (let at = 12; chunks.length < MAX_CHUNKS && at < MAX_BEFORE;) {
    const head = await bytes.read(at, 8);
    if (head.length < 8) return null;
    const chunk = { name: head.toString('latin1', 0, 4), length: lengthOf(head), at: at + 8 };
    if (chunk.at + chunk.length > bytes.size || chunks.some(({ name }) => name === chunk.name && name !== 'LIST'))
      return null;
    chunks.push(chunk);
    if (chunk.name === last) return chunks;
    at = chunk.at + chunk.length + (chunk.length % 2);
  }
  return null;
}

async function wav(bytes: Bytes): Promise<PlainFile | null> {
  const chunks = await chunksOf(bytes, (head) => head.readUInt32LE(4), 'data');
  const [format, data] = ['fmt ', 'data'].map((wanted) => chunks?.find(({ name }) => name === wanted));
  if (!format || !data || format.length < 16 || format.length > 64) return null;
  const head = await bytes.read(format.at, format.length);
  const tag = head.readUInt16LE(0);
  const bits = head.readUInt16LE(14);
  const isExtensible = tag === EXTENSIBLE;
  if (
    isExtensible &&
    (head.length < 40 || head.readUInt16LE(18) !== bits || head.toString('hex', 26, 40) !== GUID_REST)
  )
    return null;
  const kind = isExtensible ? head.readUInt16LE(24) : tag;
  if (kind !== PCM && kind !== FLOAT) return null;
  const sample = kind === FLOAT ? floatOf(bits, false) : bits === 8 ? unsigned : integerOf(bits, false);
  return plain(sample, {
    channels: head.readUInt16LE(2),
    sampleRateHz: head.readUInt32LE(4),
    frameBytes: head.readUInt16LE(12),
    from: data.at,
    length: data.length,
  });
}

async function aiff(bytes: Bytes): Promise<PlainFile | null> {
  const isCompressed = (await bytes.read(8, 4)).toString('latin1') === 'AIFC';
  const chunks = await chunksOf(bytes, (head) => head.readUInt32BE(4), 'SSND');
  const [common, data] = ['COMM', 'SSND'].map((wanted) => chunks?.find(({ name }) => name === wanted));
  if (!common || !data || common.length < (isCompressed ? 22 : 18) || data.length < 8) return null;
  const head = await bytes.read(common.at, Math.min(common.length, 64));
  const offset = (await bytes.read(data.at, 4)).readUInt32BE(0);
  const sampleRateHz = extended(head);
  if (offset !== 0 || sampleRateHz === null) return null;
  const bits = head.readUInt16BE(6);
  const coding = isCompressed ? head.toString('latin1', 18, 22) : 'NONE';
  const sample =
    coding === 'NONE' || coding === 'twos'
      ? integerOf(bits, true)
      : coding === 'sowt' && bits === 16
        ? integerOf(bits, false)
        : /^fl32$/i.test(coding) && bits === 32
          ? floatOf(bits, true)
          : null;
  const found = plain(sample, {
    channels: head.readUInt16BE(0),
    sampleRateHz,
    frameBytes: (head.readUInt16BE(0) * bits) / 8,
    from: data.at + 8,
    length: data.length - 8,
  });
  return found?.frames === head.readUInt32BE(2) ? found : null;
}

function plain(
  sample: SampleFormat | null,
  of: { channels: number; sampleRateHz: number; frameBytes: number; from: number; length: number },
): PlainFile | null {
  const { channels, sampleRateHz, frameBytes, from, length } = of;
  if (!sample || channels < 1 || channels > MAX_CHANNELS || frameBytes !== channels * sample.bytes) return null;
  if (length === 0 || length % frameBytes !== 0) return null;
  return { codec: codecOf(sample), sampleRateHz, channels, sample, from, frames: length / frameBytes };
}

const unsigned: SampleFormat = { kind: 'unsigned', bytes: 1, bigEndian: false };

function integerOf(bits: number, bigEndian: boolean): SampleFormat | null {
  const bytes = bits / 8;
  if (bytes !== 1 && bytes !== 2 && bytes !== 3 && bytes !== 4) return null;
  return { kind: 'signed', bytes, bigEndian };
}

function floatOf(bits: number, bigEndian: boolean): SampleFormat | null {
  return bits === 32 || bits === 64 ? { kind: 'float', bytes: bits === 32 ? 4 : 8, bigEndian } : null;
}

function codecOf({ kind, bytes, bigEndian }: SampleFormat): string {
  const letter = { unsigned: 'u', signed: 's', float: 'f' }[kind];
  return `pcm_${letter}${8 * bytes}${bytes === 1 ? '' : bigEndian ? 'be' : 'le'}`;
}

/** The rate in a COMM chunk, a float of 80 bits, where it is a whole number. */
function extended(head: Buffer): number | null {
  const exponent = head.readUInt16BE(8) - 16_383;
  if (exponent < 0 || exponent > 30 || head.readUInt32BE(14) !== 0) return null;
  const rate = head.readUInt32BE(10) / 2 ** (31 - exponent);
  return Number.isInteger(rate) ? rate : null;
}
