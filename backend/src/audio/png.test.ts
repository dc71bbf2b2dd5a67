import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { encodeGreyPng } from './png.js';

it('a picture as PNG is read by others as it was', async () => {
  const picture = { width: 37, height: 11, levels: Uint8Array.from({ length: 37 * 11 }, (_, i) => (i * 31) % 256) };
  const png = await encodeGreyPng(picture);
  const input = ['-v', 'error', '-f', 'png_pipe', '-i', 'pipe:0', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'];
  expect([...execFileSync('ffmpeg', input, { input: png })]).toEqual([...picture.levels]);
});
