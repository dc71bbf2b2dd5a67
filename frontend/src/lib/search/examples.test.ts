import { describe, expect, it } from 'vitest';
import { joinExamples, splitExamples, withoutIds } from './examples';

const A = '0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d';

describe('examples in a text', () => {
  it('are told from the words, and come back behind them', () => {
    const { words, examples } = splitExamples(`rain like:${A}@3.2-5^0.5 -like:${A}  clip:3f9a0b12 len:<5s`);
    expect(words).toBe('rain len:<5s');
    expect(examples.map(({ id, part, less }) => [id, part, less])).toEqual([
      [A, '3.2-5', false],
      [A, '', true],
      ['3f9a0b12', '', false],
    ]);
    expect(joinExamples(words, examples)).toBe(`rain len:<5s like:${A}@3.2-5^0.5 -like:${A} clip:3f9a0b12`);
  });

  it('leave alone what is typed without an id', () => {
    expect(splitExamples('rain  like:bel')).toEqual({ words: 'rain  like:bel', examples: [] });
  });

  it('are read by their names', () => {
    expect(withoutIds(`rain -like:${A}@1-2 clip:3f9a0b12`, new Map([[A, 'evening bell']]))).toBe(
      'rain -♪ evening bell ♪',
    );
  });
});
