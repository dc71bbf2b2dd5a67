import { describe, expect, it } from 'vitest';
import { safeFilename } from './filename.js';

describe('safeFilename', () => {
  it.each([
    ['folder/sub/Größe 音.wav', 'Größe 音.wav'],
    ['C:\\music\\kick.wav', 'kick.wav'],
    ['../../etc/passwd', 'passwd'],
    ['..', 'unnamed'],
    ['folder/', 'unnamed'],
    [undefined, 'unnamed'],
    ['a\u0000b\u202egpj.wav', 'abgpj.wav'],
    ['u\u0308ber.wav', 'über.wav'],
    ['.hidden', '.hidden'],
    ['100%25 %0A.wav', '100%25 %0A.wav'],
    ['می\u200cخواهم.wav', 'می\u200cخواهم.wav'],
  ])('%j becomes %j', (given, expected) => {
    expect(safeFilename(given)).toBe(expected);
  });

  it('keeps the ending of a name that is too long and never cuts a character in two', () => {
    const name = safeFilename(`${'🎵'.repeat(100)}.flac`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(name).toMatch(/^(?:🎵)+\.flac$/u);
  });

  it('drops halves of characters, which no file system or JSON can hold', () => {
    expect(safeFilename('a\ud83cb.wav')).toBe('ab.wav');
  });
});
