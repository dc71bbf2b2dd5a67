import type { Readable } from 'node:stream';
import type { Actor } from '../../domain/accounts/actor.js';
import { DomainError } from '../../domain/errors.js';
import type { LibraryService } from '../../domain/library/library.service.js';
import type { Sound } from '../../domain/library/library.types.js';
import { toCsv } from './csv.js';
import { FilesZip } from './files-zip.js';
import { toPlaylist } from './playlist.js';
import type { ExportRow } from './rows.js';

/**
 * A ZIP of the audio files, a playlist and a table of them, streamed. Sounds whose file cannot be had are left out, and listed with the
 * reason in a text beside the others.
 * @throws DomainError of the first one, where none of the files can be had
 */
export async function toArchive(
  actor: Actor,
  rows: readonly ExportRow[],
  library: Pick<LibraryService, 'file'>,
): Promise<Readable> {
  const sounds = rows.map(({ sound }) => sound);
  const names = uniqueNames(sounds);
  const lacking = new Map<string, DomainError>();
  const open = async ({ id }: Sound): Promise<Readable | null> => {
    try {
      return await (await library.file(actor, id)).read();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      lacking.set(id, error);
      return null;
    }
  };
  // Before anything is answered.
  let first: Readable | null = null;
  while (first === null && lacking.size < sounds.length) first = await open(sounds[lacking.size]!);
  const [error] = lacking.values();
  if (first === null && error) throw error;
  const begin = lacking.size;
  return new FilesZip(async (zip) => {
    for (const [at, sound] of sounds.slice(begin).entries()) {
      const file = at === 0 ? first : await open(sound);
      if (file) await zip.addFile(`audio/${names.get(sound.id)}`, file, { mtime: new Date(sound.createdAt) });
    }
    const fileOf = ({ id }: Sound): string => (lacking.has(id) ? '' : `audio/${names.get(id)}`);
    const there = sounds.filter(({ id }) => !lacking.has(id));
    zip.addText('playlist.m3u8', toPlaylist(there, fileOf));
    zip.addText(
      'manifest.csv',
      toCsv(rows, ({ sound }) => fileOf(sound)),
    );
    if (lacking.size > 0) zip.addText('NOT INCLUDED.txt', listOf(sounds, lacking));
  }).output;
}

function listOf(sounds: readonly Sound[], lacking: ReadonlyMap<string, DomainError>): string {
  const lines = sounds.flatMap(({ id, filename, title }) => {
    const error = lacking.get(id);
    return error ? [`${title ? `${title} (${filename})` : filename}: ${error.message}`] : [];
  });
  const head = `${lines.length} of ${sounds.length} sounds are not in this archive, because their files could not be read:`;
  return [head, '', ...lines, ''].join('\r\n');
}

/** What Windows takes for a device, whatever its ending. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * Names inside the archive that every system can unpack: as uploaded, with a number where two are the same (letters of
 * either case).
 */
function uniqueNames(sounds: readonly Sound[]): Map<string, string> {
  const taken = new Set<string>();
  /** Where counting goes on for a name: from 2 each time, ten thousand equal names would take fifty million steps. */
  const nextNumber = new Map<string, number>();
  const names = new Map<string, string>();
  for (const { id, filename } of sounds) {
    const plain = filename
      .replace(/[<>:"/\\|?*]/g, '_')
      .replace(/[. ]+$/, '')
      .replace(DEVICE, '_$&');
    const dot = plain.lastIndexOf('.');
    const [stem, ending] = dot > 0 ? [plain.slice(0, dot), plain.slice(dot)] : [plain, ''];
    let name = plain;
    const key = plain.toLowerCase();
    let number = nextNumber.get(key) ?? 2;
    for (; taken.has(name.toLowerCase()); number++) name = `${stem} (${number})${ending}`;
    nextNumber.set(key, number);
    taken.add(name.toLowerCase());
    names.set(id, name);
  }
  return names;
}
