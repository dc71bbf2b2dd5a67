/** How a sound sounds, coarsely, without regard to its level and format. */
export interface AcousticPrint {
  /** Seconds per frame. */
  frameS: number;
  /** 24 bands per frame, in steps of half a decibel below the loudest, which is 255. */
  levels: Uint8Array;
}
