/** Marks that reverse the direction of text or take no room, control characters, halves of characters: nothing a name needs. */
const MARKS = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\p{Cs}]+|(?!\s)\p{Cc}/gu;
/** White space, and what stands for bytes that were no text. */
const SPACES = /[\s\ufffd]+/gu;
/** Joiners belong between characters (Persian words, emoji of several people) and mean nothing at an end. */
const AT_ENDS = /[\s\u200c\u200d]/u;

/** What is looked for, as people see it: only what takes no room, or would turn the text around, is left out. */
export const withoutMarks = (text: string): string => text.replace(MARKS, '');

/** One line as people see it: composed characters, no control or direction characters, single spaces. May be empty. */
export function cleanLine(text: string): string {
  return bare(text.normalize('NFC').replace(MARKS, '').replace(SPACES, ' '));
}

/** Letter by letter: a pattern for the end would try every beginning of a long run. */
function bare(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && AT_ENDS.test(text[from]!)) from++;
  while (to > from && AT_ENDS.test(text[to - 1]!)) to--;
  return text.slice(from, to);
}

/** As {@link cleanLine}, with its lines kept; at most one empty line between two. */
export function cleanParagraphs(text: string): string {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029\v\f]/u).map(cleanLine);
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
