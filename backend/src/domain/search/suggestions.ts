import { demand, type Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import { EXAMPLE_NAMES } from './query-language.js';
import { fieldNamed, fieldsStarting, type Field } from './query-fields.js';
import { ORDER_NAMES } from './query-sorts.js';
import { QUOTES } from './query-tokens.js';
import { ME, SOUND_COLOURS } from '../library/library.types.js';
import type { Completions } from './search.ports.js';
import { askedWords, fold } from './words.js';

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

/** Ways to write what has no list of values. */
const PATTERNS: Readonly<Partial<Record<Field, readonly string[]>>> = {
  bpm: ['120', '<90', '90-120', '120-140', '>140'],
  len: ['<1s', '<5s', '5-30s', '30s-2m', '>2m'],
  damaged: ['true', 'false'],
  favourite: ['true', 'false'],
  rating: ['5', '4-5', '3-5'],
  colour: SOUND_COLOURS,
  kind: ['one-shot', 'loop', 'long'],
  loudness: ['>-14', '-23..-14', '<-23'],
  brightness: ['<500', '500-2k', '2k-5k', '>5k'],
  visibility: ['private', 'shared', 'public'],
  rate: ['44.1k', '48k', '96k', '>48k'],
  bits: ['16', '24', '32', '>24'],
  recorded: ['2019', '2019-03', '>2019', '1990..1999'],
  sort: ORDER_NAMES,
};

const FIELD = new RegExp(`(?:^|\\s)(-*)(\\p{L}{2,}):(?:[${QUOTES}]([^${QUOTES}]*)|(\\S*))$`, 'u');
/** A word with which plain words end: a sign, a filter, a quotation, a weight. */
const NOT_PLAIN = new RegExp(`^[-+]|[:^${QUOTES}]`, 'u');
/** What is being typed may be the last words of a description: this many of them at most are tried. */
const MOST_WORDS = 4;
const MOST_OF_A_KIND = 4;

/** Completes what is typed into the search box, at the cursor. */
export class SuggestionService {
  private readonly descriptions: readonly { text: string; folded: string }[];

  /** @param descriptions of sounds, of which it is known that they find something */
  constructor(
    private readonly completions: Seen<Completions>,
    descriptions: readonly string[],
    private readonly today: () => Date = () => new Date(),
  ) {
    this.descriptions = descriptions.map((text) => ({ text, folded: fold(text) }));
  }

  /**
   * @param text all of the box
   * @param cursor where it stands, in UTF-16 units
   * @returns best first, each text once; never the text as it is
   */
  async suggest(actor: Actor, text: string, cursor: number, limit: number): Promise<Suggestion[]> {
    demand(actor, 'read');
    const known = this.completions(viewerOf(actor));
    const head = text.slice(0, cursor);
    const field = FIELD.exec(head);
    const found = field
      ? await this.values(known, text, head, field, limit)
      : await this.words(known, text, head, limit);
    return distinct(found, text).slice(0, limit);
  }

  private async values(
    known: Completions,
    text: string,
    head: string,
    match: RegExpExecArray,
    limit: number,
  ): Promise<Suggestion[]> {
    const [whole, signs = '', name = '', quoted, bare = ''] = match;
    const start = head.length - whole.trimStart().length;
    const end = endOfToken(text, head.length, quoted !== undefined);
    const prefix = quoted ?? bare;
    const put = (value: string, label = value): Suggestion =>
      suggestion('value', label, text, { start, end, insert: `${signs.slice(0, 1)}${name}:${quotedIfNeeded(value)}` });
    const folded = fold(prefix);
    if (EXAMPLE_NAMES.some((example) => example === name.toLowerCase())) {
      return (await known.names(askedWords(prefix), limit)).map((sound) => put(sound.id, sound.name));
    }
    const field = fieldNamed(name);
    switch (field) {
      case null:
        return [];
      case 'title':
      case 'file':
      case 'name':
        return (await known.names(askedWords(prefix), limit)).map((sound) => put(sound.name));
      case 'note':
      case 'album':
        return [];
      case 'bpm':
      case 'len':
      case 'added':
      case 'damaged':
      case 'favourite':
      case 'rating':
      case 'colour':
      case 'kind':
      case 'loudness':
      case 'brightness':
      case 'channels':
      case 'visibility':
      case 'rate':
      case 'bits':
      case 'recorded':
      case 'sort':
        return (PATTERNS[field] ?? this.dates()).filter((value) => value.startsWith(prefix)).map((value) => put(value));
      case 'owner':
        return [...(ME.startsWith(folded) ? [ME] : []), ...(await known.values(field, folded, limit))].map((value) =>
          put(value),
        );
      default:
        return (await known.values(field, folded, limit)).map((value) => put(value));
    }
  }

  private dates(): string[] {
    const now = this.today();
    const day = (back: number): string => new Date(now.getTime() - back * 86_400_000).toISOString().slice(0, 10);
    return [day(0), `>${day(7)}`, `>${day(0).slice(0, 7)}`, `>${day(0).slice(0, 4)}`, day(0).slice(0, 4)];
  }

  private async words(known: Completions, text: string, head: string, limit: number): Promise<Suggestion[]> {
    const atEnd = text.slice(head.length).trim() === '';
    const typed = fold(head.trimStart());
    const history = atEnd ? (await known.queries(typed, limit)).map((query) => whole('history', query)) : [];
    if (typed === '') return [...history, ...(await known.values('tag', '', limit)).map((tag) => whole('tag', tag))];
    const end = endOfToken(text, head.length, false);
    const endings = endingsOf(head);
    const found: Suggestion[] = [];
    for (const ending of endings) found.push(...(await this.completed(known, text, head, ending, end, limit)));
    const fields = endings.slice(-1).flatMap(({ start, sign }) => {
      const word = head.slice(start).replace(/^-+/, '');
      return fieldsStarting(word).map((name) =>
        suggestion('field', `${name}:`, text, { start, end, insert: `${sign}${name}:` }),
      );
    });
    const others = distinct([...history, ...found], text);
    return [...others.slice(0, Math.max(1, limit - fields.length)), ...fields];
  }

  /** Tags, artists, sounds and descriptions that begin with the last words, or with one of them. */
  private async completed(
    known: Completions,
    text: string,
    head: string,
    { start, sign }: Ending,
    end: number,
    limit: number,
  ): Promise<Suggestion[]> {
    const words = head.slice(start).replace(/^-+/, '');
    const folded = fold(words);
    const put = (kind: SuggestionKind, value: string): Suggestion => {
      const insert = sign && /\s/.test(value) ? `-"${value}"` : `${sign}${value}`;
      return suggestion(kind, value, text, { start, end, insert });
    };
    const prompts = this.descriptions.filter((prompt) => prompt.folded.startsWith(folded)).slice(0, MOST_OF_A_KIND);
    return [
      ...(await known.values('tag', folded, limit)).map((tag) => put('tag', tag)),
      ...(await known.values('artist', folded, MOST_OF_A_KIND)).map((artist) =>
        suggestion('artist', artist, text, { start, end, insert: `${sign}artist:${quotedIfNeeded(artist)}` }),
      ),
      ...(await known.names(askedWords(words), limit)).map(({ name }) => put('name', name)),
      ...prompts.map((prompt) => put('prompt', prompt.text)),
    ];
  }
}

/** Where the last words begin, the sign included. */
interface Ending {
  start: number;
  sign: '' | '-';
}

/** The last plain words before the cursor, the last two, and so on; most words first. None after a space. */
function endingsOf(head: string): Ending[] {
  const words = [...head.matchAll(/\S+/gu)].slice(-MOST_WORDS).reverse();
  const last = words[0];
  if (!last || /\s$/u.test(head)) return [];
  if (/^-+[^\s-]/u.test(last[0]) && !NOT_PLAIN.test(last[0].replace(/^-+/, '')))
    return [{ start: last.index, sign: '-' }];
  const until = words.findIndex(([word]) => NOT_PLAIN.test(word));
  return words
    .slice(0, until < 0 ? undefined : until)
    .map(({ index }): Ending => ({ start: index, sign: '' }))
    .reverse();
}

/** Each text once, and never the one that stands there. */
function distinct(suggestions: readonly Suggestion[], text: string): Suggestion[] {
  const seen = new Set([fold(text.trim())]);
  return suggestions.filter((suggestion) => {
    const identity = fold(suggestion.text.trim());
    return !seen.has(identity) && seen.add(identity);
  });
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
