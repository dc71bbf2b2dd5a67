/** Grey levels, row by row from the top (highest frequency) down; time runs to the right. */
export interface SpectrogramPicture {
  width: number;
  height: number;
  /** Length `width × height`, 0..255. */
  levels: Uint8Array;
}

/** Pictures by name (letters, digits and hyphens, the content hash first), which may be thrown away at any time. */
export interface PictureCache {
  get(name: string): Promise<Buffer | null>;
  put(name: string, picture: Buffer): Promise<void>;
}

/** Seconds that a tile of each level spans, from the finest to the coarsest. What one costs is bounded by the longest. */
export const TILE_LENGTHS_S = [16, 64, 128] as const;

/** What is asked for: the stretch from `index` × its level's length on. */
export interface TilePlace {
  level: number;
  index: number;
}
