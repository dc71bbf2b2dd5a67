import { Tokenizer } from '@huggingface/tokenizers';
import { fold, formsOf } from '../domain/search/words.js';

export interface TokenBatch {
  /** Row-major `[texts, length]`, each row padded at its end. */
  ids: number[];
  /** 1 for a token, 0 for padding. */
  mask: number[];
  length: number;
  /** By text: false when it has words, but hardly any that the model has read: another script, another language, none at all. */
  known: boolean[];
}

/**
 * Vocabularies hold the words that a model has read as one token or a few long ones. What falls into shorter pieces than
 * this, on average, it has not: `asdfghjkl`, `pluie`.
 */
const LEAST_LETTERS_A_TOKEN = 3;
/** The same where a list says which other words the model has read: then there is less to guess. */
const LEAST_LETTERS_BEYOND_LIST = 4;
/** Parts of compounds: shorter ones are found in too many words by chance. */
const LEAST_LETTERS_A_PART = 4;
const LONGEST_COMPOUND = 40;
/** What German puts between the parts of a compound. */
const LINKS = ['', 's', 'n', 'en', 'es', 'e', 'er'];
/** Smaller vocabularies are of letters and syllables: they do not tell which words a model has read. */
const LEAST_VOCABULARY = 5000;
/** A text is read when at least this share of its letters is in words that are. */
const READ_SHARE = 0.3;
/** Of a text in German or English by its small words: they say that those in between belong to it too. */
const READ_SHARE_AT_HOME = 0.15;
/** Of a text in another language by its small words or letters: then only words that are whole tokens are read. */
const READ_SHARE_ABROAD = 0.6;
/** What holds English and German sentences together says nothing about a sound, read or not. */
const BETWEEN = new Set(
  (
    'that this these those there with from into onto over under while then which being been have having does some ' +
    'very like when where aber oder auch eine einen einem einer eines sich wird werden wurde wurden worden sind haben ' +
    'hatte dass dies diese dieser dieses dann durch gegen ohne unter über zwischen beim nach noch nicht sehr etwas ' +
    'welche welcher welches während immer wieder jemand dabei damit darauf darin gerade'
  ).split(' '),
);
/** Shorter words are whole in any language. */
const WORD = /\p{L}{4,}|(?=[^\p{Script=Latin}])\p{L}+/gu;

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(' '));
/** Small words of English and German that are none in the languages below. */
const AT_HOME = setOf(
  'the of and at by for from with into onto over is are being its his her their through against behind near ' +
    'der die das dem den des ein eine einem einen einer eines und auf im am vom zum zur beim mit von aus bei durch ' +
    'über unter hinter vor nach ist sind wird werden sich nicht aufs ins ans',
);
/** Small words of French, Spanish, Italian, Portuguese, Dutch, Swedish and Polish that are none in English or German. */
const ABROAD = setOf(
  'le la un une du de et qui que dans sur sous avec aux el las del al una con por para sobre il gli ' +
    'che di della dello delle dei degli sul sulla nel nella uma em nas nos pelo pela het een op voor och på ett się',
);
/** `galoppierendes`: only German ends words so. */
const PARTICIPLE = /^\p{L}{3,}end(?:es|er|em)$/u;
const WORDS = /[\p{L}\p{M}]+/gu;
/** Letters of other languages in Latin script. `ä`, `ö`, `ü` and `ß` are German. */
const LETTERS_ABROAD = /[àáâãåæçèéêëìíîïñòóôõøùúûýąćęłńśźżčďěňřšťůžğışőű]/iu;

type Place = 'home' | 'near' | 'abroad' | 'open';

/** Whether small words and letters speak for a language that models of English and German have not read, or for one of these. */
function placeOf(text: string): Place {
  // Once each: "la la la" is sung in any language.
  const words = [...new Set(text.normalize('NFC').toLowerCase().match(WORDS))];
  if (words.length < 2) return 'open';
  const home = words.filter((word) => AT_HOME.has(word) || PARTICIPLE.test(word)).length;
  const abroad = words.filter((word) => ABROAD.has(word) || LETTERS_ABROAD.test(word)).length;
  if (abroad > home) return 'abroad';
  if (abroad > 0 || home === 0) return 'open';
  return home >= 2 ? 'home' : 'near';
}

/** The part of the library's class used here: its own type declarations do not resolve under NodeNext. */
interface Encoder {
  encode(text: string, options?: { add_special_tokens?: boolean }): { ids: number[] };
}
const TokenizerOf = Tokenizer as unknown as new (tokenizerJson: object, config: object) => Encoder;

/**
 * Returns a function that turns texts into token ids with a `tokenizer.json` of Hugging Face, special tokens included.
 * A text of more than `maxTokens` keeps its special tokens and loses its end, as in the Python library. Padding goes up
 * to the longest text of the batch; a text without any token is one padding token.
 * @param taught folded words that the model has read beyond those that are one token; null where nobody knows
 */
export function createTokenizer(
  tokenizerJson: object,
  {
    maxTokens,
    padTokenId,
    taught = null,
  }: { maxTokens: number; padTokenId: number; taught?: ReadonlySet<string> | null },
): (texts: readonly string[]) => TokenBatch {
  const tokenizer = new TokenizerOf(tokenizerJson, {});
  const { before, after } = specialTokens(tokenizer);
  const unknownId = unknownTokenId(tokenizerJson);
  const room = Math.max(0, maxTokens - before.length - after.length);

  const encode = (text: string): number[] => {
    const all = tokenizer.encode(text).ids;
    if (all.length <= maxTokens) return all;
    return [...before, ...all.slice(before.length, before.length + room), ...after];
  };

  const knowsWords = vocabularyOf(tokenizerJson).length >= LEAST_VOCABULARY;

  /** In how many tokens a word falls; Infinity where one of them stands for what the vocabulary lacks. */
  const piecesOf = (word: string): number => {
    // Byte-level vocabularies hold words with the space before them.
    const { ids } = tokenizer.encode(` ${word}`, { add_special_tokens: false });
    return ids.length === 0 || ids.includes(unknownId ?? -1) ? Infinity : ids.length;
  };
  const listed = taught && new Set([...taught, ...wholeWords(tokenizerJson)]);
  const isRead = (word: string, place: Place): boolean => {
    const pieces = piecesOf(word);
    if (place === 'abroad' || pieces <= 1) return pieces === 1;
    // Without a small word beside it that is English or German, more has to speak for a word that is not on the list.
    const least = listed && place === 'open' ? LEAST_LETTERS_BEYOND_LIST : LEAST_LETTERS_A_TOKEN;
    if (word.length / pieces >= least) return true;
    if (!listed) return false;
    const folded = fold(word);
    if ([folded, ...formsOf(folded)].some((form) => listed.has(form))) return true;
    return folded.length <= LONGEST_COMPOUND && isCompound(folded, listed);
  };
  const isKnown = (text: string, row: readonly number[]): boolean => {
    const all = text.match(WORD) ?? [];
    const telling = all.filter((word) => !BETWEEN.has(word.toLowerCase()));
    const words = telling.length > 0 ? telling : all;
    const letters = (some: readonly string[]): number => some.reduce((sum, word) => sum + word.length, 0);
    if (words.length > 0 && knowsWords) {
      const place = placeOf(text);
      const share = { home: READ_SHARE_AT_HOME, near: READ_SHARE, abroad: READ_SHARE_ABROAD, open: READ_SHARE }[place];
      return share * letters(words) <= letters(words.filter((word) => isRead(word, place)));
    }
    const tokens = row.slice(before.length, row.length - after.length);
    return tokens.length === 0 || tokens.some((id) => id !== unknownId);
  };

  return (texts) => {
    const rows = texts.map(encode);
    const length = Math.max(1, ...rows.map((row) => row.length));
    const ids: number[] = [];
    const mask: number[] = [];
    for (const row of rows) {
      for (let i = 0; i < length; i++) {
        ids.push(row[i] ?? padTokenId);
        mask.push(i < row.length ? 1 : 0);
      }
    }
    return { ids, mask, length, known: texts.map((text, at) => isKnown(text, rows[at]!)) };
  };
}

/** Whether a word is made of two or more that are known: `Regen` + `Geräusch`. */
function isCompound(word: string, known: ReadonlySet<string>): boolean {
  for (let end = word.length - LEAST_LETTERS_A_PART; end >= LEAST_LETTERS_A_PART; end--) {
    if (!known.has(word.slice(0, end))) continue;
    const rest = word.slice(end);
    for (const link of LINKS) {
      const last = rest.startsWith(link) ? rest.slice(link.length) : '';
      if (last.length >= LEAST_LETTERS_A_PART && (known.has(last) || isCompound(last, known))) return true;
    }
  }
  return false;
}

const vocabularyOf = (tokenizerJson: object): string[] => {
  const { model } = tokenizerJson as { model?: { vocab?: object } };
  return Object.keys(model?.vocab ?? {});
};

/** Tokens that begin a word and may be all of it; only vocabularies that mark the others tell which these are. */
function wholeWords(tokenizerJson: object): string[] {
  const { model } = tokenizerJson as { model?: { continuing_subword_prefix?: string } };
  const prefix = model?.continuing_subword_prefix;
  return prefix ? vocabularyOf(tokenizerJson).filter((token) => !token.startsWith(prefix)) : [];
}

/** The token that stands for what the vocabulary lacks; byte-level tokenizers need none. */
function unknownTokenId(tokenizerJson: object): number | null {
  const { model } = tokenizerJson as { model?: { unk_token?: string | null; vocab?: Record<string, number> } };
  const token = model?.unk_token;
  return (token !== undefined && token !== null ? model?.vocab?.[token] : undefined) ?? null;
}

/** What the tokenizer puts around every text, found out with a text of known tokens. */
function specialTokens(tokenizer: Encoder): { before: number[]; after: number[] } {
  const probe = 'a';
  const whole = tokenizer.encode(probe).ids;
  const bare = tokenizer.encode(probe, { add_special_tokens: false }).ids;
  for (let start = 0; start + bare.length <= whole.length; start++) {
    if (bare.every((id, i) => whole[start + i] === id)) {
      return { before: whole.slice(0, start), after: whole.slice(start + bare.length) };
    }
  }
  return { before: [], after: [] };
}
