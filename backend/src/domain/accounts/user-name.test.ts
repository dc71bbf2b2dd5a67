import { describe, expect, it } from 'vitest';
import { foldName, properName } from './user-name.js';

describe('the name of an account', () => {
  it.each([
    ['Ada', 'Ada'],
    ['  Ada   Lovelace ', 'Ada Lovelace'],
    ['Ａｄａ', 'Ada'],
    ['Zoë', 'Zoë'],
    ['Анна', 'Анна'],
    ['Анна (DJ)', 'Анна (DJ)'],
    ['Ελένη', 'Ελένη'],
    ['DJかな音', 'DJかな音'],
    ['علی\u200cرضا', 'علی\u200cرضا'],
    ['❤\ufe0f Ada', '❤ Ada'],
    ['👩\u200d🚀', '👩\u200d🚀'],
    ['studio-7_b', 'studio-7_b'],
  ])('%s is kept as %s', (name, kept) => expect(properName(name)).toBe(kept));

  it.each([
    ['\u0410da', 'a Cyrillic A'],
    ['Ad\u0430', 'a Cyrillic a'],
    ['\u0391da', 'a Greek Alpha'],
    ['B\u043eb \u0410da', 'a Cyrillic o'],
    ['Ada\u200d', 'a joiner'],
    ['A\u200bda', 'a space of no width'],
    ['A\u00adda', 'a soft hyphen'],
    ['\u3164', 'a filler'],
    ['Ada\u2800', 'an empty sign of Braille'],
    ['A\u202eda', 'a mark that turns the text around'],
    [' ', 'nothing'],
    ['\ufdfa'.repeat(10), 'what becomes too long'],
  ])('%j is refused: %s', (name) => expect(properName(name)).toBeNull());

  it('counts as one in every way of writing it', () => {
    for (const name of ['ada', ' ADA ', 'Àda', 'Ａｄａ']) expect(foldName(name)).toBe('ada');
  });
});
