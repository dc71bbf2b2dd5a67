import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const GREY_8_BIT = [8, 0, 0, 0, 0];
const UP = 2;
const compress = promisify(deflate);

/** Grey levels, `width × height` bytes row by row, as PNG (W3C PNG, third edition). */
export async function encodeGreyPng(picture: { width: number; height: number; levels: Uint8Array }): Promise<Buffer> {
  const { width, height, levels } = picture;
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    const row = y * (width + 1);
    // Each row as its difference from the one above: neighbouring bands are alike.
    rows[row] = UP;
    for (let x = 0; x < width; x++) {
      const above = y === 0 ? 0 : levels[(y - 1) * width + x]!;
      rows[row + 1 + x] = (levels[y * width + x]! - above) & 0xff;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(GREY_8_BIT, 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', await compress(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
