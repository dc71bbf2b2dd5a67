import type { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { Actor } from '../../domain/accounts/actor.js';
import type { LibraryService } from '../../domain/library/library.service.js';
import type { Sound } from '../../domain/library/library.types.js';
import { toCsv } from './csv.js';
import { toPlaylist } from './playlist.js';
import type { ExportRow } from './rows.js';

/**
 * A ZIP of the audio files, a playlist and a table of them, streamed: one file is open at a time and nothing is held in
 * memory. Audio is stored, not deflated (it would not shrink). A file that cannot be read breaks the stream off.
 */
export function toArchive(actor: Actor, rows: readonly ExportRow[], library: Pick<LibraryService, 'file'>): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on('error', (error: Error) => output.destroy(error));
  const names = uniqueNames(rows.map(({ sound }) => sound));
  let reading: Readable | undefined;
  for (const { sound } of rows) {
    const options = { compress: false, mtime: new Date(sound.createdAt) };
    zip.addReadStreamLazy(`audio/${names.get(sound.id)}`, options, (callback) => {
      const open = async (): Promise<Readable> => (await library.file(actor, sound.id)).read();
      open().then(
        (opened) => {
          // Whoever asked for it has left meanwhile.
          if (output.destroyed) return void opened.destroy();
          reading = opened.once('error', (error) => output.destroy(error));
          callback(null, reading);
        },
        (error: unknown) => callback(error, undefined as never),
      );
    });
  }
  output.once('close', () => reading?.destroy());
  const sounds = rows.map(({ sound }) => sound);
  zip.addBuffer(Buffer.from(toPlaylist(sounds, ({ id }) => `audio/${names.get(id)}`)), 'playlist.m3u8');
  const manifest = toCsv(rows, ({ sound }) => `audio/${names.get(sound.id)}`);
  zip.addBuffer(Buffer.from(manifest), 'manifest.csv');
  zip.end();
  return output;
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
