import { cleanLine } from './clean-text.js';

const MAX_BYTES = 255;

/**
 * A name that is safe to store and show: the last part of any path, cleaned as {@link cleanLine} does, of at most 255 bytes of
 * UTF-8 with its ending kept. Characters of all languages stay.
 */
export function safeFilename(given: string | undefined): string {
  const clean = cleanLine((given ?? '').split(/[/\\]/).at(-1) ?? '');
  const name = /^\.*$/.test(clean) ? 'unnamed' : clean;
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const ending = /\.[^.]{1,16}$/.exec(name)?.[0] ?? '';
  const room = MAX_BYTES - Buffer.byteLength(ending);
  const stem = Array.from(name.slice(0, name.length - ending.length));
  let used = 0;
  const kept = stem.filter((character) => (used += Buffer.byteLength(character)) <= room);
  return kept.join('') + ending;
}
