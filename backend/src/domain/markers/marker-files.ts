import { BYTE_ORDER_MARK, csvRow } from '../csv.js';
import { cleanParagraphs } from '../library/clean-text.js';
import { MARKER_COLOURS, MAX_MARKER_TEXT, type Marker, type MarkerColour, type NewMarker } from './markers.types.js';

export const MARKER_FORMATS = ['csv', 'audacity', 'reaper', 'vtt'] as const;
export type MarkerFormat = (typeof MARKER_FORMATS)[number];

type Written = Pick<Marker, 'startS' | 'endS' | 'text' | 'colour' | 'source'>;

/** Markers as other programs read them. */
export function writeMarkers(markers: readonly Written[], format: MarkerFormat, durationS: number): string {
  switch (format) {
    case 'csv':
      return (
        BYTE_ORDER_MARK +
        table(
          ['startS', 'endS', 'text', 'colour', 'source'],
          markers.map(({ startS, endS, text, colour, source }) => [round(startS), round(endS), text, colour, source]),
        )
      );
    case 'audacity':
      return markers
        .map(({ startS, endS, text }) => `${startS.toFixed(6)}\t${(endS ?? startS).toFixed(6)}\t${oneLine(text)}\n`)
        .join('');
    case 'reaper':
      return reaper(markers);
    case 'vtt':
      return vtt(markers, durationS);
  }
}

const round = (seconds: number | null): number | null => (seconds === null ? null : Math.round(seconds * 1e6) / 1e6);
const oneLine = (text: string): string => text.replace(/\s+/gu, ' ').trim();

const HEX: Readonly<Record<MarkerColour, string>> = {
  red: 'E5484D',
  amber: 'FFB224',
  green: '46A758',
  blue: '3E8BFF',
  violet: '9D5BD2',
};

/** As its region and marker manager writes them: `M1` is a place, `R1` a stretch. */
function reaper(markers: readonly Written[]): string {
  const counts = { M: 0, R: 0 };
  const rows = markers.map(({ startS, endS, text, colour }) => {
    const kind = endS === null ? 'M' : 'R';
    const number = `${kind}${++counts[kind]}`;
    const times = endS === null ? [clock(startS), '', ''] : [startS, endS, endS - startS].map((each) => clock(each));
    return [number, oneLine(text), ...times, colour === null ? '' : HEX[colour]];
  });
  return table(['#', 'Name', 'Start', 'End', 'Length', 'Color'], rows);
}

/** What has no end lasts until the next begins. */
function vtt(markers: readonly Written[], durationS: number): string {
  const escaped = (text: string): string =>
    text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\n+/g, '\n');
  const cues = markers.map(({ startS, endS, text }, at) => {
    const next = markers.slice(at + 1).find((other) => other.startS > startS)?.startS;
    const end = Math.max(startS + 0.001, endS ?? next ?? durationS);
    return `${clock(startS, 2)} --> ${clock(end, 2)}\n${escaped(text)}\n`;
  });
  return ['WEBVTT\n', ...cues].join('\n');
}

/** `0:01:23.400` */
function clock(seconds: number, hourDigits = 1): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = String(Math.floor(ms / 3_600_000)).padStart(hourDigits, '0');
  const rest = `${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}`;
  return `${hours}:${rest}.${String(ms % 1000).padStart(3, '0')}`;
}

const table = (head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string =>
  [head, ...rows].map(csvRow).join('');

/** A line that could not be read, from 1. */
export class UnreadableLine extends Error {
  constructor(readonly line: number) {
    super(`line ${line} has no time`);
  }
}

/** A line with more text than a marker may have, from 1. */
export class LongText extends Error {
  constructor(readonly line: number) {
    super(`line ${line} has too much text`);
  }
}

/**
 * The markers in a file of one of the {@link MARKER_FORMATS}, whichever it is.
 * @throws UnreadableLine, LongText
 */
export function readMarkers(file: string): NewMarker[] {
  const text = file.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  if (/^WEBVTT(?:\s|$)/.test(text)) return readVtt(text);
  const [first = ''] = text.split('\n', 1);
  return /^\s*[\d.,]+\t/.test(first) ? readLabels(text) : readTable(text);
}

/** Audacity: begin, end, text. Lines that begin with a backslash tell frequencies. */
function readLabels(text: string): NewMarker[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '' || line.startsWith('\\')) return [];
    const [start = '', end = '', ...said] = line.split('\t');
    return marker(at + 1, start, end, said.join(' '));
  });
}

/** The text of a cue ends with an empty line, or where the next cue begins. */
function readVtt(text: string): NewMarker[] {
  const cues: { line: number; start: string; end: string; said: string[] }[] = [];
  let open = false;
  for (const [at, line] of text.split('\n').entries()) {
    const [, start, end] = /^(\S+)\s+-->\s+(\S+)/.exec(line) ?? [];
    if (start !== undefined && end !== undefined) cues.push({ line: at + 1, start, end, said: [] });
    else if (open && line.trim() !== '') cues.at(-1)!.said.push(line);
    open = start !== undefined || (open && line.trim() !== '');
  }
  return cues.flatMap(({ line, start, end, said }) => {
    const plain = said.join('\n').replace(/<[^<>]*>/g, '');
    return marker(
      line,
      start,
      end,
      plain.replace(/&(amp|lt|gt);/g, (_, name: 'amp') => ENTITIES[name]),
    );
  });
}
const ENTITIES = { amp: '&', lt: '<', gt: '>' };

const COLUMN_NAMES = ['start', 'end', 'text', 'colour'] as const;
type Column = (typeof COLUMN_NAMES)[number];
const COLUMNS: Readonly<Record<string, Column>> = {
  start: 'start',
  starts: 'start',
  end: 'end',
  ends: 'end',
  begin: 'start',
  time: 'start',
  text: 'text',
  name: 'text',
  label: 'text',
  title: 'text',
  note: 'text',
  description: 'text',
  colour: 'colour',
  color: 'colour',
};

/** With a head that names the columns, in any order; without one they are begin, end, text. */
function readTable(text: string): NewMarker[] {
  const rows = rowsOf(text);
  const named = rows[0]?.cells.map((name) => COLUMNS[name.trim().toLowerCase()]) ?? [];
  const isHead = named.includes('start');
  const columns = isHead ? named : COLUMN_NAMES.slice(0, 3);
  const places = new Map(COLUMN_NAMES.map((column) => [column, columns.indexOf(column)]));
  return rows.slice(isHead ? 1 : 0).flatMap(({ line, cells }) => {
    if (cells.every((value) => value.trim() === '')) return [];
    const of = (column: Column): string => cells[places.get(column)!] ?? '';
    const colour = MARKER_COLOURS.find((each) => each === of('colour') || HEX[each] === of('colour').toUpperCase());
    return marker(line, of('start'), of('end'), of('text').replace(/^'(?=[=+\-@])/, ''), colour);
  });
}

/** The rows of a table with commas, semicolons or tabs between its cells. */
function rowsOf(text: string): { line: number; cells: string[] }[] {
  const [head = ''] = text.split('\n', 1);
  const parting = [',', ';', '\t'].sort((a, b) => head.split(b).length - head.split(a).length)[0]!;
  const rows: { line: number; cells: string[] }[] = [];
  let row = { line: 1, cells: [''] };
  let quoted = false;
  let line = 1;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    const last = row.cells.length - 1;
    if (letter === '\n') line++;
    if (letter === '"' && quoted && text[at + 1] === '"') row.cells[last] += text[++at]!;
    else if (letter === '"' && (quoted || row.cells[last] === '')) quoted = !quoted;
    else if (quoted || (letter !== parting && letter !== '\n')) row.cells[last] += letter;
    else if (letter === parting) row.cells.push('');
    else {
      rows.push(row);
      row = { line, cells: [''] };
    }
  }
  return [...rows, row];
}

function marker(line: number, start: string, end: string, text: string, colour?: MarkerColour): NewMarker[] {
  const startS = secondsIn(start);
  const endS = end.trim() === '' ? null : secondsIn(end);
  if (startS === null || (endS === null && end.trim() !== '')) throw new UnreadableLine(line);
  const said = cleanParagraphs(text);
  if (said.length > MAX_MARKER_TEXT) throw new LongText(line);
  return [{ startS, endS: endS !== null && endS > startS ? endS : null, text: said, colour: colour ?? null }];
}

/** `83.4`, `1:23.4`, `0:01:23,400` */
function secondsIn(text: string): number | null {
  const clean = text.trim().replace(',', '.');
  if (!/^(?:\d+:){0,2}\d+(?:\.\d*)?$/.test(clean)) return null;
  return clean.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
}
