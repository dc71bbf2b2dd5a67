import type { ExportRow } from './rows.js';

/** What stands at its head, and in each row. */
export type Column<Row> = readonly [name: string, value: (row: Row) => string | number | null | undefined];

export const SOUND_COLUMNS: readonly Column<ExportRow>[] = [
  ['id', ({ sound }) => sound.id],
  ['filename', ({ sound }) => sound.filename],
  ['title', ({ sound }) => sound.title],
  ['artist', ({ sound }) => sound.artist],
  ['album', ({ sound }) => sound.album],
  ['genre', ({ sound }) => sound.genre],
  ['description', ({ sound }) => sound.description],
  ['tags', ({ sound }) => sound.tags.map(({ name }) => name).join('; ')],
  ['durationS', ({ sound }) => sound.durationS],
  ['bpm', ({ sound }) => sound.bpm],
  ['key', ({ sound }) => sound.key],
  ['sampleRateHz', ({ sound }) => sound.sampleRateHz],
  ['channels', ({ sound }) => sound.channels],
  ['codec', ({ sound }) => sound.codec],
  ['bitRateKbps', ({ sound }) => sound.bitRateKbps],
  ['sizeBytes', ({ sound }) => sound.sizeBytes],
  ['sha256', ({ sound }) => sound.sha256],
  ['createdAt', ({ sound }) => sound.createdAt],
  ['score', ({ hit }) => hit?.score],
  ['relevance', ({ hit }) => hit?.relevance],
  ['startS', ({ hit }) => hit?.matches[0]?.startS],
  ['endS', ({ hit }) => hit?.matches[0]?.endS],
];

/**
 * RFC 4180, with a byte order mark so that spreadsheets read UTF-8.
 * @param fileOf where the sound's file lies beside the table, for a first column
 */
export function toCsv(rows: readonly ExportRow[], fileOf?: (row: ExportRow) => string): string {
  const columns = fileOf ? [['file', fileOf] satisfies Column<ExportRow>, ...SOUND_COLUMNS] : SOUND_COLUMNS;
  return csvHead(columns) + rows.map((row) => csvLine(row, columns)).join('');
}

export const csvHead = <Row>(columns: readonly Column<Row>[]): string =>
  `\uFEFF${columns.map(([name]) => name).join(',')}\r\n`;
export const csvLine = <Row>(row: Row, columns: readonly Column<Row>[]): string =>
  `${columns.map(([, value]) => cell(value(row))).join(',')}\r\n`;

/** Text that a spreadsheet would run as a formula gets an apostrophe in front. */
function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const guarded = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n;]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
