import type { FileHandle } from 'node:fs/promises';
import { behindId3, openBytes } from './bytes.js';

const WINDOW = 2 ** 20;
const HEAD = 8;
/** Tags and padding around the frames are no damage. */
const EDGE_BYTES = 4096;

/**
 * How much of a bare stream of MP3, AAC (ADTS) or AC-3 frames is neither frame nor tag: a share of its bytes, 0..1. Reads the whole
 * file, a megabyte at a time; for files of which it is known that something is wrong.
 */
export async function strayShare(file: FileHandle): Promise<number> {
  const bytes = await openBytes(file);
  let window: Buffer = Buffer.alloc(0);
  let windowAt = 0;
  const at = async (position: number): Promise<Buffer> => {
    if (position < windowAt || position + HEAD > windowAt + window.length) {
      windowAt = position;
      window = await bytes.read(position, WINDOW);
    }
    return window.subarray(position - windowAt, position - windowAt + HEAD);
  };
  let stray = 0;
  let run = 0;
  let hasFrames = false;
  let isInside = false;
  let position = await behindId3(bytes);
  while (position + HEAD <= bytes.size) {
    const length = frameLength(await at(position));
    // Two frames in a row are no chance.
    const next = position + length;
    const isFrame = length > 0 && (next + HEAD > bytes.size || isInside || frameLength(await at(next)) > 0);
    if (isFrame) {
      if (hasFrames || run > EDGE_BYTES) stray += run;
      hasFrames = true;
      run = 0;
      isInside = true;
      position = next;
    } else {
      run++;
      isInside = false;
      position++;
    }
  }
  if (run > EDGE_BYTES) stray += run;
  return bytes.size === 0 ? 0 : stray / bytes.size;
}

const KBPS_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBPS_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** Bytes of the MP3, ADTS or AC-3 frame that begins here; 0 where none does. */
function frameLength(head: Buffer): number {
  if (head[0] === 0x0b && head[1] === 0x77) return ac3Length(head);
  if (head[0] !== 0xff) return 0;
  const second = head[1]!;
  if ((second & 0xf6) === 0xf0) {
    const length = ((head[3]! & 3) << 11) | (head[4]! << 3) | (head[5]! >> 5);
    return length > 8 ? length : 0;
  }
  if ((second & 0xe6) !== 0xe2) return 0;
  const version = (second >> 3) & 3;
  const rate = [44_100, 48_000, 32_000][(head[2]! >> 2) & 3];
  const kbps = (version === 3 ? KBPS_1 : KBPS_2)[head[2]! >> 4];
  if (version === 1 || !rate || !kbps) return 0;
  const rateHz = version === 3 ? rate : rate / (version === 2 ? 2 : 4);
  return Math.floor(((version === 3 ? 144 : 72) * kbps * 1000) / rateHz) + ((head[2]! >> 1) & 1);
}

const KBPS_AC3 = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];

/** Of AC-3 (ATSC A/52, table 5.18) and of E-AC-3, which states its size itself. */
function ac3Length(head: Buffer): number {
  const version = head[5]! >> 3;
  if (version > 10) return version <= 16 ? 2 * ((((head[2]! & 7) << 8) | head[3]!) + 1) : 0;
  const rateHz = [48_000, 44_100, 32_000][head[4]! >> 6];
  const code = head[4]! & 63;
  const kbps = KBPS_AC3[code >> 1];
  if (!rateHz || !kbps) return 0;
  const odd = rateHz === 44_100 ? code & 1 : 0;
  return 2 * (Math.floor((96_000 * kbps) / rateHz) + odd);
}
