import type { FileHandle } from 'node:fs/promises';
import { behindId3, openBytes, type Bytes } from './bytes.js';
import { streamInfo } from './flac.js';

/** Where ffmpeg is to begin reading a file whose head leads it astray, and what it finds there, where it cannot tell. */
export interface Entry {
  skipBytes: number;
  demuxer: 'flac' | null;
}

/** ffmpeg compares each tag with all before it: of tens of thousands it makes minutes. No person, and hardly a program, writes so many. */
const MANY_TAGS = 2_000;

/**
 * Behind an ID3 tag of very many frames, whose names and texts nobody asks ffmpeg for; and behind the head of a FLAC that is wrong
 * about its sound, which ffmpeg believes more than its frames.
 * @returns null for any other file
 */
export async function entryOf(file: FileHandle): Promise<Entry | null> {
  const bytes = await openBytes(file);
  const start = await behindId3(bytes);
  if ((await bytes.read(start, 4)).toString('latin1') === 'fLaC') {
    const info = await streamInfo(bytes, start);
    if (info?.mended) return { skipBytes: info.audioAt, demuxer: 'flac' };
  }
  return start > 0 && (await isCrowded(bytes)) ? { skipBytes: start, demuxer: null } : null;
}

/** Whether the ID3 tag at the beginning holds very many frames. */
async function isCrowded(bytes: Bytes): Promise<boolean> {
  const version = (await bytes.read(3, 1))[0]!;
  const headBytes = version === 2 ? 6 : 10;
  let at = 10;
  for (let count = 0; count < MANY_TAGS; count++) {
    const head = await bytes.read(at, headBytes);
    // Padding, an extended head, or the end.
    if (head.length < headBytes || !/^[A-Z0-9]{3}/.test(head.toString('latin1', 0, 3))) return false;
    at += headBytes + (version === 2 ? head.readUIntBE(3, 3) : version === 3 ? head.readUInt32BE(4) : sevenBits(head));
  }
  return true;
}

/** ID3v2.4 keeps the highest bit of each byte free. */
const sevenBits = (head: Buffer): number => [4, 5, 6, 7].reduce((sum, at) => sum * 128 + (head[at]! & 127), 0);
