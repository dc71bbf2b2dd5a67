import type { FileHandle } from 'node:fs/promises';

/** Random access to a file; what lies beyond its end is left out. */
export interface Bytes {
  size: number;
  read(at: number, length: number): Promise<Buffer>;
}

/** How much of its sound a file announces and how much of that is there, in bytes or samples alike; or where it breaks off. */
export type Extent =
  | {
      kind: 'share';
      announced: number;
      present: number;
      /** Seconds of sound that are announced, where that is known. */
      lengthS: number | null;
    }
  /** It ends in the middle, but never said how long it is. @property afterS seconds that are there, where that is known */
  | { kind: 'broken'; afterS: number | null }
  /** Nothing in it can be used without a part that is missing. */
  | { kind: 'headless' };

/** What a reader of one format finds. */
export interface Found {
  /** Null: the file does not say, or there is no way to know. */
  extent: Extent | null;
  /** How long it is, where the structure of the file tells it better than its header; null: its header is not to be believed. */
  durationS?: number | null;
}

export async function openBytes(file: FileHandle): Promise<Bytes> {
  const { size } = await file.stat();
  return {
    size,
    async read(at, length) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, Math.min(length, size - at))), {
        position: at,
      });
      return buffer.subarray(0, bytesRead);
    },
  };
}

const NEAR = 2 ** 20;
/** Programs that write to a pipe cannot know a size of 32 bits, and put nothing, or about the largest number, in its place. */
export const isUnknown32 = (size: number): boolean =>
  size === 0 || Math.abs(size - 2 ** 31) <= NEAR || size >= 2 ** 32 - NEAR;

/** The same of 64 bits. */
export const isUnknown64 = (size: bigint): boolean => size <= 0n || size >= 2n ** 62n;

export const share = (announced: number, present: number, lengthS: number | null = null): Extent => ({
  kind: 'share',
  announced,
  present,
  lengthS,
});

/** A frame or a few that are missing at the end: no reason to refuse the rest. */
const LITTLE_SHARE = 0.02;
const LITTLE_S = 0.5;
/** Programs that count wrongly are a few bytes off. */
const TOLERATED_BYTES = 64;
const TOLERATED_SHARE = 0.001;

/** How much of its sound a file lacks: a share, 0..1, 0 for one that is whole; null for so much that the file is to be refused. */
export function lackingShare(extent: Extent | null): number | null {
  if (!extent) return 0;
  if (extent.kind !== 'share') return null;
  const { announced, present, lengthS } = extent;
  const lacking = (announced - present) / announced;
  if (announced - present <= Math.max(TOLERATED_BYTES, TOLERATED_SHARE * announced)) return 0;
  return lengthS !== null && lacking <= LITTLE_SHARE && lacking * lengthS <= LITTLE_S ? lacking : null;
}

export const NOTHING: Found = { extent: null };

/** Tags of MP3 stand in front of other formats too. */
export async function behindId3(bytes: Bytes): Promise<number> {
  let start = 0;
  for (let count = 0; count < 4; count++) {
    const head = await bytes.read(start, 10);
    if (head.length < 10 || head.toString('latin1', 0, 3) !== 'ID3') break;
    const [a, b, c, d] = head.subarray(6) as unknown as [number, number, number, number];
    start += 10 + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127) + (head[5]! & 16 ? 10 : 0);
  }
  return start;
}
