import { describe, expect, it } from 'vitest';
import { de } from './de';
import { en } from './en';
import { reasons } from './reasons/de';
import { say } from './reasons/sentences';

type Said = (...values: unknown[]) => unknown;

/** Every text that is made of something, by its way in the messages. */
function* texts(messages: object, way = ''): Generator<[string, Said]> {
  for (const [name, value] of Object.entries(messages) as [string, unknown][]) {
    if (typeof value === 'function') yield [`${way}${name}`, value as Said];
    else if (typeof value === 'object' && value !== null) yield* texts(value, `${way}${name}.`);
  }
}

/** The word behind the number, where all that is said of is this many. */
function counted(text: Said, count: number): string[] {
  try {
    const said = text(...Array.from({ length: text.length }, () => count));
    return typeof said === 'string'
      ? [...said.matchAll(new RegExp(`(?<!\\d)${count} (\\p{L}{3,})`, 'gu'))].map(([, word]) => word!)
      : [];
  } catch {
    return []; // made of a list
  }
}

/** Two at least; “more than 1 matches”; a name and what it does; a unit. */
const NOT_COUNTED = [
  'duplicates.group',
  'results.fitting',
  'player.bpm',
  'account.users.give',
  'results.reasons.half_tempo',
  'results.reasons.double_tempo',
  'player.bpm',
];
const SAME_FOR_MANY = ['Künstler', 'Marker', 'Bit'];

const counting = (messages: object): [string, Said][] =>
  [...texts(messages)].filter(([way]) => !NOT_COUNTED.includes(way));

describe('one thing is told of as one', () => {
  it('in English', () => {
    expect(counting(en).flatMap(([, text]) => counted(text, 1)).length).toBeGreaterThan(50);
    const wrong = counting(en).filter(([, text]) =>
      counted(text, 1).some((word) => /[^s]s$/.test(word) && word !== 'was'),
    );
    expect(wrong.map(([way, text]) => [way, counted(text, 1)])).toEqual([]);
  });

  it('in German', () => {
    const wrong = counting(de).filter(([, text]) => {
      const many = counted(text, 2);
      return counted(text, 1).some(
        (word, at) => word === many[at] && /^\p{Lu}/u.test(word) && !SAME_FOR_MANY.includes(word),
      );
    });
    expect(wrong.map(([way, text]) => [way, counted(text, 1)])).toEqual([]);
  });

  it('in reasons of the server', () => {
    const reason = (most: number) => say(reasons, [{ id: 'quota_sounds', params: { most } }], 'de');
    expect(reason(1)).toContain('hier 1 Klang haben');
    expect(reason(2)).toContain('hier 2 Klänge haben');
  });
});
