/** How people write several artists in one text. A bare comma or ampersand does not part: names hold them. */
const BETWEEN =
  /\s*[;\0|]\s*|\s+(?:\/|feat\.?|ft\.?|featuring|vs\.?)\s+|\s*[([](?:feat\.?|ft\.?|featuring)\s+([^)\]]*)[)\]]/iu;
const SLASH = /\//u;
/** Parts of a name (`AC/DC`, `Au/Ra`) are shorter than names of artists. */
const SHORTEST_BESIDE_SLASH = 4;
const MAX_ARTISTS = 50;

/** Each artist of a text once: `A; B`, `A / B`, `A feat. B`, `Alice/Robert`; `AC/DC` and `Simon & Garfunkel` are one. */
export function artistsOf(text: string | null): string[] {
  const names = (text ?? '')
    .split(BETWEEN)
    .map((name) => (name ?? '').trim())
    .filter(Boolean)
    .flatMap(besideSlash);
  return [...new Set(names)].slice(0, MAX_ARTISTS);
}

function besideSlash(name: string): string[] {
  const parts = name.split(SLASH).map((part) => part.trim());
  return parts.every((part) => part.length >= SHORTEST_BESIDE_SLASH) ? parts : [name];
}

/** Several artists as one text, from which {@link artistsOf} finds them again. */
export const artistText = (artists: readonly string[]): string | null => artists.join('; ') || null;
