import { describe, expect, it, vi } from 'vitest';
import { format, parse } from './query-language.js';
import type { ParsedQuery } from './query-parts.js';

const term = (text: string, weight = 1): object => ({ text, weight });
const says = (typed: string): Pick<ParsedQuery, 'text' | 'names' | 'filters'> & { hints: string[] } => {
  const { text, names, filters, hints } = parse(typed);
  return { text, names, filters, hints: hints.map(({ code }) => code) };
};
const only = (given: object): object => ({ text: [], names: [], filters: {}, hints: [], ...given });

describe('plain words', () => {
  it.each([
    'rain on a tin roof',
    'hi-hat and lo-fi drums',
    'rock-n-roll 12" vinyl, 7" single',
    `don't stop rock'n'roll`,
    'at 12:30 and 5:00 pm',
    'https://example.org/a-b?c=d^e C:\\sounds\\kick.wav',
    'Ärger über Straßenlärm – größer',
    'a door: silence',
    'c++ 4+4 AC/DC R&B #1 100% (dry)',
    'fade to -6dB and -12,5 dBFS',
    '雨の音',
    '???',
  ])('stay as they are: %s', (typed) => {
    const { text, names, filters } = parse(typed);
    expect({ text, names, filters }).toEqual({ text: [term(typed)], names: [], filters: {} });
  });

  it('give no hint for what only looks like a sign', () => {
    for (const typed of ['https://example.org', 'at 12:30', 'a door: then', 'hi-hat', 'at -6dB', 'dog - bark']) {
      expect(parse(typed).hints).toEqual([]);
    }
  });

  it('close up around what stands between them', () => {
    expect(says('  rain   tag:dog on -thunder a "tin" roof ')).toEqual({
      text: [term('rain on a roof'), term('thunder', -1)],
      names: ['tin'],
      filters: { tags: ['dog'] },
      hints: [],
    });
  });
});

describe('terms', () => {
  it.each<[string, object[]]>([
    ['rain + wind', [term('rain'), term('wind')]],
    ['heavy rain^2 wind^0,5', [term('heavy rain', 2), term('wind', 0.5)]],
    ['heavy rain ^2 wind', [term('heavy rain', 2), term('wind')]],
    ['"heavy rain"^2 wind', [term('heavy rain', 2), term('wind')]],
    ['rain -thunder', [term('rain'), term('thunder', -1)]],
    ['-"heavy rain"', [term('heavy rain', -1)]],
    ['-“heavy rain”^3', [term('heavy rain', -3)]],
    ['-lo-fi^0.5', [term('lo-fi', -0.5)]],
    ['rain^-1', [term('rain', -1)]],
    ['--thunder', [term('thunder', -1)]],
    ['-"808"', [term('808', -1)]],
    ['artist - title', [term('artist title')]],
    ['+ rain + + wind +', [term('rain'), term('wind')]],
  ])('%s', (typed, text) => {
    expect(says(typed)).toEqual(only({ text }));
  });

  it('hint at weights out of range, and at numbers that look unwanted', () => {
    expect(says('rain^99')).toEqual(only({ text: [term('rain', 10)], hints: ['weight'] }));
    expect(says('-rain^0 wind')).toEqual(only({ text: [term('rain', 0), term('wind')] }));
    expect(parse('kick -808').hints[0]).toMatchObject({ code: 'number', at: 5, length: 4, suggestion: '-"808"' });
  });

  it('stay quick for the longest text that is taken', () => {
    const names = parse('"a" '.repeat(1250));
    expect(names.names).toHaveLength(20);
    expect(names.hints.map(({ code }) => code)).toEqual(['too_many']);
    expect(parse('bpm:90-91 len:<5s '.repeat(277)).parts).toHaveLength(2);
    expect(parse(Array.from({ length: 700 }, (_, i) => `len:<${i}s`).join(' ')).parts).toHaveLength(20);
    expect(parse('foo:bar '.repeat(625)).hints).toHaveLength(10);
  });

  // Each pattern would begin anew at every sign: such a text is not asked for what it says.
  it.each([', '.repeat(2500).trim(), `rain ${'?'.repeat(4994)}`])(
    'are not searched for facts in so many signs: %#',
    (signs) => {
      const exec = vi.spyOn(RegExp.prototype, 'exec');
      parse(signs);
      const tried = exec.mock.contexts.filter((pattern) => (pattern as RegExp).source.includes('bpm')).length;
      exec.mockRestore();
      expect(tried).toBe(0);
    },
  );

  it.each([
    ['rain '.repeat(1000), 'rain '.repeat(100).trim(), 1],
    [`-${'"'}${'rain '.repeat(1000)}${'"'}`, 'rain '.repeat(100).trim(), -1],
    ['x'.repeat(5000), 'x'.repeat(500), 1],
    [`x${'🌧'.repeat(2000)}`, `x${'🌧'.repeat(249)}`, 1],
    [`tag: ${'rain '.repeat(900)}`, undefined, 1],
  ])('are cut where the text model would not read on, with a hint: %#', (typed, text, weight) => {
    const read = says(typed);
    expect(read.text.every((part) => part.text.length <= 500)).toBe(true);
    if (text !== undefined) expect(read).toEqual(only({ text: [term(text, weight)], hints: ['too_many'] }));
    expect(read.hints).toContain('too_many');
  });

  it('are cut at 20', () => {
    const many = says(Array.from({ length: 30 }, (_, i) => `w${i}`).join(' + '));
    expect(many.text).toHaveLength(20);
    expect(many.hints).toEqual(['too_many']);
  });
});

describe('exact words', () => {
  it.each(['"tin roof"', '„tin roof“', '“tin roof”', '«tin roof»'])('%s', (typed) => {
    expect(says(`${typed} rain`)).toEqual(only({ text: [term('rain')], names: ['tin roof'] }));
  });

  it('without an end count as words, and say so', () => {
    expect(says('rain "tin roof tag:dog')).toEqual(
      only({ text: [term('rain tin roof')], filters: { tags: ['dog'] }, hints: ['unclosed_quote'] }),
    );
    expect(parse('rain "tin').hints[0]).toMatchObject({ at: 5 });
  });
});

describe('examples', () => {
  const ID = '0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d';

  it.each<[string, object[]]>([
    [`like:${ID}`, [{ soundId: ID, weight: 1 }]],
    [`-like:${ID}`, [{ soundId: ID, weight: -1 }]],
    [`like:${ID}@3.2-5`, [{ soundId: ID, startS: 3.2, endS: 5, weight: 1 }]],
    [`like:${ID}@3.2-^0.5`, [{ soundId: ID, startS: 3.2, weight: 0.5 }]],
    [`-like:${ID}@-5^2`, [{ soundId: ID, endS: 5, weight: -2 }]],
    [`like:"${ID}@1:05-1:30.5"`, [{ soundId: ID, startS: 65, endS: 90.5, weight: 1 }]],
    [`Like:${ID},`, []],
    [
      'like:a like:b',
      [
        { soundId: 'a', weight: 1 },
        { soundId: 'b', weight: 1 },
      ],
    ],
  ])('%s', (typed, like) => {
    if (like.length > 0) expect(parse(typed).like).toEqual(like);
    expect(parse(typed).hints.filter(({ code }) => code === 'bad_value')).toEqual([]);
  });

  it('are clips, too', () => {
    expect(parse('rain clip:3f9a0b12^0.5 -clip:x')).toMatchObject({
      text: [term('rain')],
      clips: [
        { clipId: '3f9a0b12', weight: 0.5 },
        { clipId: 'x', weight: -1 },
      ],
    });
  });

  it.each<[string, string]>([
    ['rain like:', 'no_value'],
    [`rain like:${ID}@5-3`, 'bad_value'],
    [`rain like:${ID}@x-3`, 'bad_value'],
    [`rain like:${ID}@-`, 'bad_value'],
    ['rain like:"a dog"', 'bad_value'],
    ['rain clip:a@1-2', 'bad_value'],
    ['rain liek:a', 'unknown_field'],
  ])('%s gives a hint', (typed, code) => {
    expect(parse(typed).hints.map((hint) => hint.code)).toEqual([code]);
    expect(parse(typed).like).toEqual([]);
  });
});

describe('filters', () => {
  it.each<[string, object]>([
    ['tag:dog tag:"two words"', { tags: ['dog', 'two words'] }],
    ['album:"Weather of May"', { album: ['Weather of May'] }],
    ['color:yellow', { colour: 'amber' }],
    ['Farbe:Lila', { colour: 'violet' }],
    ['author:Ann license:"CC BY"', { author: 'Ann', licence: 'CC BY' }],
    ['urheber:Ann lizenz:CC0', { author: 'Ann', licence: 'CC0' }],
    ['artist:Björk genre:"Drum & Bass" format:.WAV', { artist: 'Björk', genre: 'Drum & Bass', format: 'wav' }],
    ['Tag:Dog,', { tags: ['Dog'] }],
    ['bpm:120-128', { minBpm: 120, maxBpm: 128 }],
    ['bpm:128..120', { minBpm: 120, maxBpm: 128 }],
    ['bpm:120', { minBpm: 119.5, maxBpm: 120.5 }],
    ['bpm:>120', { minBpm: 120 }],
    ['bpm:<=120,5', { maxBpm: 120.5 }],
    ['bpm:>100 bpm:<140 bpm:90-130', { minBpm: 100, maxBpm: 130 }],
    ['key:am', { key: 'Am' }],
    ['key:"B minor"', { key: 'Bm' }],
    ['key:f#', { key: 'F#' }],
    ['key:bb', { key: 'Bb' }],
    ['Tonart:a-moll', { key: 'Am' }],
    ['len:<5s', { maxDurationS: 5 }],
    ['len:<5', { maxDurationS: 5 }],
    ['len:2-10s', { minDurationS: 2, maxDurationS: 10 }],
    ['len:>1m', { minDurationS: 60 }],
    ['len:1:30-2m', { minDurationS: 90, maxDurationS: 120 }],
    ['len:<500ms', { maxDurationS: 0.5 }],
    ['len:3s', { minDurationS: 2.5, maxDurationS: 3.5 }],
    ['länge:>0.25s', { minDurationS: 0.25 }],
    ['collection:"Field trip"', { collections: ['Field trip'] }],
    ['damaged:true', { damaged: true }],
    ['beschädigt:nein', { damaged: false }],
    ['favourite:true', { favourite: true }],
    ['owner:me', { owner: 'me' }],
    ['besitzer:ich', { owner: 'me' }],
    ['owner:"Ada Lovelace"', { owner: 'Ada Lovelace' }],
    ['visibility:private', { visibility: 'private' }],
    ['sichtbar:geteilt', { visibility: 'shared' }],
    ['folder:Drums ordner:"/My Pack/Loops"', { folders: ['Drums', '/My Pack/Loops'] }],
    ['note:interview notiz:"zweiter Versuch" marker:tak*', { notes: ['interview', 'zweiter Versuch', 'tak*'] }],
    ['favorit:nein', { favourite: false }],
    ['rating:4', { minStars: 4, maxStars: 4 }],
    ['sterne:>3', { minStars: 3 }],
    ['stars:2-4', { minStars: 2, maxStars: 4 }],
    ['in:drums sammlung:"Zoo"', { collections: ['drums', 'Zoo'] }],
    ['added:>2026-01', { addedAfter: '2026-01-01' }],
    ['added:2026-03..2026-05', { addedAfter: '2026-03-01', addedBefore: '2026-05-31' }],
    ['added:<2026-01-15', { addedBefore: '2026-01-15' }],
    ['added:2024-02', { addedAfter: '2024-02-01', addedBefore: '2024-02-29' }],
    ['added:2026', { addedAfter: '2026-01-01', addedBefore: '2026-12-31' }],
  ])('%s', (typed, filters) => {
    expect(says(typed)).toEqual(only({ filters }));
  });

  it.each<[string, string, object?]>([
    ['rain bpm:fast', 'bad_value', { at: 5, length: 8, example: 'bpm:120-128' }],
    ['rain bpm:', 'no_value'],
    ['rain key:Q', 'bad_value'],
    ['rain len:5kg', 'bad_value'],
    ['rain added:2026-13', 'bad_value'],
    ['rain added:2026-02-30', 'bad_value'],
  ])('%s leaves the filter out with a hint', (typed, code, more = {}) => {
    expect(says(typed)).toEqual(only({ text: [term('rain')], hints: [code] }));
    expect(parse(typed).hints[0]).toMatchObject(more);
  });

  it('of a single value count once, the last one', () => {
    expect(says('key:C key:Am')).toEqual(only({ filters: { key: 'Am' }, hints: ['only_one'] }));
    expect(says('tag:dog tag:Dog')).toEqual(only({ filters: { tags: ['dog'] } }));
  });

  it.each<[string, object[]]>([
    ['-tag:loop -format:mp3', [{ tags: ['loop'] }, { format: 'mp3' }]],
    ['-key:am -key:C', [{ key: 'Am' }, { key: 'C' }]],
    ['-bpm:120-128 -len:<5s', [{ minBpm: 120, maxBpm: 128 }, { maxDurationS: 5 }]],
    ['-title:"take two" --file:kick*', [{ title: ['take two'] }, { filename: ['kick*'] }]],
  ])('with a minus must not hold: %s', (typed, not) => {
    expect(says(typed)).toEqual(only({ filters: { not } }));
  });

  it('of the same kind with and without a minus stand side by side', () => {
    expect(says('format:wav -format:mp3 -format:MP3')).toEqual(
      only({ filters: { format: 'wav', not: [{ format: 'mp3' }] } }),
    );
  });

  it('read addresses as words', () => {
    expect(says('file:///home/me')).toEqual(only({ text: [term('file:///home/me')] }));
  });

  it('of unknown names are plain words, with what may have been meant', () => {
    const { text, hints } = parse('big tga:dog');
    expect(text).toEqual([term('big tga:dog')]);
    expect(hints).toEqual([
      {
        code: 'unknown_field',
        message: 'There is no "tga:"; it was read as plain words. Did you mean tag:dog?',
        at: 4,
        length: 7,
        suggestion: 'tag:dog',
      },
    ]);
    expect(parse('mood:happy').hints[0]).not.toHaveProperty('suggestion');
  });
});

it.each([
  ['loudness:>-14 LUFS rain', { minLoudness: -14 }],
  ['brightness:>3 kHz rain', { minBrightness: 3000 }],
  ['bpm:100 bpm rain', { minBpm: 99.5, maxBpm: 100.5 }],
])('takes a unit after a space for part of the number: %s', (typed, filters) => {
  expect(says(typed)).toEqual(only({ text: [term('rain')], filters }));
});

it('searches for the words when there is nothing but slips, and knows when there are none', () => {
  for (const typed of ['like:a~rhythm:abc', '-like:a~overall:0', 'like:a@5-2']) {
    expect(says(typed)).toEqual(only({ hints: ['bad_value'] }));
  }
  expect(says('bpm:fast')).toEqual(only({ text: [term('bpm:fast')], hints: ['bad_value'] }));
  for (const typed of ['', '-', '""', '"', '+', 'tag:']) expect(parse(typed).filters).toEqual({});
  expect(says('""')).toEqual(only({ hints: ['no_value', 'empty'] }));
});

describe('what an example is to be like in', () => {
  const aspectsOf = (typed: string): unknown => parse(typed).like[0]?.aspects;

  it('follows its id, in English or German', () => {
    expect(aspectsOf('like:a~rhythm')).toEqual({ rhythm: 1 });
    expect(aspectsOf('drums like:a@1-2~timbre:2~overall:0^0.5 len:<5s')).toEqual({ timbre: 2, overall: 0 });
    expect(aspectsOf('like:a~Klangfarbe:0,5~Gesamt=0')).toEqual({ timbre: 0.5, overall: 0 });
    expect(format(parse('like:a~gesamt:0~rhythmus:1,5~klang^2'))).toBe('like:a~overall:0~timbre~rhythm:1.5^2');
  });

  it('is told as a slip where it means nothing', () => {
    for (const typed of ['like:a~beat', 'like:a~', 'like:a~overall:0', 'like:a~rhythm:x', 'clip:a~rhythm']) {
      const { like, clips, hints } = parse(`rain ${typed}`);
      expect([typed, like, clips, hints[0]?.code]).toEqual([typed, [], [], 'bad_value']);
    }
  });
});

describe('format', () => {
  it.each([
    ['  rain   on a  roof ', 'rain on a roof'],
    ['tag:dog -thunder rain "tin roof"', 'rain -thunder "tin roof" tag:dog'],
    ['rain^2 wind^1', 'rain^2 + wind'],
    ['"rain"^2', 'rain^2'],
    ['"tag:dog"^1', '"tag:dog"^1'],
    ['-"heavy  rain"', '-"heavy rain"'],
    ['len:2s-10s len:>60s bpm:120- added:2026-3', 'len:2-10s len:>1m bpm:>120 added:2026-03'],
    ['tag:x like:a@1.005-2 wind -rain^0 -tag:y clip:b^0.50', 'rain^0 + wind like:a@1-2 clip:b^0.5 tag:x -tag:y'],
    ['art:Oneshot lautheit:>-14 loudness:-30..-20lufs', 'kind:one-shot loudness:>-14 loudness:-30..-20'],
    ['brightness:>3kHz helligkeit:0.5-2k', 'brightness:>3k brightness:0.5-2k'],
    ['tempo:120–128 key:"a minor" artist:“Mary Jane”', 'bpm:120-128 key:Am artist:"Mary Jane"'],
  ])('%s → %s', (typed, canonical) => {
    expect(format(parse(typed))).toBe(canonical);
  });

  const meaning = ({ parts }: ParsedQuery): string[] => parts.map((part) => JSON.stringify(part)).sort();
  const random = (() => {
    let state = 7;
    return (below: number): number => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return Math.floor((state / 2147483648) * below);
    };
  })();
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const PIECES = [
    ...[
      'rain',
      'hi-hat',
      '7"',
      'Ä',
      'a^2',
      'x^^1',
      '+',
      '-',
      '–',
      '--y',
      '-z',
      '-5',
      '-6db',
      '^3',
      '12:30',
      'http://x',
    ],
    ...['"a b"', '"a b"^2', '-"c"', '"', '“', '”', '""', '"q"r', 'foo:bar', 'foo:"a b"', 'tag:', 'tag:"', 'tag:x,'],
    ...[
      'tag:"a b"',
      '-tag:z',
      'bpm:120',
      'bpm:1-2',
      'bpm:0120.50',
      'bpm:x',
      'key:a',
      'len:1.50s',
      'len:1:30',
      'len:<2h',
    ],
    ...['len:90-120s', 'len:500ms-2s', 'added:2026', 'added:>2026-1-5', '^', ':', ',', '+^2', 'by:"x y"', '"tag:x"^1'],
    ...[
      'like:a',
      '-like:a@1-2.5^0.5',
      'like:a@:',
      'like:b@1:05-',
      'like:b@1-2~rhythm~overall:0^2',
      'like:c~klangfarbe:0,5',
      'like:c~no',
      '-like:c~pitch=3',
      'clip:c^0',
      '-clip:c',
      'like:"a@-2"^3',
      'y^0',
      '-y^0',
    ],
    ...['-format:mp3', '-len:<2s', 'title:"a b"', '-file:k*', 'name:x', 'file:///x', '-by:"x y"'],
  ];

  it('reads back as the same search, whatever was typed', () => {
    for (let run = 0; run < 5000; run++) {
      const typed = Array.from({ length: 1 + random(7) }, () => pick(PIECES) + pick([' ', ' ', '  ', ''])).join('');
      const parsed = parse(typed);
      const canonical = format(parsed);
      expect(meaning(parse(canonical)), `${typed} → ${canonical}`).toEqual(meaning(parsed));
      expect(format(parse(canonical))).toBe(canonical);
    }
  });

  it('points its hints at what was typed', () => {
    for (let run = 0; run < 1000; run++) {
      const typed = Array.from({ length: 1 + random(7) }, () => pick(PIECES)).join(' ');
      for (const { at, length } of parse(typed).hints) {
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at + length).toBeLessThanOrEqual(typed.length);
      }
    }
  });
});
