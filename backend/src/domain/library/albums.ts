/** Tracks of one disc are fewer than this. */
const DISC = 10_000;

/**
 * What makes sounds one album: its name and, where their files say whose album it is, that too. Without it the name alone counts,
 * so that a compilation is not torn apart.
 * @param fold brings names to the form in which they are compared
 */
export const albumKey = (
  album: string | null,
  albumArtist: string | null,
  fold: (text: string) => string,
): string | null =>
  album === null || album.trim() === '' ? null : `${fold(album.trim())}\n${fold(albumArtist?.trim() ?? '')}`;

/** As it stands in addresses. */
export const albumIdOf = (key: string): string => Buffer.from(key).toString('base64url');
export const albumKeyOf = (id: string): string => Buffer.from(id, 'base64url').toString();

/** One number that tracks of an album are sorted by; null where no track is known. */
export const albumPlace = (disc: number | null, track: number | null): number | null =>
  track === null ? null : (disc ?? 1) * DISC + track;

export const discOf = (place: number): number => Math.floor(place / DISC);
export const trackOf = (place: number): number => place % DISC;
