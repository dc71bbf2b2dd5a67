import { BYTE_ORDER_MARK, csvRow } from '../../domain/csv.js';
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
  ['author', ({ sound }) => sound.author],
  ['licence', ({ sound }) => sound.licence],
  ['description', ({ sound }) => sound.description],
  ['tags', ({ sound }) => sound.tags.map(({ name }) => name).join('; ')],
  ['durationS', ({ sound }) => sound.durationS],
  ['bpm', ({ sound }) => sound.bpm],
  ['key', ({ sound }) => sound.key],
  ['sampleRateHz', ({ sound }) => sound.sampleRateHz],
  ['bitsPerSample', ({ sound }) => sound.bitsPerSample],
  ['channels', ({ sound }) => sound.channels],
  ['codec', ({ sound }) => sound.codec],
  ['bitRateKbps', ({ sound }) => sound.bitRateKbps],
  ['recorded', ({ sound }) => sound.recorded],
  ['sizeBytes', ({ sound }) => sound.sizeBytes],
  ['sha256', ({ sound }) => sound.sha256],
  ['createdAt', ({ sound }) => sound.createdAt],
  ['score', ({ hit }) => hit?.score],
  ['relevance', ({ hit }) => hit?.relevance],
  ['startS', ({ hit }) => hit?.matches[0]?.startS],
  ['endS', ({ hit }) => hit?.matches[0]?.endS],
];

/**
 * The sounds as a table.
 * @param fileOf where the sound's file lies beside the table, for a first column
 */
export function toCsv(rows: readonly ExportRow[], fileOf?: (row: ExportRow) => string): string {
  const columns = fileOf ? [['file', fileOf] satisfies Column<ExportRow>, ...SOUND_COLUMNS] : SOUND_COLUMNS;
  return csvHead(columns) + rows.map((row) => csvLine(row, columns)).join('');
}

export const csvHead = <Row>(columns: readonly Column<Row>[]): string =>
  BYTE_ORDER_MARK + csvRow(columns.map(([name]) => name));
export const csvLine = <Row>(row: Row, columns: readonly Column<Row>[]): string =>
  csvRow(columns.map(([, value]) => value(row)));
