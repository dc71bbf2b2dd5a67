import { cleanLine } from '../../domain/library/clean-text.js';

const MAX_KEYWORDS = 24;
const MAX_KEYWORD = 60;
const MAX_WORDS_OF_KEYWORD = 4;
const LINK = /\b(https?:\/\/|www\.)\S+/gi;

/** The entries of a text in which several stand. */
export const listedIn = (text: string): string[] =>
  text
    .slice(0, 4000)
    .replace(LINK, ' ')
    .split(/[,;|/\n\r\0]+/);

/**
 * Short words and phrases, each once. Sentences, links and encoder data (`iTunSMPB`, hex dumps) are no keywords.
 * @param from `remarks` count where they list words ("dark, warehouse loop"); any other is a remark
 */
export function keywordsOf(from: { lists: readonly string[]; remarks: readonly string[] }): string[] {
  const found = new Map<string, string>();
  for (const part of [...from.lists, ...from.remarks.filter(isList)].flatMap(listedIn)) {
    const word = cleanLine(part);
    if (word.length < 2 || word.length > MAX_KEYWORD) continue;
    if (!/\p{L}{2}/u.test(word) || /^[0-9a-f ]{16,}$|^iTun/i.test(word)) continue;
    const lower = word.toLowerCase();
    if (!found.has(lower)) found.set(lower, word);
    if (found.size === MAX_KEYWORDS) break;
  }
  return [...found.values()];
}

function isList(remark: string): boolean {
  const parts = listedIn(remark).map(cleanLine).filter(Boolean);
  return parts.length > 1 && parts.every((part) => part.split(' ').length <= MAX_WORDS_OF_KEYWORD);
}
