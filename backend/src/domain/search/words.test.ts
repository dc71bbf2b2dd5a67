import { describe, expect, it } from 'vitest';
import { askedWords, contentWords, editDistance, fold, formsOf, indexedWords, wordsOf } from './words.js';

describe('words', () => {
  it('folds case and accents', () => {
    expect(fold('ÄRGER Café')).toBe('arger cafe');
  });

  it('cuts at signs and between letters and digits', () => {
    expect(wordsOf('Kick_808(dry)-v2.WAV')).toEqual(['kick', '808', 'dry', 'v', '2', 'wav']);
    expect(wordsOf('*** --- 💥')).toEqual([]);
    expect(wordsOf('雨の音 дождь')).toEqual(['雨の音', 'дождь']);
  });

  it('takes the endings of file names for no words', () => {
    expect(askedWords('misc_crow.flac, Kick_808(dry).WAV')).toEqual(['misc', 'crow', 'kick', '808', 'dry']);
    expect(askedWords('flac .wav a.b.wavy')).toEqual(['flac', 'wav', 'a', 'b', 'wavy']);
  });

  it('adds the parts of words written together', () => {
    expect(indexedWords('DarkRain')).toEqual(['darkrain', 'dark', 'rain']);
    expect(indexedWords('dark rain')).toEqual(['dark', 'rain']);
  });

  it('drops words without meaning unless there are no others', () => {
    expect(contentWords(['rain', 'on', 'the', 'roof'])).toEqual(['rain', 'roof']);
    expect(contentWords(['on', 'the'])).toEqual(['on', 'the']);
  });

  it.each([
    ['dogs', 'dog'],
    ['barking', 'bark'],
    ['barks', 'barking'],
    ['running', 'run'],
    ['driving', 'drive'],
    ['glasses', 'glass'],
    ['melodies', 'melody'],
  ])('knows that %s and %s belong together', (word, form) => {
    expect(formsOf(word)).toContain(form);
  });

  it.each(['glass', 'is', 'bass', 'ring'])('leaves %s alone', (word) => {
    expect(formsOf(word)).toEqual([]);
  });

  it('counts edits, swaps as one, and gives up past the limit', () => {
    expect(editDistance('thunder', 'thunder', 2)).toBe(0);
    expect(editDistance('thudner', 'thunder', 2)).toBe(1);
    expect(editDistance('thnder', 'thunder', 2)).toBe(1);
    expect(editDistance('guitar', 'piano', 2)).toBe(3);
  });
});
