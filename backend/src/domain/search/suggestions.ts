import { DEFAULT_VOCABULARY } from '../tagging/default-vocabulary.js';
import { EXAMPLE_NAMES } from './query-language.js';
import { fieldNamed, fieldsStarting, type Field } from './query-fields.js';
import { QUOTES } from './query-tokens.js';
import type { Completions } from './search.ports.js';
import { fold, wordsOf } from './words.js';

export const SUGGESTION_KINDS = ['history', 'tag', 'artist', 'name', 'prompt', 'field', 'value'] as const;
export type SuggestionKind = (typeof SUGGESTION_KINDS)[number];

/** What the box could say instead. */
export interface Suggestion {
  kind: SuggestionKind;
  /** What people read. */
  label: string;
  /** All of the text of the box when it is taken. */
  text: string;
  /** Where the cursor stands then, in UTF-16 units. */
  cursor: number;
  /** It is a whole search; else there is more to type, or more was typed. */
  whole: boolean;
}

/** Descriptions that the automatic tags are found by, which is how we know that they find something. */
const PROMPTS = [
  ...new Set(DEFAULT_VOCABULARY.flatMap(({ words }) => words.flatMap(({ prompts }) => prompts.toReversed()))),
].map((text) => ({ text, folded: fold(text) }));

/** Ways to write what has no list of values. */
const PATTERNS: Readonly<Partial<Record<Field, readonly string[]>>> = {
  bpm: ['120', '<90', '90-120', '120-140', '>140'],
  len: ['<1s', '<5s', '5-30s', '30s-2m', '>2m'],
};

const FIELD = new RegExp(`(?:^|\\s)(-*)(\\p{L}{2,}):(?:[${QUOTES}]([^${QUOTES}]*)|(\\S*))$`, 'u');
const PHRASE = new RegExp(`(?:^|[\\s${QUOTES}])(-*[^\\s${QUOTES}:+-][^${QUOTES}:+]*)$`, 'u');
const MOST_OF_A_KIND = 4;

/** Completes what is typed into the search box, at the cursor. */
export class SuggestionService {
  constructor(
    private readonly completions: Completions,
    private readonly today: () => Date = () => new Date(),
  ) {}

  /**
   * @param text all of the box
   * @param cursor where it stands, in UTF-16 units
   * @returns best first, each text once; never the text as it is
   */
  suggest(text: string, cursor: number, limit: number): Suggestion[] {
    const head = text.slice(0, cursor);
    const field = FIELD.exec(head);
    const found = field ? this.values(text, head, field, limit) : this.words(text, head, limit);
    const seen = new Set([fold(text.trim())]);
    return found
      .filter((suggestion) => {
        const identity = fold(suggestion.text.trim());
        return !seen.has(identity) && seen.add(identity);
      })
      .slice(0, limit);
  }

  private values(text: string, head: string, match: RegExpExecArray, limit: number): Suggestion[] {
    const [whole, signs = '', name = '', quoted, bare = ''] = match;
    const start = head.length - whole.trimStart().length;
    const end = endOfToken(text, head.length, quoted !== undefined);
    const prefix = quoted ?? bare;
    const put = (value: string, label = value): Suggestion =>
      suggestion('value', label, text, { start, end, insert: `${signs.slice(0, 1)}${name}:${quotedIfNeeded(value)}` });
    const folded = fold(prefix);
    if (EXAMPLE_NAMES.some((example) => example === name.toLowerCase())) {
      return this.completions.names(wordsOf(prefix), limit).map((sound) => put(sound.id, sound.name));
    }
    const field = fieldNamed(name);
    switch (field) {
      case null:
        return [];
      case 'title':
      case 'file':
      case 'name':
        return this.completions.names(wordsOf(prefix), limit).map((sound) => put(sound.name));
      case 'bpm':
      case 'len':
      case 'added':
        return (PATTERNS[field] ?? this.dates()).filter((value) => value.startsWith(prefix)).map((value) => put(value));
      default:
        return this.completions.values(field, folded, limit).map((value) => put(value));
    }
  }

  private dates(): string[] {
    const now = this.today();
    const day = (back: number): string => new Date(now.getTime() - back * 86_400_000).toISOString().slice(0, 10);
    return [day(0), `>${day(7)}`, `>${day(0).slice(0, 7)}`, `>${day(0).slice(0, 4)}`, day(0).slice(0, 4)];
  }

  private words(text: string, head: string, limit: number): Suggestion[] {
    const atEnd = text.slice(head.length).trim() === '';
    const typed = fold(head.trimStart());
    const history = atEnd ? this.completions.queries(typed, limit).map((query) => whole('history', query)) : [];
    const matched = PHRASE.exec(head)?.[1] ?? '';
    const sign = /^-*/.exec(matched)![0].slice(0, 1);
    const phrase = matched.replace(/^-+/, '');
    if (phrase.trim() === '') {
      return typed === '' ? [...history, ...this.tags('', '', text, [0, 0], limit)] : [];
    }
    const end = endOfToken(text, head.length, false);
    const phraseAt = head.length - matched.length;
    const word = /\S*$/.exec(phrase)![0];
    const wordAt = head.length - word.length - (word === phrase ? matched.length - phrase.length : 0);
    const folded = fold(phrase.trimStart());
    const fields = fieldsStarting(word).map((name) =>
      suggestion('field', `${name}:`, text, {
        start: wordAt,
        end,
        insert: `${sign && word === phrase ? '-' : ''}${name}:`,
      }),
    );
    const start = word === phrase ? wordAt : phraseAt;
    const put = (kind: SuggestionKind, value: string, from = start): Suggestion => {
      const signed = from === phraseAt ? sign : '';
      const insert = signed && /\s/.test(value) ? `-"${value}"` : `${signed}${value}`;
      return suggestion(kind, value, text, { start: from, end, insert });
    };
    const prompts = PROMPTS.filter((prompt) => prompt.folded.startsWith(folded)).slice(0, MOST_OF_A_KIND);
    const found = [
      ...history,
      ...this.completions.values('tag', folded, limit).map((tag) => put('tag', tag)),
      ...this.completions
        .values('artist', folded, MOST_OF_A_KIND)
        .map((artist) =>
          suggestion('artist', artist, text, { start, end, insert: `${sign}artist:${quotedIfNeeded(artist)}` }),
        ),
      ...this.completions.names(wordsOf(phrase), limit).map(({ name }) => put('name', name)),
      ...prompts.map((prompt) => put('prompt', prompt.text)),
      ...(word === phrase || word === ''
        ? []
        : this.completions.values('tag', fold(word), limit).map((tag) => put('tag', tag, wordAt))),
    ];
    return [...found.slice(0, Math.max(1, limit - fields.length)), ...fields];
  }

  private tags(
    prefix: string,
    sign: string,
    text: string,
    [start, end]: [number, number],
    limit: number,
  ): Suggestion[] {
    return this.completions
      .values('tag', prefix, limit)
      .map((tag) => suggestion('tag', tag, text, { start, end, insert: `${sign}${tag}` }));
  }
}

/** Where the word or quotation that the cursor stands in ends. */
function endOfToken(text: string, cursor: number, quoted: boolean): number {
  const tail = text.slice(cursor);
  const rest = quoted ? new RegExp(`^[^${QUOTES}]*[${QUOTES}]`, 'u').exec(tail)?.[0] : undefined;
  return cursor + (rest ?? /^\S*/.exec(tail)![0]).length;
}

const quotedIfNeeded = (value: string): string => (/\s|[,;]$/.test(value) ? `"${value}"` : value);

const whole = (kind: SuggestionKind, text: string): Suggestion => ({
  kind,
  label: text,
  text,
  cursor: text.length,
  whole: true,
});

function suggestion(
  kind: SuggestionKind,
  label: string,
  text: string,
  { start, end, insert }: { start: number; end: number; insert: string },
): Suggestion {
  const before = text.slice(0, start);
  const after = text.slice(end);
  return {
    kind,
    label,
    text: `${before}${insert}${after}`,
    cursor: start + insert.length,
    whole: kind !== 'field' && before.trim() === '' && after.trim() === '',
  };
}
