const MAX_BYTES = 255;

/**
 * A name that is safe to store and show: the last part of any path, without control and direction characters, of at most
 * 255 bytes of UTF-8 with its ending kept. Other characters of all languages stay.
 */
export function safeFilename(given: string | undefined): string {
  // Going through bytes replaces halves of surrogate pairs, which no encoding can hold.
  const text = Buffer.from(given ?? '')
    .toString()
    .normalize('NFC');
  const base = text.split(/[/\\]/).at(-1) ?? '';
  // eslint-disable-next-line no-control-regex -- control characters are what is removed
  const clean = base.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '').trim();
  const name = /^\.*$/.test(clean) ? 'unnamed' : clean;
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const ending = /\.[^.]{1,16}$/.exec(name)?.[0] ?? '';
  const room = MAX_BYTES - Buffer.byteLength(ending);
  const stem = Array.from(name.slice(0, name.length - ending.length));
  let used = 0;
  const kept = stem.filter((character) => (used += Buffer.byteLength(character)) <= room);
  return kept.join('') + ending;
}
