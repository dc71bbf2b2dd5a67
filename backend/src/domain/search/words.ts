/** Lower case without accents, so that `Ärger`, `ärger` and `arger` are the same text. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}

/**
 * The words of a text as the keyword search sees them: folded, cut at everything that is neither letter nor digit and
 * between letters and digits (`Kick_808(dry).wav` → `kick`, `808`, `dry`, `wav`).
 */
export function wordsOf(text: string): string[] {
  return fold(text).match(/\p{L}+|\p{N}+/gu) ?? [];
}

const FILE_ENDING =
  /(?<=[\p{L}\p{N})\]])\.(?:wave?|flac|mp3|og[ga]|opus|m4a|aac|aiff?|caf|wma|w64|mp4|mka|webm)(?![\p{L}\p{N}])/giu;

/** The words of what is looked for: names of files without their endings, which no sound is known by (`kick.wav` → `kick`). */
export const askedWords = (text: string): string[] => wordsOf(text.replace(FILE_ENDING, ' '));

/** As {@link wordsOf}, plus the parts of words written together (`DarkRain` → `darkrain`, `dark`, `rain`). */
export function indexedWords(text: string): string[] {
  const words = wordsOf(text);
  const apart = text.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2');
  if (apart === text) return words;
  const known = new Set(words);
  return [...words, ...wordsOf(apart).filter((word) => !known.has(word))];
}

const STOP_WORDS = new Set(
  (
    'a an and at by for from in into is it its of off on onto or over some that the their this to under was were while with ' +
    'der die das den dem ein eine einen einem einer und oder im in am auf von mit zu sound sounds noise geräusch'
  )
    .split(' ')
    .map(fold),
);

/** Words that carry meaning; all words when nothing else is left (`"the who"` → all of them). */
export function contentWords(words: readonly string[]): string[] {
  const content = words.filter((word) => !STOP_WORDS.has(word));
  return content.length > 0 ? content : [...words];
}

/** Other English forms of a word: `barking` → `bark`, `barks`; `dogs` → `dog`. Those that start with the word are left out. */
export function formsOf(word: string): string[] {
  const forms = stemsOf(word).flatMap((stem) => [stem, `${stem}s`, `${stem}ing`]);
  return [...new Set(forms)].filter((form) => !form.startsWith(word));
}

function stemsOf(word: string): string[] {
  const stems = new Set<string>();
  const add = (stem: string): void => {
    if (stem.length >= 3) stems.add(stem);
  };
  if (word.endsWith('ies')) add(`${word.slice(0, -3)}y`);
  else if (/(?:s|x|z|ch|sh)es$/.test(word)) add(word.slice(0, -2));
  else if (word.endsWith('s') && !word.endsWith('ss')) add(word.slice(0, -1));
  for (const ending of ['ing', 'ed']) {
    if (word.endsWith(ending) && word.length >= ending.length + 3) {
      const stem = word.slice(0, -ending.length);
      add(stem);
      if (/([b-df-hj-np-tv-z])\1$/.test(stem)) add(stem.slice(0, -1));
      else add(`${stem}e`);
    }
  }
  return [...stems];
}

/** Number of single-letter edits (with swaps of neighbours) between two words, or `limit + 1` when it is more than `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforePrevious[j - 2]! + 1);
      }
      current.push(cost);
      best = Math.min(best, cost);
    }
    if (best > limit) return limit + 1;
    beforePrevious = previous;
    previous = current;
  }
  return Math.min(previous[b.length]!, limit + 1);
}

/** How many edits a word of this length may be off and still be meant: none for short words. */
export function allowedEdits(word: string): number {
  if (/\p{N}/u.test(word) || word.length < 4) return 0;
  return word.length < 8 ? 1 : 2;
}

/** The beginning of a text, without a part of a word where there are spaces, nor half of a character. */
export function upTo(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most + 1);
  const end = cut.lastIndexOf(' ');
  return end > 0 ? cut.slice(0, end) : cut.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
}
