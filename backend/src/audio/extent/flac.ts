import { lackingShare, NOTHING, share, type Bytes, type Found } from './bytes.js';
import { frameEnd, type FrameShape } from './flac-frame.js';

/** At least this much of the end is searched for the last frame. */
const TAIL = 2 ** 17;
const MAX_TAIL = 2 ** 22;
const MAX_BLOCKS = 200;
/** Of what looks like a frame and is none, more is made up. */
const MAX_TRIED = 10_000;

export interface StreamInfo {
  channels: number;
  bits: number;
  minBlock: number;
  maxBlock: number;
  maxFrame: number;
  rateHz: number;
  /** Samples of each channel; 0 where that is not known. */
  total: number;
  audioAt: number;
  /** Whether the head was wrong, and this is what the first frame says. */
  mended: boolean;
}

interface Frame extends FrameShape {
  at: number;
  /** Number of its first sample, and of the first behind it. */
  from: number;
  to: number;
  /** As its own header says; 0 where that leaves it to the head of the file. */
  ownRateHz: number;
  ownBits: number;
  isVariable: boolean;
}

/**
 * FLAC (RFC 9639): the number of samples in the header is compared with the place of the last whole frame. Where that is not the
 * last sample, and more bytes follow, the file was cut off in a frame. Bytes behind the last sample are none of its sound: tags of
 * other formats, padding, rubbish. A frame at the very end of the file that is whole is the end, whatever the header says.
 */
export async function flac(bytes: Bytes, start: number): Promise<Found> {
  const info = await streamInfo(bytes, start);
  if (!info) return NOTHING;
  const { total, rateHz } = info;
  const cutOff = (present: number): Found => ({
    extent: share(total, present, total / rateHz),
    durationS: total / rateHz,
  });
  const { last, begun } = await framesAtEnd(bytes, info);
  if (!last) return begun && total > 0 ? cutOff(begun.from) : NOTHING;
  const isEnd = last.to >= total || last.endsAt === bytes.size || TAGS.test(await textAt(bytes, last.endsAt));
  if (isEnd) return { extent: null, durationS: last.to / rateHz };
  // However little of the sound it is: one that goes on and is not whole was lost.
  const goesOn = begun?.at === last.endsAt && begun.from === last.to && last.to > NEARLY * total;
  return goesOn && lackingShare(cutOff(last.to).extent) === null
    ? { extent: { kind: 'broken', afterS: last.to / rateHz } }
    : cutOff(last.to);
}

/** A share that cannot be told from all of it. */
const NEARLY = 0.99;
/** Tags are put behind what is finished. */
const TAGS = /^(?:TAG|APETAGEX|ID3)/;
const textAt = async (bytes: Bytes, at: number): Promise<string> => (await bytes.read(at, 8)).toString('latin1');

/** Where the sound of a FLAC ends that is whole, and other bytes follow; null for any other. */
export async function foreignBehind(bytes: Bytes, start: number): Promise<number | null> {
  const info = await streamInfo(bytes, start);
  const { last } = info ? await framesAtEnd(bytes, info) : { last: null };
  return last && last.endsAt < bytes.size && (last.to >= info!.total || info!.total === 0) ? last.endsAt : null;
}

/**
 * The last whole frame, with the place in the file behind it; where there is none, the first that begins and does not end. Whatever
 * looks like the head of a frame, in another or behind all, is told from one by its end.
 */
async function framesAtEnd(
  bytes: Bytes,
  info: StreamInfo,
): Promise<{ last: { to: number; endsAt: number } | null; begun: Frame | null }> {
  for (let length = Math.max(TAIL, 2 * info.maxFrame); ; length *= 4) {
    const tailAt = Math.max(info.audioAt, bytes.size - Math.min(length, MAX_TAIL));
    const tail = await bytes.read(tailAt, bytes.size - tailAt);
    let begun: Frame | null = null;
    let tried = 0;
    for (let at = tail.lastIndexOf(0xff, tail.length - 6); at >= 0; at = at > 0 ? tail.lastIndexOf(0xff, at - 1) : -1) {
      const frame = isSync(tail, at) ? frameAt(tail, at, info) : null;
      if (!frame) continue;
      if (++tried > MAX_TRIED) return { last: null, begun: null };
      const end = frameEnd(tail, frame);
      if (end !== null && crc16(tail, at, end) === 0) return { last: { to: frame.to, endsAt: tailAt + end }, begun };
      begun = { ...frame, at: tailAt + at };
    }
    if (tailAt === info.audioAt || length >= MAX_TAIL) return { last: null, begun };
  }
}

/** What the head of a FLAC says, or its first frame, where they contradict each other; null when it is none. */
export async function streamInfo(bytes: Bytes, start: number): Promise<StreamInfo | null> {
  let at = start + 4;
  let info: Omit<StreamInfo, 'audioAt' | 'mended'> | null = null;
  for (let count = 0; count < MAX_BLOCKS; count++) {
    const block = await bytes.read(at, 4 + 34);
    if (block.length < 4) return null;
    if ((block[0]! & 127) === 0 && block.length === 38) {
      const total = block.readUIntBE(4 + 13, 5);
      info = {
        minBlock: block.readUInt16BE(4),
        maxBlock: block.readUInt16BE(4 + 2),
        maxFrame: block.readUIntBE(4 + 7, 3),
        rateHz: block.readUIntBE(4 + 10, 3) >> 4,
        bits: (((block[4 + 12]! & 1) << 4) | (block[4 + 13]! >> 4)) + 1,
        channels: ((block[4 + 12]! >> 1) & 7) + 1,
        total: total % 2 ** 36,
      };
    }
    at += 4 + block.readUIntBE(1, 3);
    if (block[0]! & 128) {
      const found = info && mended({ ...info, audioAt: at, mended: false }, await bytes.read(at, LONGEST_HEADER));
      return found && found.rateHz > 0 ? found : null;
    }
  }
  return null;
}

const LONGEST_HEADER = 16;

/** Frames are decoded by their own headers: what those say is so. */
function mended(info: StreamInfo, first: Buffer): StreamInfo {
  const frame = isSync(first, 0) ? frameAt(first, 0, info) : null;
  if (!frame) return info;
  const { size, isVariable, assignment } = frame;
  const own = {
    bits: frame.ownBits || info.bits,
    rateHz: frame.ownRateHz || info.rateHz,
    channels: assignment < 8 ? assignment + 1 : 2,
  };
  // All blocks but the last have one size, or any up to the largest.
  const isOfItsSize = size <= info.maxBlock && (isVariable || size >= info.minBlock || info.total <= size);
  const isTrue = own.bits === info.bits && own.rateHz === info.rateHz && own.channels === info.channels && isOfItsSize;
  return isTrue ? info : { ...info, ...own, ...(isOfItsSize ? {} : { minBlock: size }), mended: true };
}

/** Whether a frame begins here, by its check sum. */
export const beginsFrame = (bytes: Buffer, at: number, info: StreamInfo): boolean =>
  isSync(bytes, at) && frameAt(bytes, at, info) !== null;

const isSync = (bytes: Buffer, at: number): boolean => bytes[at] === 0xff && (bytes[at + 1]! & 0xfe) === 0xf8;

/** Samples that all frames of a file announce together: no decoder makes more of it. Those of other bits than the head's do not count. */
export function announcedSamples(file: Buffer, info: StreamInfo): number {
  let samples = 0;
  for (let at = file.indexOf(0xff, info.audioAt); at >= 0 && at + 6 <= file.length; at = file.indexOf(0xff, at + 1)) {
    if ((file[at + 1]! & 0xfe) !== 0xf8) continue;
    const frame = frameAt(file, at, info);
    if (frame && (frame.ownBits === 0 || frame.ownBits === info.bits)) samples += frame.to - frame.from;
  }
  return samples;
}

/** By their code in the header of a frame; 0: those of the head, or not defined. */
const BITS = [0, 8, 12, 0, 16, 20, 24, 32];
const RATES_HZ = [0, 88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
const SMALL_BLOCKS = [0, 192, 576, 1152, 2304, 4608];

/** The header at this place, when its check sum says that it is one. */
function frameAt(tail: Buffer, at: number, { minBlock, bits }: StreamInfo): Frame | null {
  const sizeCode = tail[at + 2]! >> 4;
  const rateCode = tail[at + 2]! & 15;
  if (sizeCode === 0 || rateCode === 15 || tail[at + 3]! & 1 || tail[at + 3]! >> 4 > 10) return null;
  const first = tail[at + 4];
  if (first === undefined) return null;
  const ones = Math.clz32(~(first << 24));
  if (ones === 1 || ones > 7) return null;
  const numberLength = Math.max(1, ones);
  let number = ones === 0 ? first : first & (127 >> ones);
  for (let i = 1; i < numberLength; i++) number = number * 64 + ((tail[at + 4 + i] ?? 0) & 63);
  let next = at + 4 + numberLength;
  const extra = (length: number): number => {
    next += length;
    return next <= tail.length ? tail.readUIntBE(next - length, length) : 0;
  };
  const size =
    sizeCode < 6
      ? SMALL_BLOCKS[sizeCode]!
      : sizeCode === 6
        ? extra(1) + 1
        : sizeCode === 7
          ? extra(2) + 1
          : 2 ** sizeCode;
  const ownRateHz =
    rateCode < 12 ? RATES_HZ[rateCode]! : rateCode === 12 ? extra(1) * 1000 : extra(2) * (rateCode === 14 ? 10 : 1);
  if (next >= tail.length || crc8(tail, at, next) !== tail[next]) return null;
  const isVariable = (tail[at + 1]! & 1) === 1;
  const from = isVariable ? number : number * minBlock;
  const ownBits = BITS[(tail[at + 3]! >> 1) & 7]!;
  const shape = { bodyAt: next + 1, size, assignment: tail[at + 3]! >> 4, bits: ownBits || bits };
  return { at, from, to: from + size, ownRateHz, ownBits, isVariable, ...shape };
}

/** Over a frame with its check sum it is 0. */
function crc16(from: Buffer, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) crc = ((crc << 8) ^ CRC16[(crc >> 8) ^ from[i]!]!) & 0xffff;
  return crc;
}

function crc8(from: Buffer, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) crc = CRC8[crc ^ from[i]!]!;
  return crc;
}

const CRC8 = Uint8Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 128 ? (value << 1) ^ 0x07 : value << 1;
  return value;
});
const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 8;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000 ? (value << 1) ^ 0x8005 : value << 1;
  return value;
});
