import type { FileHandle } from 'node:fs/promises';

/** Chunks before the samples are few; a file with more of them is not worth following. */
const MAX_CHUNKS = 64;
/** Programs that write to a pipe cannot know the size and put one of these in its place. */
const isUnknownSize = (size: number): boolean =>
  size === 0 || size === 0xffffffff || (size >= 0x7fff0000 && size <= 0x80000000);

/** How many bytes of samples a WAV file announces and how many follow. */
export interface WavExtent {
  announcedBytes: number;
  presentBytes: number;
}

/**
 * Reads how much sound a WAV file's header announces (RIFF; sizes of RF64 files stand elsewhere and are not looked at).
 * @returns null for other files, and where the header does not know the size
 */
export async function readWavExtent(file: FileHandle): Promise<WavExtent | null> {
  const { size } = await file.stat();
  const head = Buffer.alloc(12);
  await file.read(head, 0, 12, 0);
  if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WAVE') return null;
  const chunk = Buffer.alloc(8);
  let at = 12;
  for (let count = 0; count < MAX_CHUNKS && at + 8 <= size; count++) {
    await file.read(chunk, 0, 8, at);
    const length = chunk.readUInt32LE(4);
    if (chunk.toString('latin1', 0, 4) === 'data') {
      return isUnknownSize(length) ? null : { announcedBytes: length, presentBytes: size - at - 8 };
    }
    // Chunks start at even places.
    at += 8 + length + (length % 2);
  }
  return null;
}
