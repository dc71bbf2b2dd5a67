import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Reason } from '$lib/api/types';
import { de } from './de';
import { en } from './en';
import { reasons } from './reasons/de';
import { say } from './reasons/sentences';

interface Document {
  paths: Record<string, Record<string, { operationId: string; 'x-right': string }>>;
  components: {
    schemas: {
      Problem: { properties: { code: { enum: string[] } } };
      Reason: { properties: { id: { enum: string[] } } };
    };
  };
}
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const document = JSON.parse(read('../../../../openapi.json')) as Document;
const { Problem, Reason: ReasonSchema } = document.components.schemas;
const english = read('../../../../backend/src/domain/reasons.ts');

const values = (sentence: string): string[] => [...new Set(sentence.match(/\{\w+\}/g))].sort();

describe('every code of a problem has a text', () => {
  it.each([
    ['English', en],
    ['German', de],
  ])('in %s', (_, messages) => {
    const codes = Problem.properties.code.enum;
    expect(codes.length).toBeGreaterThan(15);
    expect(Object.keys(messages.problems).sort()).toEqual([...codes].sort());
  });
});

describe('in German every reason', () => {
  const ids = ReasonSchema.properties.id.enum as Reason['id'][];

  it('has a sentence', () => {
    expect(ids.length).toBeGreaterThan(150);
    expect(Object.keys(reasons).sort()).toEqual([...ids].sort());
  });

  /** Said without them: an id, or what may be done in English words. */
  const WITHOUT = new Set<Reason['id']>(['id_unknown', 'id_not_in_bin', 'collection_not_in_bin', 'right_lacking']);

  it.each(ids)('%s has the values that it has in English', (id) => {
    const sentence = new RegExp(`^  ${id}:\\s+(['"\`])(.*)\\1,$`, 'm').exec(english)?.[2] ?? '';
    expect(sentence).toMatch(/[.:}]|install \{model\}$/);
    if (!WITHOUT.has(id)) expect(values(reasons[id])).toEqual(values(sentence));
  });
});

describe('a reason in German', () => {
  it('has its values as Germans write them', () => {
    expect(say(reasons, [{ id: 'sound_too_long', params: { lengthS: 50_400, limitS: 90.5 } }], 'de')).toBe(
      'Der Klang ist 14 Std. lang, erlaubt sind 90,5 s. Teile ihn, oder erhöhe MAX_DURATION_H.',
    );
    expect(
      say(reasons, [{ id: 'install_no_space', params: { neededBytes: 2.5e9, freeBytes: 4.2e6 } }], 'de'),
    ).toContain('4,2 MB');
  });

  it('may be several sentences', () => {
    const said = say(
      reasons,
      [
        { id: 'not_audio_picture', params: { kind: 'PNG' } },
        { id: 'supported_formats', params: { formats: 'WAV, FLAC' } },
      ],
      'de',
    );
    expect(said).toBe('Das ist ein Bild (PNG), kein Klang. Unterstützt werden WAV, FLAC.');
  });

  it('is not invented where there is none, or one of a newer server', () => {
    expect(say(reasons, [], 'de')).toBeNull();
    expect(say(reasons, [{ id: 'of_tomorrow' as Reason['id'], params: {} }], 'de')).toBeNull();
  });
});

describe('every change that the record keeps has words', () => {
  const changes = Object.values(document.paths)
    .flatMap((methods) => Object.entries(methods))
    .filter(([method, { 'x-right': right }]) => method !== 'get' && !['read', 'own', 'worker', 'none'].includes(right))
    .map(([, { operationId }]) => operationId);

  it.each([
    ['English', en],
    ['German', de],
  ])('in %s', (_, { account }) => {
    expect(changes.length).toBeGreaterThan(40);
    expect(changes.filter((one) => !(one in account.audit.deeds))).toEqual([]);
  });
});
