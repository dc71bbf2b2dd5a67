import type { FileHandle } from 'node:fs/promises';
import { behindId3, openBytes, type Bytes } from './bytes.js';
import { foreignBehind } from './flac.js';
import { entryOf } from './entry.js';

/** From a byte to before another. */
export type Piece = readonly [from: number, to: number];

const HEAD = 32;
const MAGIC = Buffer.from('wvpk');
const SEARCHED = 2 ** 20;
/** A file with more holes is hardly a sound. */
const MAX_PIECES = 500;

/**
 * What can be read of a file with rubbish in it: of WavPack the blocks, where some stands between them (ffmpeg reads no further than
 * to the first), of FLAC what is before foreign bytes at its end.
 * @returns null for any other file, and for one without rubbish
 */
export async function readablePieces(file: FileHandle): Promise<Piece[] | null> {
  const bytes = await openBytes(file);
  const start = await behindId3(bytes);
  if ((await bytes.read(start, 4)).toString('latin1') === 'fLaC') {
    const end = await foreignBehind(bytes, start);
    return end === null ? null : [[(await entryOf(file))?.skipBytes ?? start, end]];
  }
  if (blockBytes(await bytes.read(start, HEAD)) === 0) return null;
  const pieces: Piece[] = [];
  let from = start;
  let at = start;
  while (at + HEAD <= bytes.size && pieces.length < MAX_PIECES) {
    const end = at + blockBytes(await bytes.read(at, HEAD));
    if (end > at && end <= bytes.size) {
      at = end;
      continue;
    }
    const next = await nextBlock(bytes, at + 1);
    // Tags stand behind the last block.
    if (next === null) break;
    if (at > from) pieces.push([from, at]);
    from = at = next;
  }
  if (pieces.length === 0) return null;
  pieces.push([from, at]);
  return pieces;
}

/** How long the block is whose head this is; 0 where it is none. */
function blockBytes(head: Buffer): number {
  if (head.length < HEAD || !head.subarray(0, 4).equals(MAGIC)) return 0;
  const version = head.readUInt16LE(8);
  const size = head.readUInt32LE(4);
  return version >= 0x402 && version <= 0x410 && size >= HEAD - 8 ? size + 8 : 0;
}

/** Where the next block begins that is followed by another, or by the end. */
async function nextBlock(bytes: Bytes, from: number): Promise<number | null> {
  for (let windowAt = from; windowAt + HEAD <= bytes.size; windowAt += SEARCHED) {
    // A head may lie across the border of two windows.
    const window = await bytes.read(windowAt, SEARCHED + HEAD);
    for (let i = window.indexOf(MAGIC); i >= 0 && i < SEARCHED; i = window.indexOf(MAGIC, i + 1)) {
      const at = windowAt + i;
      const end = at + blockBytes(await bytes.read(at, HEAD));
      if (end > at && (end === bytes.size || blockBytes(await bytes.read(end, HEAD)) > 0)) return at;
    }
  }
  return null;
}
