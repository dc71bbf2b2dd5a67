export const QUOTES = '"“”„‟«»';
const WEIGHT = String.raw`\^-?\d+(?:[.,]\d+)?`;
const LEADING_QUOTES = new RegExp(`^[${QUOTES}]+`, 'u');
const TOKEN =
  String.raw`(?<minus>-+)?(?:(?<name>\p{L}{2,}):)?` +
  String.raw`(?:[${QUOTES}](?<quoted>[^${QUOTES}]*)[${QUOTES}](?<weight>${WEIGHT})?|(?<bare>\S*))`;
const WEIGHTED = new RegExp(`^(.*?)((?:${WEIGHT})+)$`, 'su');

/** What stands between two spaces, or a quotation with what belongs to it. */
export interface Token {
  at: number;
  raw: string;
  minus: boolean;
  name: string | undefined;
  /** What stands between quotation marks. */
  quoted: string | undefined;
  /** Weight after a closing quotation mark, as typed. */
  weight: string | undefined;
  bare: string;
  /** A quotation mark that is never closed stood here; it counts as nothing. */
  unclosed: boolean;
}

export function* tokensOf(typed: string): Generator<Token> {
  const pattern = new RegExp(TOKEN, 'uy');
  for (let at = 0; at < typed.length; at = Math.max(at + 1, pattern.lastIndex)) {
    if (/\s/u.test(typed[at]!)) {
      pattern.lastIndex = at + 1;
      continue;
    }
    pattern.lastIndex = at;
    const { minus, name, quoted, weight, bare: typedBare = '' } = pattern.exec(typed)?.groups ?? {};
    const bare =
      typedBare + (name !== undefined && /^[<>=]*[-−]?\d\S*$/u.test(typedBare) ? unitAfter(typed, pattern) : '');
    const unclosed = LEADING_QUOTES.test(bare);
    // Alone before other words: these are read as if it were not there.
    if (unclosed && minus === undefined && name === undefined) pattern.lastIndex = at + 1;
    const raw = typed.slice(at, pattern.lastIndex);
    yield {
      at,
      raw,
      minus: minus !== undefined,
      name,
      quoted,
      weight,
      bare: bare.replace(LEADING_QUOTES, ''),
      unclosed,
    };
  }
}

/** `brightness:>3 kHz`: a unit belongs to the number before it. */
function unitAfter(typed: string, pattern: RegExp): string {
  const unit = / (?:k?hz|lufs|db|bpm)(?=\s|$)/iuy;
  unit.lastIndex = pattern.lastIndex;
  const [found = ''] = unit.exec(typed) ?? [];
  pattern.lastIndex += found.length;
  return found;
}

/** A word and the weight at its end, as typed; of several weights the last one counts. */
export function splitWeight(word: string): { base: string; weight: string | undefined } {
  const [, base = word, weights] = WEIGHTED.exec(word) ?? [];
  return { base, weight: weights === undefined ? undefined : `^${weights.split('^').at(-1)}` };
}
