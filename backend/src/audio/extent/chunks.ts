import { isUnknown32, isUnknown64, NOTHING, share, type Bytes, type Found } from './bytes.js';

/** Chunks before the samples are few; a file with more of them is not worth following. */
const MAX_CHUNKS = 200;

interface Layout {
  /** Bytes of a chunk's head, which its size does not count. */
  head: number;
  /** Chunks start at multiples of this. */
  align: number;
  name(head: Buffer): string;
  /** Null: not known. */
  length(head: Buffer): number | null;
}

/** The size of the chunk of samples against what follows, in formats that are a row of chunks. */
async function sampleChunk(bytes: Bytes, start: number, sampleName: string, layout: Layout): Promise<Found> {
  let at = start;
  for (let count = 0; count < MAX_CHUNKS; count++) {
    const head = await bytes.read(at, layout.head);
    if (head.length < layout.head) return NOTHING;
    const length = layout.length(head);
    const from = at + layout.head;
    if (layout.name(head) === sampleName) {
      return { extent: length === null ? null : share(length, bytes.size - from) };
    }
    if (length === null) return NOTHING;
    at = from + Math.ceil(length / layout.align) * layout.align;
  }
  return NOTHING;
}

const chunk32 = (length: (head: Buffer) => number): Layout => ({
  head: 8,
  align: 2,
  name: (head) => head.toString('latin1', 0, 4),
  length: (head) => (head.toString('latin1', 0, 4) !== 'data' || !isUnknown32(length(head)) ? length(head) : null),
});

/** RIFF and, with sizes of 64 bits in a chunk of their own, RF64 and BW64 (EBU Tech 3306). */
export async function wav(bytes: Bytes, start: number): Promise<Found> {
  const head = await bytes.read(start, 36);
  if (!/^(?:RIFF|RF64|BW64)....WAVE/s.test(head.toString('latin1'))) return NOTHING;
  const long = head.length === 36 && head.toString('latin1', 12, 16) === 'ds64' ? head.readBigUInt64LE(28) : null;
  const ofData = long === null || isUnknown64(long) ? null : Number(long);
  const layout = chunk32((chunk) => chunk.readUInt32LE(4));
  return sampleChunk(bytes, start + 12, 'data', {
    ...layout,
    length: (chunk) =>
      ofData !== null && layout.name(chunk) === 'data' && chunk.readUInt32LE(4) === 0xffffffff
        ? ofData
        : layout.length(chunk),
  });
}

/** Sony Wave64: names are GUIDs, sizes have 64 bits and count the head. */
export function wave64(bytes: Bytes, start: number): Promise<Found> {
  return sampleChunk(bytes, start + 40, 'data', {
    head: 24,
    align: 8,
    name: (head) => head.toString('latin1', 0, 4),
    length: (head) => (isUnknown64(head.readBigInt64LE(16) - 24n) ? null : Number(head.readBigInt64LE(16)) - 24),
  });
}

/** AIFF and AIFC; the chunk of samples begins with 8 bytes of its own. */
export function aiff(bytes: Bytes, start: number): Promise<Found> {
  return sampleChunk(bytes, start + 12, 'SSND', {
    head: 8,
    align: 2,
    name: (head) => head.toString('latin1', 0, 4),
    length: (head) => {
      const length = head.readUInt32BE(4);
      return head.toString('latin1', 0, 4) === 'SSND' && (length <= 8 || isUnknown32(length)) ? null : length;
    },
  });
}

/** Apple Core Audio Format. */
export function caf(bytes: Bytes, start: number): Promise<Found> {
  return sampleChunk(bytes, start + 8, 'data', {
    head: 12,
    align: 1,
    name: (head) => head.toString('latin1', 0, 4),
    length: (head) => (isUnknown64(head.readBigInt64BE(4)) ? null : Number(head.readBigInt64BE(4))),
  });
}

/** Sun and NeXT audio. */
export async function au(bytes: Bytes, start: number): Promise<Found> {
  const head = await bytes.read(start, 12);
  if (head.length < 12) return NOTHING;
  const announced = head.readUInt32BE(8);
  return { extent: isUnknown32(announced) ? null : share(announced, bytes.size - start - head.readUInt32BE(4)) };
}
