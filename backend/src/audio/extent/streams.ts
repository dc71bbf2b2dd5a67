import { NOTHING, share, type Bytes, type Found } from './bytes.js';

/** Pages and blocks are smaller; this much of the end holds the last one. */
const TAIL = 2 ** 18;

/** Ogg: pages, each of which tells its size. Nothing says how long the whole is, but a page that is not whole is a break. */
export async function ogg(bytes: Bytes, start: number): Promise<Found> {
  const tailAt = Math.max(start, bytes.size - TAIL);
  const tail = await bytes.read(tailAt, TAIL);
  const rate = sampleRateOf(await bytes.read(start, 256));
  let position: number | null = null;
  let at = tail.indexOf('OggS');
  while (at >= 0) {
    const end = pageEnd(tail, at);
    if (end === null || end > tail.length) {
      // Four letters may occur by chance within a page that was whole; then that one's end was not the end of the file.
      const follows = tail.indexOf('OggS', at + 4);
      if (follows < 0)
        return { extent: { kind: 'broken', afterS: position === null || !rate ? null : position / rate } };
      at = follows;
      continue;
    }
    const granule = tail.readBigInt64LE(at + 6);
    if (granule >= 0n) position = Number(granule);
    at = tail.indexOf('OggS', end);
  }
  return NOTHING;
}

/** Where a page ends; null when not even its head is whole. */
function pageEnd(from: Buffer, at: number): number | null {
  const segments = from[at + 26];
  if (segments === undefined || at + 27 + segments > from.length) return null;
  let end = at + 27 + segments;
  for (let i = 0; i < segments; i++) end += from[at + 27 + i]!;
  return end;
}

/** Units of a position per second, from the first page. */
function sampleRateOf(head: Buffer): number | null {
  const packet = head.subarray(27 + (head[26] ?? 0));
  if (packet.length < 40) return null;
  const name = packet.toString('latin1', 0, 8);
  if (name.startsWith('OpusHead')) return 48_000;
  if (name.startsWith('\u0001vorbis')) return packet.readUInt32LE(12);
  if (name.startsWith('Speex')) return packet.readUInt32LE(36);
  if (name.startsWith('\u007fFLAC')) return packet.readUIntBE(27, 3) >> 4;
  return null;
}

/** WavPack: blocks, each of which tells its size, its place and how many samples there are in all. */
export async function wavpack(bytes: Bytes, start: number): Promise<Found> {
  const first = await bytes.read(start, 32);
  if (first.length < 32) return NOTHING;
  const total = first.readUInt32LE(12);
  const rate = [
    6000, 8000, 9600, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000, 192_000,
  ][(first.readUInt32LE(24) >>> 23) & 15];
  if (total === 0xffffffff || total === 0) return NOTHING;
  // Blocks of many channels and high rates may be large; one that is larger than this is told by decoding alone.
  const tailAt = Math.max(start, bytes.size - 4 * TAIL);
  const tail = await bytes.read(tailAt, 4 * TAIL);
  for (let at = tail.lastIndexOf('wvpk'); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf('wvpk', at - 1)) {
    const isWhole = at + 32 <= tail.length;
    if (!isWhole) continue;
    const index = tail.readUInt32LE(at + 16);
    const samples = tail.readUInt32LE(at + 20);
    const version = tail.readUInt16LE(at + 8);
    if (version < 0x402 || version > 0x410 || index > total || samples > total) continue;
    const end = at + 8 + tail.readUInt32LE(at + 4);
    if (end > tail.length) return { extent: share(total, index) };
    return rate && samples > 0 ? { extent: null, durationS: (index + samples) / rate } : NOTHING;
  }
  return NOTHING;
}
