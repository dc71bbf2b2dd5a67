import { describe, expect, it } from 'vitest';
import { contentTypeOf } from './content-type.js';
import { contentDisposition } from './disposition.js';
import { parseRange } from './range.js';

describe('parseRange', () => {
  it.each([
    [undefined, 10, null],
    ['bytes=0-0', 10, { start: 0, end: 0 }],
    ['bytes=9-', 10, { start: 9, end: 9 }],
    ['bytes=-20', 10, { start: 0, end: 9 }],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=10-12', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-5', 0, 'unsatisfiable'],
    ['bytes=-', 10, null],
    ['items=0-1', 10, null],
    ['bytes=1-2,4-5', 10, null],
  ])('%s of %i bytes', (header, size, expected) => {
    expect(parseRange(header, size)).toEqual(expected);
  });
});

describe('contentTypeOf', () => {
  it.each([
    ['pcm_s16le', 'a.wav', 'audio/wav'],
    ['pcm_s16be', 'a.aiff', 'audio/aiff'],
    ['opus', 'a.webm', 'audio/webm'],
    ['opus', 'a.opus', 'audio/ogg'],
    ['aac', 'film.mp4', 'audio/mp4'],
    ['mp3', 'renamed.wav.txt', 'audio/mpeg'],
    ['mp3', 'page.html', 'audio/mpeg'],
    ['flac', 'lie.mp3', 'audio/flac'],
    [null, 'page.html', 'application/octet-stream'],
    ['unknown', 'a.flac', 'audio/flac'],
  ])('codec %s in %s is %s', (codec, filename, expected) => {
    expect(contentTypeOf({ codec, filename })).toBe(expected);
  });
});

describe('contentDisposition', () => {
  it('names a file in any language, and no way to elsewhere', () => {
    expect(contentDisposition('attachment', 'Überall.wav')).toBe(
      `attachment; filename="_berall.wav"; filename*=UTF-8''%C3%9Cberall.wav`,
    );
    expect(contentDisposition('attachment', '../..\\evil.zip')).toBe(
      `attachment; filename=".._.._evil.zip"; filename*=UTF-8''.._.._evil.zip`,
    );
  });
});
