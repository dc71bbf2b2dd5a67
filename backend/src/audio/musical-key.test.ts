import { describe, expect, it } from 'vitest';
import { normaliseKey } from './musical-key.js';

describe('normaliseKey', () => {
  it.each([
    ['C', 'C'],
    ['c', 'C'],
    ['Am', 'Am'],
    ['A minor', 'Am'],
    ['a-Moll', 'Am'],
    ['Amin', 'Am'],
    ['AM', 'A'],
    ['A maj', 'A'],
    ['F♯m', 'F#m'],
    ['F sharp minor', 'F#m'],
    ['B♭', 'Bb'],
    ['Bbm', 'Bbm'],
    ['Eb Major', 'Eb'],
    ['C-Dur', 'C'],
    ['8A', 'Am'],
    ['8b', 'C'],
    ['1A', 'Abm'],
    ['12B', 'E'],
    ['1m', 'Am'],
    ['1d', 'C'],
    ['6d', 'B'],
    ['12m', 'Dm'],
  ])('%s is %s', (written, expected) => {
    expect(normaliseKey(written)).toBe(expected);
  });

  it.each(['', 'H#?', 'none', '13A', '0m', '0A', 'o', 'Am7b5', '128'])('%j is no key', (written) => {
    expect(normaliseKey(written)).toBeNull();
  });
});
