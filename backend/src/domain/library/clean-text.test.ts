import { describe, expect, it } from 'vitest';
import { cleanLine, cleanParagraphs } from './clean-text.js';

describe('cleanLine', () => {
  it.each([
    ['  two \t words\r\n', 'two words'],
    ['Gro\u0308ße', 'Größe'],
    ['a\u202egpj\u0000b', 'agpjb'],
    ['\ufeffTitle\u200b', 'Title'],
    ['half \ud83c of one', 'half of one'],
    ['می\u200cخواهم 👩\u200d👧', 'می\u200cخواهم 👩\u200d👧'],
    ['\u200d \u200c', ''],
  ])('%j becomes %j', (given, expected) => {
    expect(cleanLine(given)).toBe(expected);
  });
});

it('cleanParagraphs keeps lines', () => {
  expect(cleanParagraphs('\n one  line \r\n\r\n\r\n\r\nanother\u0000\rlast ')).toBe('one line\n\nanother\nlast');
});

it('takes no longer for a long run of joiners than its length asks for', () => {
  const run = '\u200d'.repeat(400_000);
  expect(cleanLine(`${run}x${run}y${run}`)).toBe(`x${run}y`);
});
