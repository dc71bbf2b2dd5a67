import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTokenizer } from '../../src/clap/tokenizer.js';

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8'));
const { maxTokens, cases } = read('tokens.json') as { maxTokens: number; cases: { text: string; ids: number[] }[] };
const tokenize = createTokenizer(read('tiny-clap/tokenizer.json') as object, { maxTokens, padTokenId: 1 });

describe('tokenisation against the Python library', () => {
  it('covers 200 texts, some of which are cut', () => {
    expect(cases).toHaveLength(200);
    expect(cases.filter(({ ids }) => ids.length === maxTokens).length).toBeGreaterThan(1);
  });

  it.each(cases)('$text', ({ text, ids }) => {
    expect(tokenize([text]).ids).toEqual(ids);
  });
});
