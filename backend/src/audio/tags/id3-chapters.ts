import { open } from 'node:fs/promises';

const HEAD_BYTES = 10;
const HAS_FOOTER = 0x10;
/** Tags may hold pictures; larger ones are left to ffprobe. */
const LONGEST = 16 * 1024 * 1024;

/**
 * Whether a file is an MP3 that has no chapters, told without a process: they stand in frames named CHAP of the ID3 tags at its
 * beginning, and nowhere else.
 * @returns false also where that is not certain
 */
export async function isMp3WithoutChapters(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    for (let at = 0; at <= LONGEST;) {
      const { bytesRead } = await file.read(head, 0, HEAD_BYTES, at);
      if (bytesRead < HEAD_BYTES) return false;
      if (head.toString('latin1', 0, 3) !== 'ID3') return beginsMpegFrame(head);
      const length = tagLength(head);
      if (length > LONGEST) return false;
      const tag = Buffer.alloc(length);
      const { bytesRead: present } = await file.read(tag, 0, length, at);
      if (present < length || tag.includes('CHAP')) return false;
      at += length;
    }
    return false;
  } finally {
    await file.close();
  }
}

/** With its head and foot. Sizes have seven bits in each byte. */
function tagLength(head: Buffer): number {
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (head[at]! & 0x7f), 0);
  return HEAD_BYTES + size + (head[5]! & HAS_FOOTER ? HEAD_BYTES : 0);
}

/** Eleven bits set, and a layer: AAC has none. */
const beginsMpegFrame = (head: Buffer): boolean =>
  head[0] === 0xff && (head[1]! & 0xe0) === 0xe0 && (head[1]! & 0x06) !== 0;
