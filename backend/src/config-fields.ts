import { z } from 'zod';

const emptyIsUnset = (value: unknown): unknown => (value === '' ? undefined : value);

/** An environment variable; an empty one counts as unset, as compose files pass them. */
export const env = <T extends z.ZodType>(schema: T) => z.preprocess(emptyIsUnset, schema);

/** What was given, for a message: no more of it than shows which one is meant. */
const shown = (given: unknown): string => {
  const text = String(given);
  return `not "${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`;
};

interface Range {
  from?: number;
  /** Must be larger than this. */
  above?: number;
  to?: number;
  /** A number outside that is taken as well, and what it stands for. */
  or?: readonly [value: number, meaning: string];
}

function inRange(what: string, range: Range, fits: (value: number) => boolean) {
  const { from = -Infinity, above = -Infinity, to = Infinity, or } = range;
  const bounds =
    range.above === undefined
      ? `from ${from} ${range.to === undefined ? 'on' : `to ${to}`}`
      : `above ${above}${range.to === undefined ? '' : `, at most ${to}`}`;
  const message = `must be ${what} ${bounds}${or === undefined ? '' : ` (or ${or[0]}: ${or[1]})`}`;
  return z.string().transform((text, context) => {
    const value = Number(text);
    const isWithin = value === or?.[0] || (value >= from && value > above && value <= to);
    if (text.trim() !== '' && fits(value) && isWithin) return value;
    context.addIssue({ code: 'custom', message: `${message}, ${shown(text)}` });
    return z.NEVER;
  });
}

/** As a person writes it, without a unit. */
const wholeNumber = (range: Range) => inRange('a whole number', range, Number.isSafeInteger);
const anyNumber = (range: Range) => inRange('a number', range, Number.isFinite);

export const whole = (fallback: number, range: Range) => env(wholeNumber(range).default(fallback));
export const wholeOrNone = (range: Range) => env(wholeNumber(range).optional());
export const number = (fallback: number, range: Range) => env(anyNumber(range).default(fallback));

/** One of a few words. */
export const oneOf = <const W extends readonly [string, ...string[]]>(words: W, fallback: W[number]) =>
  env(z.enum(words, { error: ({ input }) => `must be one of ${words.join(', ')}, ${shown(input)}` }).default(fallback));

const isHttp = (text: string): boolean => /^https?:\/\/[^/]/.test(text);

export const isReadableUrl = (text: string): boolean => {
  try {
    const { username, password } = new URL(text);
    return decodeURIComponent(username + password).length >= 0;
  } catch {
    return false;
  }
};

export const isHttpUrl = (text: string): boolean => isHttp(text) && isReadableUrl(text);

/** An address of a server. It may hold a password: a complaint does not show it. */
export const address = (example: string) =>
  z.string().refine(isHttpUrl, {
    error: ({ input }) =>
      isHttp(String(input))
        ? `is not a proper address such as ${example}; special characters of a user name or password must be written as %XX`
        : `must look like ${example}`,
  });
