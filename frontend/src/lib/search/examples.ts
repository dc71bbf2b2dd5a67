/** `like:ID@3-5^0.5` and `clip:ID` as they stand in the text of a search. */
const EXAMPLE =
  /(?<=^|\s)(-?)(?:like:([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(@[\d.:]*-?[\d.:]*)?(?:~[\p{L}\d.:=,~]*)?|clip:([0-9a-z-]{6,}))(\^[\d.]+)?(?=\s|$)/giu;

export interface Example {
  /** As it is typed. */
  typed: string;
  /** Of a sound or a clip. */
  id: string;
  /** A part of the sound as it is typed, such as `3.2-5`; else empty. */
  part: string;
  less: boolean;
}

/** The sounds that a search is made with, and what else stands in its text. */
export function splitExamples(q: string): { words: string; examples: Example[] } {
  const examples = [...q.matchAll(EXAMPLE)].map(([typed, minus, soundId, part, clipId]) => ({
    typed,
    id: soundId ?? clipId ?? '',
    part: part?.slice(1) ?? '',
    less: minus === '-',
  }));
  const words = examples.length === 0 ? q : q.replace(EXAMPLE, '').replace(/\s+/gu, ' ').trim();
  return { words, examples };
}

/** The text of a search: words first, so that places in them stay what they are. */
export const joinExamples = (words: string, examples: readonly Pick<Example, 'typed'>[]): string =>
  examples.length === 0 ? words : [words, ...examples.map(({ typed }) => typed)].filter(Boolean).join(' ');

/** A text as people read it: names instead of ids. */
export function withoutIds(q: string, names: ReadonlyMap<string, string>): string {
  return q
    .replace(EXAMPLE, (_typed, minus: string, soundId?: string, _part?: string, clipId?: string) => {
      const name = names.get(soundId ?? clipId ?? '');
      return `${minus}♪${name === undefined ? '' : ` ${name}`}`;
    })
    .replace(/\s+/gu, ' ')
    .trim();
}
