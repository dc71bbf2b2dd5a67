import type { Sound } from '$lib/api/types';

type SoundTag = Sound['tags'][number];

const WANTED = 5;
/** Names such as `clip-0001` or `a3f9c2e1` say nothing. */
const TELLING = /^[\p{L}][\p{L}' ]{4,36}$/u;

const words = (name: string): string =>
  name
    .replace(/\.[a-z0-9]{1,5}$/i, '')
    .replaceAll(/[_\-.]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase();

const firstWord = (text: string): string => text.split(' ', 1)[0]!;

/**
 * Things to search for that occur in those of these sounds that can be found: their own tags and telling names, a few of them,
 * of different kinds first.
 * @param nameOf what people who speak the language of the page call a tag
 */
export function promptsFrom(sounds: readonly Sound[], nameOf: (tag: SoundTag) => string): string[] {
  const found = sounds
    .filter(({ status }) => status === 'ready')
    .flatMap((sound) => [
      words(sound.title ?? sound.filename),
      ...sound.tags.filter(({ source }) => source !== 'file').map((tag) => nameOf(tag)),
    ]);
  const telling = [...new Set(found.filter((text) => TELLING.test(text)))];
  const kinds = telling.map(firstWord);
  const first = telling.filter((text, i) => kinds.indexOf(firstWord(text)) === i);
  return [...new Set([...first, ...telling])].slice(0, WANTED);
}
