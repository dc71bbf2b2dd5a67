/**
 * Text of files that state no encoding, or a wrong one. Readers take its bytes for Latin-1 or Windows-1252; what it was is found
 * from all of a file's texts together, since a title alone is short. Western text must never change: another encoding needs signs
 * that no word in a Latin script has.
 */

/** Windows-1252 in the places where Latin-1 has control characters; unused places stay what they are. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const BYTE_OF = new Map([...WINDOWS_1252].map((character, position) => [character, 0x80 + position]));
/**
 * Encodings that programs used before Unicode, as the detector names them, with the script that each is there for. Below `least` the
 * detector has nothing to go by: two bytes that are one common character say more than single ones, and accented vowels alone look
 * like Hebrew.
 */
const CANDIDATES: readonly { name: string; decoder: string; script: RegExp; least: number }[] = [
  { name: 'cp932', decoder: 'shift_jis', script: /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u, least: 0.005 },
  { name: 'euc-jp', decoder: 'euc-jp', script: /[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u, least: 0.005 },
  { name: 'cp949', decoder: 'euc-kr', script: /\p{sc=Hangul}/u, least: 0.005 },
  { name: 'gb18030', decoder: 'gb18030', script: /\p{sc=Han}/u, least: 0.005 },
  { name: 'big5', decoder: 'big5', script: /\p{sc=Han}/u, least: 0.005 },
  { name: 'windows-1251', decoder: 'windows-1251', script: /\p{sc=Cyrillic}/u, least: 0.03 },
  { name: 'koi8-r', decoder: 'koi8-r', script: /\p{sc=Cyrillic}/u, least: 0.03 },
  { name: 'windows-1253', decoder: 'windows-1253', script: /\p{sc=Greek}/u, least: 0.03 },
  { name: 'windows-1255', decoder: 'windows-1255', script: /\p{sc=Hebrew}/u, least: 0.1 },
  { name: 'windows-1256', decoder: 'windows-1256', script: /\p{sc=Arabic}/u, least: 0.05 },
];
const MAX_BYTES = 8192;

/** Bytes that stand for signs, not letters, in Windows-1252: quotation marks, dashes, `©`, `°`… */
const SIGNS = /^[\x80\x82\x84-\x89\x8b\x91-\x99\x9b\xa0-\xbf\xd7\xf7]*$/;
/** First bytes of two in Japanese and Chinese that Western text has once at most. */
const LEADS = /[\x81-\x84\x86-\x89\x8d\x8f\x90\x98\x9d][\x40-\x7e\x80-\xfc]/g;
/** Signs before letters, as first bytes of Chinese look; `¿` and `«` stand there once or twice. */
const SIGN_LEADS = /[\xa1-\xbf][a-z\xa1-\xfe]/gi;
const HIGH = /[\x80-\xff]+/g;
const MIXED_WORD = /[a-z][\xc0-\xff]|[\xc0-\xff][a-z]/i;

type Mend = (text: string) => string;

/**
 * Finds in which encoding the texts of one file are.
 * @param texts as read from the file, right or wrong
 * @returns a function that gives each of them as it was meant
 */
export async function mendingOf(texts: readonly string[]): Promise<Mend> {
  const foreign = texts
    .map(bytesOf)
    .filter((bytes) => bytes !== null && utf8(bytes) === null)
    .map((bytes) => bytes!.toString('latin1'))
    .filter(isForeign);
  const decoder = foreign.length > 0 ? await detect(foreign) : null;
  return (text) => {
    const bytes = bytesOf(text);
    if (bytes === null) return text;
    const unicode = utf8(bytes);
    if (unicode !== null) return unicode;
    const raw = bytes.toString('latin1');
    const decoded = decoder && (isForeign(raw) || !MIXED_WORD.test(raw)) ? decode(bytes, decoder) : null;
    return decoded ?? western(text);
  };
}

/** The bytes that a text was read from, when it holds any above ASCII and may have been read as Latin-1 or Windows-1252. */
function bytesOf(text: string): Buffer | null {
  // eslint-disable-next-line no-control-regex -- all of ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return null;
  const codes: number[] = [];
  for (const character of text) {
    const code = BYTE_OF.get(character) ?? character.codePointAt(0)!;
    if (code > 0xff) return null;
    codes.push(code);
  }
  return Buffer.from(codes);
}

const utf8 = (bytes: Buffer): string | null => decode(bytes, 'utf-8');

function decode(bytes: Buffer, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Control characters of Latin-1 are what Windows-1252 has in their places. */
const western = (text: string): string =>
  text.replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80]!);

/** Whether no text in a Latin script reads like this. */
function isForeign(raw: string): boolean {
  if ((raw.match(LEADS)?.length ?? 0) >= 2 || (raw.match(SIGN_LEADS)?.length ?? 0) >= 3) return true;
  const runs = (raw.match(HIGH) ?? []).filter((run) => !SIGNS.test(run));
  const longest = Math.max(0, ...runs.map((run) => run.length));
  return longest >= 4 || (longest === 3 && !MIXED_WORD.test(raw));
}

async function detect(foreign: readonly string[]): Promise<string | null> {
  // The detector gives up at some signs of Japanese. Whole words of kana come about by chance in no other script.
  if (isKana(foreign, 'shift_jis')) return 'shift_jis';
  const bytes = Buffer.from(foreign.join('\n').slice(0, MAX_BYTES), 'latin1');
  // A megabyte of statistics that few files need.
  const { detectAll } = (await import('jschardet')).default;
  const found = detectAll(bytes, {
    detectEncodings: [...CANDIDATES.map(({ name }) => name), 'windows-1252'],
    minimumThreshold: 0,
  });
  for (const { encoding, confidence } of found) {
    const name = encoding?.toLowerCase();
    if (name === 'windows-1252') break;
    const candidate = CANDIDATES.find((known) => known.name === name);
    if (candidate && confidence >= candidate.least && fits(foreign, candidate)) {
      return candidate.decoder;
    }
  }
  // Last: common signs of Chinese look like kana in this one.
  return isKana(foreign, 'euc-jp') ? 'euc-jp' : null;
}

/** Whether all texts are valid and most of their foreign signs are kana, half-width ones not counted. */
function isKana(foreign: readonly string[], decoder: string): boolean {
  const decoded = foreign.map((raw) => decode(Buffer.from(raw, 'latin1'), decoder));
  if (decoded.includes(null)) return false;
  // eslint-disable-next-line no-control-regex -- all above ASCII
  const signs = decoded.join('').match(/[^\x00-\x7f]/gu) ?? [];
  const kana = signs.filter((sign) => /[\u3041-\u3096\u30a1-\u30fc]/.test(sign));
  return kana.length >= 3 && kana.length >= 0.5 * signs.length;
}

/** Whether every text is valid in the encoding and made of the letters that the encoding is used for. */
function fits(foreign: readonly string[], { decoder, script }: (typeof CANDIDATES)[number]): boolean {
  return foreign.every((raw) => {
    const decoded = decode(Buffer.from(raw, 'latin1'), decoder);
    if (decoded === null || /[\p{Co}\p{Cn}\ufffd]/u.test(decoded)) return false;
    const letters = [...decoded].filter((character) => character > '\x7f' && /\p{L}/u.test(character));
    const expected = letters.filter((letter) => script.test(letter));
    return expected.length > 0 && expected.length >= 0.8 * letters.length;
  });
}
