/** Seconds that the server's tiles span, from the finest level to the coarsest; each has so many columns. */
export const TILE_LENGTHS_S = [16, 64, 128] as const;
const COLUMNS = 256;
/** A pixel may be a little wider than a column. */
const STRETCHED = 1.5;

export interface Tile {
  level: number;
  index: number;
}

export const nameOf = ({ level, index }: Tile): string => `${level}/${index}`;

export const startOf = ({ level, index }: Tile): number => index * lengthOf(level);

export const lengthOf = (level: number): number => TILE_LENGTHS_S[level] ?? TILE_LENGTHS_S[0];

/** The coarsest level that is fine enough for `seconds` on so many pixels. */
export function levelFor(seconds: number, pixels: number): number {
  const wantedS = (STRETCHED * seconds) / Math.max(1, pixels);
  return Math.max(
    0,
    TILE_LENGTHS_S.findLastIndex((lengthS) => lengthS / COLUMNS <= wantedS),
  );
}

/** The tiles of a level that show something of a stretch, from its beginning on. */
export function tilesOf(level: number, from: number, to: number): Tile[] {
  const first = Math.floor(Math.max(0, from) / lengthOf(level));
  const count = Math.max(0, Math.ceil(to / lengthOf(level)) - first);
  return Array.from({ length: count }, (_, i) => ({ level, index: first + i }));
}
