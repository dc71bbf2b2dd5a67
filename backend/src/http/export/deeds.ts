import type { KeptDeed } from '../../domain/audit/audit.types.js';
import { csvHead, csvLine, type Column } from './csv.js';

const NAMES = [
  'at',
  'actorKind',
  'actorId',
  'userId',
  'name',
  'address',
  'what',
  'subject',
  'count',
  'subjects',
  'status',
  'requestId',
] as const satisfies readonly (keyof KeptDeed)[];
const COLUMNS = NAMES.map((name): Column<KeptDeed> => [
  name,
  (deed) => (name === 'subjects' ? deed.subjects.join(' ') : deed[name]),
]);

/** The record of what was done as a table, streamed. */
export async function* deedsCsv(pages: AsyncIterable<KeptDeed[]>): AsyncGenerator<Buffer> {
  yield Buffer.from(csvHead(COLUMNS));
  for await (const deeds of pages) yield Buffer.from(deeds.map((deed) => csvLine(deed, COLUMNS)).join(''));
}

/** The same as `[…]`, streamed. */
export async function* deedsJson(pages: AsyncIterable<KeptDeed[]>): AsyncGenerator<Buffer> {
  let before = '[';
  for await (const deeds of pages) {
    yield Buffer.from(deeds.map((deed, place) => `${place === 0 ? before : ','}\n${JSON.stringify(deed)}`).join(''));
    before = ',';
  }
  yield Buffer.from(before === '[' ? '[]\n' : '\n]\n');
}
