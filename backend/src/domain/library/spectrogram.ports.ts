/** Grey levels, row by row from the top (highest frequency) down; time runs to the right. */
export interface SpectrogramPicture {
  width: number;
  height: number;
  /** Length `width × height`, 0..255. */
  levels: Uint8Array;
}

/** Pictures by content hash, which may be thrown away at any time. */
export interface PictureCache {
  get(sha256: string): Promise<Buffer | null>;
  put(sha256: string, picture: Buffer): Promise<void>;
}
