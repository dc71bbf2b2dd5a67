import { NOTHING, share, type Bytes, type Found } from './bytes.js';

const MAX_BOXES = 100_000;
const BOXES =
  /^(?:ftyp|styp|moov|moof|mdat|mfra|sidx|ssix|prft|emsg|free|skip|wide|pnot|PICT|uuid|meta|pdin|bloc|junk)$/;

/** MP4, M4A and MOV: a row of boxes, of which `moov` tells where the others hold what. */
export async function mp4(bytes: Bytes, start: number): Promise<Found> {
  let at = start;
  let hasIndex = false;
  for (let count = 0; count < MAX_BOXES && at + 8 <= bytes.size; count++) {
    const head = await bytes.read(at, 16);
    const type = head.toString('latin1', 4, 8);
    // Something else behind the last box is no damage.
    if (!BOXES.test(type)) break;
    const short = head.readUInt32BE(0);
    const long = short === 1 && head.length === 16;
    const length = long ? Number(head.readBigUInt64BE(8)) : short === 0 ? bytes.size - at : short;
    if (length < 8) break;
    if (at + length > bytes.size && type !== 'free' && type !== 'skip') {
      const headLength = long ? 16 : 8;
      const isUsable = hasIndex && type === 'mdat';
      return { extent: isUsable ? share(length - headLength, bytes.size - at - headLength) : { kind: 'headless' } };
    }
    hasIndex ||= type === 'moov';
    at += length;
  }
  return { extent: hasIndex ? null : { kind: 'headless' } };
}

/** Matroska and WebM: one element holds all. */
export async function matroska(bytes: Bytes, start: number): Promise<Found> {
  const head = await bytes.read(start, 4096);
  const ebml = variableSize(head, 4);
  if (!ebml || ebml.value === null) return NOTHING;
  const at = 4 + ebml.length + ebml.value;
  if (head.length < at + 12 || head.readUInt32BE(at) !== 0x18538067) return NOTHING;
  const segment = variableSize(head, at + 4);
  if (!segment || segment.value === null) return NOTHING;
  return { extent: share(segment.value, bytes.size - start - at - 4 - segment.length) };
}

/** A number of 1 to 8 bytes, whose leading zeros tell its length; null where all its bits are set: not known. */
function variableSize(from: Buffer, at: number): { value: number | null; length: number } | null {
  const length = Math.clz32(from[at] ?? 0) - 23;
  if (length > 8 || at + length > from.length) return null;
  let value = BigInt(from[at]!) & ((1n << BigInt(8 - length)) - 1n);
  for (let i = 1; i < length; i++) value = (value << 8n) | BigInt(from[at + i]!);
  return { value: value === (1n << BigInt(7 * length)) - 1n ? null : Number(value), length };
}

const ASF_DATA = '3626b2758e66cf11a6d900aa0062ce6c';

/** WMA: a header, then one object with all packets. */
export async function asf(bytes: Bytes, start: number): Promise<Found> {
  const header = await bytes.read(start, 24);
  if (header.length < 24) return NOTHING;
  const at = start + Number(header.readBigUInt64LE(16));
  const data = await bytes.read(at, 24);
  if (data.length < 24 || data.toString('hex', 0, 16) !== ASF_DATA) return NOTHING;
  const length = Number(data.readBigUInt64LE(16));
  return { extent: length > 50 ? share(length, bytes.size - at) : null };
}
