/** Sentences of the server with `{0}`, `{1}`… where values stand, and the same in another language. */
export type Reasons = readonly (readonly [english: string, translated: string])[];

/** Looks sentences of the server up; compiled once per language. */
export class ReasonBook {
  readonly #entries: { pattern: RegExp; order: number[]; translated: string }[];
  readonly #words: readonly (readonly [RegExp, string])[];

  /** @param words replaced inside the values, such as the names of units */
  constructor(reasons: Reasons, words: readonly (readonly [RegExp, string])[]) {
    this.#words = words;
    this.#entries = reasons.map(([english, translated]) => ({
      pattern: patternOf(english),
      order: [...english.matchAll(/\{(\d)\}/g)].map((match) => Number(match[1])),
      translated,
    }));
  }

  /** Null for a sentence that is not in the book. */
  find(sentence: string): string | null {
    for (const { pattern, order, translated } of this.#entries) {
      const match = pattern.exec(sentence);
      if (!match) continue;
      return translated.replace(/\{(\d)\}/g, (_, digit: string) => {
        const value = match[order.indexOf(Number(digit)) + 1] ?? '';
        return this.#words.reduce((text, [word, replacement]) => text.replace(word, replacement), value);
      });
    }
    return null;
  }
}

function patternOf(english: string): RegExp {
  const parts = english.split(/\{\d\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('(.+?)')}$`);
}
