import { open } from 'node:fs/promises';

/** Codecs of which every part decodes to the same samples wherever decoding began (after a short run-up). */
const EXACT_CODECS = /^(pcm_|flac$|wavpack$|alac$|vorbis$|opus$|mp3$)/;
/** Matroska and WebM know times to the millisecond only, ASF guesses. */
const ROUGH_CONTAINERS = ['1a45dfa3', '3026b275'];

/**
 * Whether decoding from a second in the middle gives the very samples that decoding from the start gives there: then bytes
 * of different requests fit together. AAC and AC-3 make some of their noise anew each time and are not of these.
 */
export async function seeksExactly(path: string, codec: string | null): Promise<boolean> {
  if (codec === null || !EXACT_CODECS.test(codec)) return false;
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return !ROUGH_CONTAINERS.includes(buffer.toString('hex'));
  } finally {
    await file.close();
  }
}
