import { describe, expect, it } from 'vitest';
import { because } from '../reasons.js';
import { MARKER_FORMATS, OddLine, readMarkers, writeMarkers } from './marker-files.js';

const markersIn = (file: string) => readMarkers(file).markers;

const MARKERS = [
  { startS: 0.5, endS: null, text: '=SUM(1), "so"', colour: null, source: 'own' as const },
  { startS: 83.25, endS: 91, text: 'Second take\nwith a cough', colour: 'red' as const, source: 'own' as const },
  { startS: 3725.5, endS: null, text: '', colour: null, source: 'file' as const },
];

describe('files of markers', () => {
  it('are written as other programs read them', () => {
    expect(writeMarkers(MARKERS, 'audacity', 4000)).toBe(
      '0.500000\t0.500000\t=SUM(1), "so"\n83.250000\t91.000000\tSecond take with a cough\n3725.500000\t3725.500000\t\n',
    );
    expect(writeMarkers(MARKERS, 'reaper', 4000).split('\r\n')).toEqual([
      '#,Name,Start,End,Length,Color',
      'M1,"\'=SUM(1), ""so""",0:00:00.500,,,',
      'R1,Second take with a cough,0:01:23.250,0:01:31.000,0:00:07.750,E5484D',
      'M2,,1:02:05.500,,,',
      '',
    ]);
    expect(writeMarkers(MARKERS, 'vtt', 4000).split('\n').slice(0, 3)).toEqual([
      'WEBVTT',
      '',
      '00:00:00.500 --> 00:01:23.250',
    ]);
    expect(writeMarkers(MARKERS, 'csv', 4000)).toContain('83.25,91,"Second take\nwith a cough",red,own\r\n');
  });

  it.each(MARKER_FORMATS)('come back as they were: %s', (format) => {
    const back = markersIn(writeMarkers(MARKERS, format, 4000));
    expect(back.map(({ startS }) => startS)).toEqual([0.5, 83.25, 3725.5]);
    expect(back.map(({ text }) => text.replace('\n', ' '))).toEqual(['=SUM(1), "so"', 'Second take with a cough', '']);
    expect(back[1]).toMatchObject({ endS: 91, colour: format === 'csv' || format === 'reaper' ? 'red' : null });
    if (format !== 'vtt') expect(back[0]!.endS).toBeNull();
  });

  it('are read as others write them', () => {
    expect(markersIn('1,5\t2,5\tBell\n\\\t100\t200\n\n3\t3\tDoor\n')).toMatchObject([
      { startS: 1.5, endS: 2.5, text: 'Bell' },
      { startS: 3, endS: null, text: 'Door' },
    ]);
    expect(markersIn('\uFEFFName;Start;End\r\nBell;1:02,5;\r\n')).toMatchObject([{ startS: 62.5, endS: null }]);
    expect(markersIn('12,,Bell\n15,16,"Door, left"\n')).toMatchObject([
      { startS: 12, text: 'Bell' },
      { startS: 15, endS: 16, text: 'Door, left' },
    ]);
    expect(markersIn('WEBVTT\n\nintro\n00:01.000 --> 00:02.000 align:left\n<v Ann>Salt &amp; pepper\n')).toMatchObject([
      { startS: 1, endS: 2, text: 'Salt & pepper' },
    ]);
    expect(markersIn('')).toEqual([]);
  });

  it('take no longer to read than their size asks for, whatever is in them', () => {
    const cue = '00:00.000 --> 00:01.000\n';
    expect(markersIn(`WEBVTT\n\n${cue.repeat(20_000)}Bell\n\n`).map(({ text }) => text)).toEqual([
      ...Array<string>(19_999).fill(''),
      'Bell',
    ]);
    expect(() => readMarkers(`WEBVTT\n\n${cue}${'<'.repeat(500_000)}`)).toThrow(
      new OddLine(because('marker_line_long', { line: 3, limit: 1000 })),
    );
    expect(() => readMarkers(`start${','.repeat(250_000)}\n${'1\n'.repeat(100_000)}x`)).toThrow(
      new OddLine(because('marker_line_odd', { line: 100_002 })),
    );
  }, 10_000);

  it('are refused whole, not shortened, where a text is too long, and cleaned as typed ones are', () => {
    expect(() => readMarkers(`start,text\n1,Bell\n2,${'a'.repeat(1001)}\n`)).toThrow(
      new OddLine(because('marker_line_long', { line: 3, limit: 1000 })),
    );
    expect(markersIn('start,text\n1,a\u0000b\u202ec\n')).toMatchObject([{ text: 'abc' }]);
  });

  it('say which line has no time', () => {
    for (const [file, line] of [
      ['Start,End,Text\n1,2,Bell\nsoon,,Door\n', 3],
      ['1\t2\tBell\n1\tlater\tDoor\n', 2],
      ['just words', 1],
    ] as const) {
      expect(() => readMarkers(file)).toThrow(new OddLine(because('marker_line_odd', { line })));
    }
  });

  it.each([
    'Beginn;Ende;Titel\n1,5;3;Glocke\n4;;Tür\n',
    'Name\tAnfang\tEnde\nGlocke\t0:01,5\t0:03\nTür\t0:04\t\n',
    'Text,Start,Dauer\nGlocke,1.5,1.5\nTür,4,0\n',
    'Start (s);Ende (s);Bezeichnung\n"1,5";"3";"Glocke"\n4;4;Tür\n',
    'von;bis;Notiz\n1,5;3;Glocke\n4;;Tür',
    '1,5;3;Glocke\n4;;Tür\n',
    'Name\tStart\tDuration\tTime Format\tType\tDescription\nGlocke\t0:01.500\t0:01.500\tdecimal\tCue\t\nTür\t0:04.000\t0:00.000\tdecimal\tCue\t\n',
  ])('have heads in German, lengths, and names for units: %j', (file) => {
    const { markers, unread } = readMarkers(file);
    expect(markers).toMatchObject([
      { startS: 1.5, endS: 3, text: 'Glocke' },
      { startS: 4, endS: null, text: 'Tür' },
    ]);
    expect(unread).toEqual([]);
  });

  it('tell which columns were left out, and keep a text that has commas in it whole', () => {
    expect(readMarkers('Start,Fin,Text,Speaker\n1,2,Bell,Ann\n3,,Door,\n').unread).toEqual(['Fin', 'Speaker']);
    expect(readMarkers('start,end,text\n1,2,Bell, left, far\n')).toMatchObject({
      markers: [{ text: 'Bell, left, far' }],
      unread: [],
    });
    expect(readMarkers('Text;Start;Farbe\nGlocke;1;Grün\n').markers).toMatchObject([{ colour: 'green' }]);
  });

  it.each([
    ['0.1\t0.5\tfine\n0.5\t0.1\todd\n', 2],
    ['Start,End,Text\n1,2,Bell\n\n0:05,0:04,Door\n', 4],
    ['WEBVTT\n\n00:02.000 --> 00:01.000\nBell\n', 3],
  ])('say which line ends before it begins: %j', (file, line) => {
    expect(() => readMarkers(file)).toThrow(new RegExp(`^Line ${line} of this file ends at .*before it begins`));
  });
});
