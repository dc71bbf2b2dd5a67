import { BYTE_ORDER_MARK, csvRow } from '../csv.js';
import { cleanParagraphs } from '../library/clean-text.js';
import { because, inEnglish, type Reason } from '../reasons.js';
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
/** As it stands in files whose lines are markers. */
export const oneLine = (text: string): string => text.replace(/\s+/gu, ' ').trim();

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

/** A line that cannot be taken over, and why. */
export class OddLine extends Error {
  constructor(readonly reason: Reason) {
    super(inEnglish([reason]));
  }
}

/** A marker, and on which line of the file it begins, from 1. */
export type ReadMarker = NewMarker & { line: number };

export interface MarkerFile {
  markers: ReadMarker[];
  /** Names of columns that hold something which no marker has. */
  unread: string[];
}

/**
 * The markers in a file of one of the {@link MARKER_FORMATS}, whichever it is, or in a table with a head in English or German.
 * @throws OddLine
 */
export function readMarkers(file: string): MarkerFile {
  const text = file.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  if (/^WEBVTT(?:\s|$)/.test(text)) return { markers: readVtt(text), unread: [] };
  const [first = ''] = text.split('\n', 1);
  return /^\s*[\d.,]+\t/.test(first) ? { markers: readLabels(text), unread: [] } : readTable(text);
}

/** Audacity: begin, end, text. Lines that begin with a backslash tell frequencies. */
function readLabels(text: string): ReadMarker[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '' || line.startsWith('\\')) return [];
    const [start = '', end = '', ...said] = line.split('\t');
    return [marker(at + 1, start, end, said.join(' '))];
  });
}

/** The text of a cue ends with an empty line, or where the next cue begins. */
function readVtt(text: string): ReadMarker[] {
  const cues: { line: number; start: string; end: string; said: string[] }[] = [];
  let open = false;
  for (const [at, line] of text.split('\n').entries()) {
    const [, start, end] = /^(\S+)\s+-->\s+(\S+)/.exec(line) ?? [];
    if (start !== undefined && end !== undefined) cues.push({ line: at + 1, start, end, said: [] });
    else if (open && line.trim() !== '') cues.at(-1)!.said.push(line);
    open = start !== undefined || (open && line.trim() !== '');
  }
  return cues.map(({ line, start, end, said }) => {
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

type Column = 'start' | 'end' | 'length' | 'text' | 'colour';
const COLUMN_NAMES: Readonly<Record<Column, string>> = {
  start: 'start starts startS begin time position start_time from start beginn anfang von zeit startzeit',
  end: 'end ends endS stop end_time to until ende bis stopp endzeit',
  length: 'length duration dauer länge laenge',
  text: 'text name names label labels title note notes comment comments description titel bezeichnung beschreibung notiz notizen kommentar marke textmarke',
  colour: 'colour color farbe',
};
const COLUMNS = new Map(
  (Object.keys(COLUMN_NAMES) as Column[]).flatMap((column) =>
    COLUMN_NAMES[column].split(' ').map((name) => [name.toLowerCase(), column] as const),
  ),
);

/** `End (s)`, `end_time`, `Ende [mm:ss]` */
const columnOf = (head: string): Column | undefined =>
  COLUMNS.get(
    head
      .replace(/\s*[([].*$/u, '')
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/gu, '_'),
  );

/** What other programs, and we, say beside a marker, and is of no use without them. */
const OF_NO_USE = /^(?:#|nr\.?|id|source|type|time format)$/iu;

/** With a head that names the columns, in any order; without one they are begin, end, text. */
function readTable(text: string): MarkerFile {
  const { rows, parting } = rowsOf(text);
  const head = rows[0]?.cells ?? [];
  const named = head.map(columnOf);
  const isHead = named.includes('start');
  const columns = isHead ? named : (['start', 'end', 'text'] as const);
  const unread = new Set<string>();
  const markers = rows.slice(isHead ? 1 : 0).flatMap(({ line, cells: parted }) => {
    if (parted.every((value) => value.trim() === '')) return [];
    // A text that stands last may have what parts cells in it.
    const last = columns.length - 1;
    const cells = columns[last] === 'text' ? [...parted.slice(0, last), parted.slice(last).join(parting)] : parted;
    const all = (column: Column): string[] =>
      cells.filter((value, at) => columns[at] === column && value.trim() !== '').map((value) => value.trim());
    for (const [at, value] of cells.entries()) {
      const name = head[at]?.trim() || `#${at + 1}`;
      if (columns[at] === undefined && value.trim() !== '' && !OF_NO_USE.test(name)) unread.add(name);
    }
    const [start = '', end = '', length = ''] = [all('start')[0], all('end')[0], all('length')[0]];
    const said = all('text').map((each) => each.replace(/^'(?=[=+\-@])/, ''));
    const colour = colourOf(all('colour')[0] ?? '');
    return [marker(line, start, end || behind(line, start, length), [...new Set(said)].join('\n'), colour)];
  });
  return { markers, unread: [...unread] };
}

const GERMAN: Readonly<Record<string, MarkerColour>> = {
  rot: 'red',
  gelb: 'amber',
  orange: 'amber',
  grün: 'green',
  blau: 'blue',
  violett: 'violet',
};

function colourOf(said: string): MarkerColour | undefined {
  const name = said.trim().toLowerCase();
  return MARKER_COLOURS.find((each) => each === name || HEX[each].toLowerCase() === name) ?? GERMAN[name];
}

/** Where what is so long ends; a place has no length. */
function behind(line: number, start: string, length: string): string {
  if (length === '') return '';
  const [startS, lengthS] = [secondsIn(start), secondsIn(length)];
  if (startS === null || lengthS === null) throw new OddLine(because('marker_line_odd', { line }));
  return lengthS === 0 ? '' : String(round(startS + lengthS));
}

/** The rows of a table with commas, semicolons or tabs between its cells. */
function rowsOf(text: string): { rows: { line: number; cells: string[] }[]; parting: string } {
  const [head = ''] = text.split('\n', 1);
  // Commas last: they part seconds from their fractions, too.
  const parting = ['\t', ';', ','].sort((a, b) => head.split(b).length - head.split(a).length)[0]!;
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
  return { rows: [...rows, row], parting };
}

function marker(line: number, start: string, end: string, text: string, colour?: MarkerColour): ReadMarker {
  const startS = secondsIn(start);
  const endS = end.trim() === '' ? null : secondsIn(end);
  if (startS === null || (endS === null && end.trim() !== '')) throw new OddLine(because('marker_line_odd', { line }));
  if (endS !== null && endS < startS) {
    throw new OddLine(because('marker_line_backwards', { line, startAt: startS, endAt: endS }));
  }
  const said = cleanParagraphs(text);
  if (said.length > MAX_MARKER_TEXT) throw new OddLine(because('marker_line_long', { line, limit: MAX_MARKER_TEXT }));
  return { line, startS, endS: endS === startS ? null : endS, text: said, colour: colour ?? null };
}

/** `83.4`, `1:23.4`, `0:01:23,400` */
function secondsIn(text: string): number | null {
  const clean = text.trim().replace(',', '.');
  if (!/^(?:\d+:){0,2}\d+(?:\.\d*)?$/.test(clean)) return null;
  return clean.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
}
