import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { de } from './de';
import { en } from './en';
import { reasons } from './reasons.de';

const backend = fileURLToPath(new URL('../../../../backend/src/', import.meta.url));
const source = (file: string): string => readFileSync(path.join(backend, file), 'utf8');
const quoted = (text: string): string[] => [...text.matchAll(/'([a-z_]+)'/g)].map((match) => match[1] ?? '');

/** Sentences of a file that people read: capital first, a full stop last. Values are filled in. */
function sentences(text: string): string[] {
  const code = text.replace(/^\s*(\/\/|\/?\*).*$/gm, '');
  const found = [...code.matchAll(/(['"`])([A-Z](?:(?!\1)[^\\\n])*?\.)\1/g)].map((match) => match[2] ?? '');
  return found.filter((sentence) => sentence.includes(' ')).map((sentence) => sentence.replace(/\$\{[^}]*\}/g, '7'));
}

describe('every code of a problem has a text', () => {
  const codes = quoted(/ERROR_CODES = \[([^\]]*)\]/.exec(source('http/schemas/common.ts'))?.[1] ?? '');

  it.each([
    ['English', en],
    ['German', de],
  ])('in %s', (_, messages) => {
    expect(codes.length).toBeGreaterThan(15);
    expect(Object.keys(messages.problems).sort()).toEqual([...codes].sort());
  });
});

describe('in German there is every reason', () => {
  const inFolder = (folder: string): string[] =>
    readdirSync(path.join(backend, folder))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => `${folder}/${name}`);
  const files = [
    ...['audio/ffmpeg-decoder.ts', 'audio/ffmpeg-probe.ts', 'audio/media-process.ts'],
    ...['domain/ingest/upload.service.ts', 'domain/ingest/process.service.ts'],
    'adapters/disk/disk-audio-store.ts',
    ...inFolder('domain/maintenance'),
    'domain/library/spectrogram.service.ts',
    'adapters/sql/sqlite/upkeep.ts',
    'adapters/disk/file-audit.ts',
  ];

  /** Told to nobody: the log has them, or the person is gone. */
  const INTERNAL = [
    'A stored file has no valid name.',
    'Decoding was cancelled.',
    'The program is shutting down.',
    'The task was cancelled.',
    'The thread ended without an answer.',
    'This is not an audio file that can be read.',
  ];

  it.each(files)('of %s', (file) => {
    const missing = sentences(source(file)).filter(
      (sentence) => !INTERNAL.includes(sentence) && reasons.find(sentence) === null,
    );
    expect(missing).toEqual([]);
  });

  it('why bytes are no audio', () => {
    const said = sentences(source('audio/sniff.ts')).filter((sentence) => !sentence.startsWith('The file'));
    expect(said.length).toBeGreaterThan(6);
    for (const sentence of said) {
      const german = reasons.find(`${sentence} Supported are WAV, FLAC and MP3.`) ?? '';
      expect(german).toContain('Unterstützt werden WAV, FLAC und MP3.');
      expect(german).not.toContain('keine lesbare Tondatei');
    }
  });
});

describe('a reason in German', () => {
  it('keeps its values, with the names of units translated', () => {
    const sentence =
      'The sound is 12.5 hours long, more than the limit of 90 minutes. Split it, or raise MAX_DURATION_H.';
    expect(reasons.find(sentence)).toBe(
      'Der Klang ist 12,5 Stunden lang, erlaubt sind 90 Minuten. Teile ihn, oder erhöhe MAX_DURATION_H.',
    );
  });

  it('is not invented for other sentences', () => {
    expect(reasons.find('Something else.')).toBeNull();
  });
});
