import type { AcousticPrint } from '../../domain/copies/copies.types.js';
import { isCopy, LEAST_OVERLAP } from '../../domain/copies/matching.js';
import { outlineOf, spectralDistance, type Outline } from '../../domain/copies/outline.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import type { Database } from './database.js';

/** Sounds whose mean spectra differ by more are no copies of each other. Decibels. */
const MAX_DISTANCE_DB = 4;
/** Of the sounds that may be copies, this many of the nearest are compared: about 2 ms each. */
const MOST_COMPARED = 32;

/** What a print is a copy of, among those there were at that moment. */
export interface FoundCopies {
  print: AcousticPrint;
  outline: Outline;
  /** Keys of sounds. */
  copies: SoundKey[];
  /** The newest print that was looked at. */
  seen: number;
}

interface PrintRow {
  sound_key: SoundKey;
  frame_s: number;
  levels: Buffer;
}

/** Looks for copies outside the transaction that keeps the print, so that others can write meanwhile. */
export function findCopies(db: Database, own: SoundKey | undefined, print: AcousticPrint | null): FoundCopies | null {
  if (print === null) return null;
  const outline = outlineOf(print);
  if (outline.durationS === 0) return null;
  const seen = db.prepare<[], number>('SELECT coalesce(max(print_key), 0) FROM prints').pluck().get()!;
  return { print, outline, seen, copies: copiesAmong(db, own, print, outline, [0, seen]) };
}

/** Keeps a print and joins its sound with its copies. Run inside the transaction that saves the analysis. */
export function keepPrint(db: Database, key: SoundKey, found: FoundCopies | null): void {
  db.prepare('DELETE FROM prints WHERE sound_key = ?').run(key);
  db.prepare('UPDATE sounds SET copy_group = NULL WHERE sound_key = ?').run(key);
  if (!found) return;
  const { print, outline, seen } = found;
  // Another worker may have kept a copy since.
  const copies = [...found.copies, ...copiesAmong(db, key, print, outline, [seen, Number.MAX_SAFE_INTEGER])];
  db.prepare('INSERT INTO prints (sound_key, duration_s, spectrum, frame_s, levels) VALUES (?, ?, ?, ?, ?)').run(
    key,
    outline.durationS,
    Buffer.from(outline.spectrum),
    print.frameS,
    Buffer.from(print.levels),
  );
  if (copies.length > 0) join(db, [key, ...copies]);
}

/** Makes one group of these sounds and of the groups they are in. */
function join(db: Database, keys: SoundKey[]): void {
  const members = JSON.stringify(keys);
  const groups = db
    .prepare<[string], number>(
      `SELECT DISTINCT copy_group FROM sounds
       WHERE copy_group IS NOT NULL AND sound_key IN (SELECT value FROM json_each(?))`,
    )
    .pluck()
    .all(members);
  const next = db.prepare<[], number>('SELECT coalesce(max(copy_group), 0) + 1 FROM sounds').pluck();
  db.prepare(
    `UPDATE sounds SET copy_group = ? WHERE sound_key IN (SELECT value FROM json_each(?))
       OR copy_group IN (SELECT value FROM json_each(?))`,
  ).run(groups[0] ?? next.get()!, members, JSON.stringify(groups));
}

/** @param prints after the first key, up to the second */
function copiesAmong(
  db: Database,
  own: SoundKey | undefined,
  print: AcousticPrint,
  { durationS, spectrum }: Outline,
  prints: [after: number, upTo: number],
): SoundKey[] {
  // A frame more or less is no difference.
  const [least, most] = [durationS * LEAST_OVERLAP - 0.1, durationS / LEAST_OVERLAP + 0.1];
  const near = db
    .prepare<number[], { print_key: number; spectrum: Buffer }>(
      'SELECT print_key, spectrum FROM prints WHERE duration_s BETWEEN ? AND ? AND print_key > ? AND print_key <= ?',
    )
    .all(least, most, ...prints)
    .map((row) => ({ key: row.print_key, distance: spectralDistance(spectrum, row.spectrum) }))
    .filter(({ distance }) => distance <= MAX_DISTANCE_DB)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST_COMPARED);
  const load = db.prepare<[number], PrintRow>('SELECT sound_key, frame_s, levels FROM prints WHERE print_key = ?');
  return near.flatMap(({ key }) => {
    const row = load.get(key);
    if (!row || row.sound_key === own) return [];
    return isCopy(print, { frameS: row.frame_s, levels: row.levels }) ? [row.sound_key] : [];
  });
}
