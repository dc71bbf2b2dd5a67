/** Codecs without loss whose names do not tell how many bits their samples have; their files do. */
export const CODECS_WITH_BITS = ['flac', 'alac', 'wavpack', 'tta', 'mlp', 'truehd', 'wmalossless', 'mp4als'] as const;

/** Uncompressed samples as ffmpeg calls them; not those that are packed into fewer bits (`pcm_mulaw`). */
const UNCOMPRESSED = /^pcm_[usf](\d{1,2})/;

/** What a file says of the bits of its samples, 0 or nothing where it does not. */
export interface SaidBits {
  raw?: number | undefined;
  coded?: number | undefined;
}

/** Bits of each sample; null where the codec has no samples of a size, as those with loss. */
export function bitsPerSampleOf(codec: string | null, { raw, coded }: SaidBits = {}): number | null {
  const [, named] = UNCOMPRESSED.exec(codec ?? '') ?? [];
  if (named !== undefined) return raw && raw < Number(named) ? raw : Number(named);
  return tellsBits(codec) ? raw || coded || null : null;
}

/** Whether its file can be asked for the bits of its samples. */
export const tellsBits = (codec: string | null): boolean => CODECS_WITH_BITS.some((name) => name === codec);
