import { describe, expect, it } from 'vitest';
import { parseKey } from './musical-key.js';

describe('parseKey', () => {
  it.each([
    ['C', 'C'],
    ['c', 'C'],
    ['Am', 'Am'],
    ['am', 'Am'],
    [' A  minor ', 'Am'],
    ['Amin', 'Am'],
    ['Amin.', 'Am'],
    ['AM', 'A'],
    ['A maj', 'A'],
    ['F♯m', 'F#m'],
    ['F♯ Major', 'F#'],
    ['F sharp minor', 'F#m'],
    ['C-sharp minor', 'C#m'],
    ['csharp minor', 'C#m'],
    ['B♭', 'Bb'],
    ['B ♭ minor', 'Bbm'],
    ['Bbm', 'Bbm'],
    ['Bbmin', 'Bbm'],
    ['B flat minor', 'Bbm'],
    ['B minor', 'Bm'],
    ['Bm', 'Bm'],
    ['b', 'B'],
    ['C# maj', 'C#'],
    ['Ｃ＃ｍ', 'C#m'],
    ['Db', 'Db'],
    ['Eb Major', 'Eb'],
    ['Key: Am', 'Am'],
  ])('reads the name %s as %s', (written, expected) => {
    expect(parseKey(written)).toBe(expected);
  });

  it.each([
    ['La mineur', 'Am'],
    ['Ré majeur', 'D'],
    ['RE\u0301 mineur', 'Dm'],
    ['Do dièse mineur', 'C#m'],
    ['Si bémol majeur', 'Bb'],
    ['Sib majeur', 'Bb'],
    ['A mineur', 'Am'],
    ['Si bemolle maggiore', 'Bb'],
    ['sol minore', 'Gm'],
    ['Fa# menor', 'F#m'],
    ['Fa sostenido menor', 'F#m'],
    ['Mi mayor', 'E'],
    ['Mi bemol maior', 'Eb'],
    ['Tonalité : La mineur', 'Am'],
    ['La mineur / 8A', 'Am'],
    ['Open Key 4d', 'A'],
    ['open key: 1m', 'Am'],
    ['Camelot 8A', 'Am'],
  ])('reads the %s of other languages and wheels as %s', (written, expected) => {
    expect(parseKey(written)).toBe(expected);
  });

  it.each(['La', 'Do', 'Sol', 'do m', 'Mi casa', 'la la mineur', 'Open Key', 'Open Key 13d'])(
    'takes %s for no key',
    (written) => {
      expect(parseKey(written)).toBeNull();
    },
  );

  it.each([
    ['a-Moll', 'Am'],
    ['a moll', 'Am'],
    ['C-Dur', 'C'],
    ['H-Moll', 'Bm'],
    ['h moll', 'Bm'],
    ['H', 'B'],
    ['Hm', 'Bm'],
    ['B-Moll', 'Bbm'],
    ['B-Dur', 'Bb'],
    ['b-moll', 'Bbm'],
    ['Bb-Dur', 'Bb'],
    ['Es-Dur', 'Eb'],
    ['es-moll', 'Ebm'],
    ['As-Dur', 'Ab'],
    ['As', 'Ab'],
    ['Des-Dur', 'Db'],
    ['Ges', 'Gb'],
    ['Fis-Dur', 'F#'],
    ['fis', 'F#'],
    ['cis-moll', 'C#m'],
    ['gis-Moll', 'G#m'],
    ['Ais-Moll', 'A#m'],
  ])('reads the German %s as %s', (written, expected) => {
    expect(parseKey(written)).toBe(expected);
  });

  it.each([
    ['8A', 'Am'],
    ['08A', 'Am'],
    ['8b', 'C'],
    ['1A', 'Abm'],
    ['12B', 'E'],
    ['1m', 'Am'],
    ['01m', 'Am'],
    ['1d', 'C'],
    ['6d', 'B'],
    ['12m', 'Dm'],
    ['12d', 'F'],
  ])('reads the place %s on a wheel as %s', (written, expected) => {
    expect(parseKey(written)).toBe(expected);
  });

  it.each([
    ['Am/8A', 'Am'],
    ['8A/Am', 'Am'],
    ['8A - Am', 'Am'],
    ['8A-Am', 'Am'],
    ['Am 8A', 'Am'],
    ['A Minor (8A)', 'Am'],
    ['8A [A minor]', 'Am'],
    ['C# minor | 12A', 'C#m'],
    // The wheel has no sharps and flats: the name counts.
    ['2A - D#m', 'D#m'],
    ['A#m +50', 'A#m'],
    ['A#m+50', 'A#m'],
    ['Am -12 cents', 'Am'],
    ['Am/C', 'Am'],
    ['8A - Energy 7', 'Am'],
  ])('reads %s', (written, expected) => {
    expect(parseKey(written)).toBe(expected);
  });

  it.each([
    '',
    'H#?',
    'none',
    '13A',
    '0m',
    '0A',
    'o',
    'Am7b5',
    '128',
    'Hb',
    'Esther',
    'Fish',
    'All',
    'Am/rain',
    'A Basic',
  ])('%j is no key', (written) => {
    expect(parseKey(written)).toBeNull();
  });

  it('reads a text of any length at once', () => {
    expect(parseKey('A'.repeat(1e6))).toBeNull();
    expect(parseKey('a / '.repeat(1e5))).toBeNull();
  });
});
