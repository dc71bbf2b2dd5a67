import { describe, expect, it } from 'vitest';
import { mustBeHardToGuess } from './passwords.js';

describe('a password', () => {
  it.each([
    'password123',
    'Passwort2026!',
    'aaaaaaaaaaaa',
    '1234567890',
    'ada-ada-ada',
    'qwertz123456',
    'Willkommen1!',
    'qwertyuiop',
    '1q2w3e4r5t',
    'abc123abc123',
    'monkey12345',
    'Dragon!!2024',
    'P@ssw0rd2026',
    'iloveyouprincess',
    'Fußball2024',
  ])('that everybody tries first is refused: %s', (password) =>
    expect(() => mustBeHardToGuess(password, 'Ada')).toThrow(/too easy/),
  );

  it.each([
    'correct horse battery',
    'Fünf nasse Steine',
    'x7!Qp0-vR2zz',
    'рождество зимой',
    '夢のエンジンを回す者達',
    '840173920475113',
    'dragonflies over water',
    'Sommerregen am Bach',
    't4kt-gefühl 9 Uhr',
  ])('of some length and thought is taken: %s', (password) =>
    expect(() => mustBeHardToGuess(password, 'Ada')).not.toThrow(),
  );
});
