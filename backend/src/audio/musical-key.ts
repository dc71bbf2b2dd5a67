const NOTES = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'];
/** Camelot numbers 1–12 as pitch classes of their minor keys; the major key of a number is three semitones higher. */
const CAMELOT_MINOR = [8, 3, 10, 5, 0, 7, 2, 9, 4, 11, 6, 1];
const SPELLED = /^([a-g])\s*(#|b|sharp|flat|is|es)?\s*(maj(?:or)?|dur|min(?:or)?|moll|m)?$/i;
const CAMELOT = /^(\d{1,2})\s*([ab])$/i;
const OPEN_KEY = /^(\d{1,2})\s*([md])$/i;

/**
 * Brings the ways in which files write a musical key to one form: `C`, `F#`, `Am`, `Bbm`. Understands `A minor`, `Amin`, `a-Moll`,
 * `F♯m`, `Db` (kept flat), Camelot (`8A`) and Open Key (`1m`); null for anything else.
 */
export function normaliseKey(text: string): string | null {
  const clean = text
    .normalize('NFKC')
    .replaceAll('♯', '#')
    .replaceAll('♭', 'b')
    .replace(/[\s_-]+/g, ' ')
    .trim();
  const spelled = SPELLED.exec(clean);
  if (spelled) {
    const [, letter = '', accidental = '', mode = ''] = spelled;
    const sign = /^(#|sharp|is)$/i.test(accidental) ? '#' : accidental ? 'b' : '';
    // A lone capital M means major; a lone small m minor.
    const minor = mode === 'm' || /^(min|moll)/i.test(mode);
    return `${letter.toUpperCase()}${sign}${minor ? 'm' : ''}`;
  }
  const camelot = CAMELOT.exec(clean);
  if (camelot) return fromWheel(Number(camelot[1]), camelot[2]?.toUpperCase() === 'A');
  const openKey = OPEN_KEY.exec(clean);
  // Open Key counts the same wheel, five steps on.
  if (openKey)
    return fromWheel(((Number(openKey[1]) + 6) % 12) + 1, openKey[2]?.toLowerCase() === 'm', Number(openKey[1]));
  return null;
}

function fromWheel(camelot: number, minor: boolean, written = camelot): string | null {
  if (written < 1 || written > 12) return null;
  const minorPitch = CAMELOT_MINOR[camelot - 1];
  if (minorPitch === undefined) return null;
  const pitch = minor ? minorPitch : (minorPitch + 3) % 12;
  return `${NOTES[pitch]}${minor ? 'm' : ''}`;
}
