import type { Sound } from '$lib/api/types';

type SoundTag = Sound['tags'][number];

const WANTED = 5;
/** Names such as `clip-0001`, `a3f9c2e1` or `bd zum` say nothing; a word of one letter may be a key. */
const TELLING = /^[\p{L}][\p{L}' ]{4,36}$/u;
const isName = (text: string): boolean =>
  TELLING.test(text) && text.split(' ').every((word) => word.length > 2 || SMALL.has(word));
const SMALL = new Set(['a', 'an', 'am', 'at', 'by', 'im', 'in', 'of', 'on', 'to', 'zu']);
/** What is called so by somebody, or heard, may be short. */
const isTag = (text: string): boolean => /^[\p{L}][\p{L}' -]{2,36}$/u.test(text);

const words = (name: string): string =>
  name
    .replace(/\.[a-z0-9]{1,5}$/i, '')
    .replaceAll(/[_\-.]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase();

const firstWord = (text: string): string => text.split(' ', 1)[0]!;

/**
 * Things to search for that occur in those of these sounds that can be found: their tags, and telling names after them, a few of
 * them, of different kinds first.
 * @param nameOf what people who speak the language of the page call a tag
 */
export function promptsFrom(sounds: readonly Sound[], nameOf: (tag: SoundTag) => string): string[] {
  const ready = sounds.filter(({ status }) => status === 'ready');
  const given = ready.map(
    ({ tags }) => new Set(tags.filter(({ source }) => source === 'user').map(({ name }) => name)),
  );
  /** What somebody gave to all of them finds nothing in particular, such as `demo` of the demo sounds. */
  const isOnAll = ({ name }: SoundTag): boolean => given.length > 1 && given.every((own) => own.has(name));
  const tags = ready.flatMap(({ tags }) =>
    tags.filter((tag) => tag.source !== 'file' && !isOnAll(tag)).map((tag) => nameOf(tag)),
  );
  const names = ready.map((sound) => words(sound.title ?? sound.filename));
  const telling = [...new Set([...tags.filter(isTag), ...names.filter(isName)])];
  const kinds = telling.map(firstWord);
  const first = telling.filter((text, i) => kinds.indexOf(firstWord(text)) === i);
  return [...new Set([...first, ...telling])].slice(0, WANTED);
}
