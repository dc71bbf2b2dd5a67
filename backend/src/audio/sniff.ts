import { because, type Reason } from '../domain/reasons.js';

const PICTURES: [string, string][] = [
  ['89504e470d0a1a0a', 'PNG'],
  ['ffd8ff', 'JPEG'],
  ['47494638', 'GIF'],
  ['49492a00', 'TIFF'],
  ['4d4d002a', 'TIFF'],
  ['424d', 'BMP'],
];
const PLAYLIST = /^\s*(#EXTM3U|ffconcat\b|\[playlist\]|<asx\b|v=0\r?\n|\[Reference\])/i;
const MARKUP = /^\s*<(\?xml|!doctype|html|svg|smil|mpd)\b/i;

/**
 * Says in words what a file that is not audio seems to be, from its first bytes; null when there is no telling. Only for a better
 * message: whether a file is audio is decided by decoding it.
 * @param head the first bytes, a few hundred are enough
 */
export function describeNonAudio(head: Buffer): Reason | null {
  if (head.length === 0) return because('file_empty');
  const hex = head.subarray(0, 16).toString('hex');
  const picture = PICTURES.find(([magic]) => hex.startsWith(magic))?.[1];
  if (picture) return because('not_audio_picture', { kind: picture });
  if (hex.startsWith('52494646') && head.subarray(8, 12).toString('latin1') === 'WEBP') {
    return because('not_audio_picture', { kind: 'WebP' });
  }
  if (
    hex.startsWith('504b0304') ||
    hex.startsWith('1f8b') ||
    hex.startsWith('526172211a07') ||
    hex.startsWith('377abcaf271c')
  ) {
    return because('not_audio_archive');
  }
  if (hex.startsWith('4d546864')) return because('not_audio_midi');
  if (hex.startsWith('25504446')) return because('not_audio_pdf');
  const text = head.toString('utf8');
  if (PLAYLIST.test(text)) return because('not_audio_playlist');
  if (MARKUP.test(text)) return because('not_audio_markup');
  if (isText(head)) return because('not_audio_text');
  return null;
}

function isText(head: Buffer): boolean {
  for (const byte of head) {
    const control = byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27;
    if (control || byte === 127) return false;
  }
  try {
    // In a stream the last character may be incomplete.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}
