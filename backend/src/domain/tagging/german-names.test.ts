import { describe, expect, it } from 'vitest';
import { DEFAULT_VOCABULARY } from './default-vocabulary.js';
import { germanName, tagNames } from './german-names.js';

describe('German names of automatic tags', () => {
  it('finds the built-in word by each of its German names, in any spelling of case and accents', () => {
    expect(tagNames('Hund')).toContain('dog');
    expect(tagNames('HUNDE')).toContain('dog');
    expect(tagNames('Vögel')).toContain('birds');
    expect(tagNames('vogel')).toContain('birds');
    expect(tagNames('Regen')).toEqual(['regen', 'rain']);
  });

  it('leaves other words alone', () => {
    expect(tagNames('Lieblingsklang')).toEqual(['lieblingsklang']);
    expect(germanName('my own word')).toBeUndefined();
  });

  it('names only words that there are, and shows the first', () => {
    const words = DEFAULT_VOCABULARY.flatMap((group) => group.words.map(({ name }) => name));
    const named = words.filter((word) => germanName(word) !== undefined);
    expect(named).toEqual(words);
    expect(germanName('hi-hat')).toBe('Hi-Hat');
    expect(tagNames('Hi-Hat')).toHaveLength(1);
    expect(germanName('dog')).toBe('Hund');
    expect(germanName('constructor')).toBeUndefined();
  });
});
