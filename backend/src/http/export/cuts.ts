import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { Actor } from '../../domain/accounts/actor.js';
import type { FlacEncoder } from '../../domain/library/library.ports.js';
import type { LibraryService } from '../../domain/library/library.service.js';
import type { Sound } from '../../domain/library/library.types.js';
import { writeMarkers } from '../../domain/markers/marker-files.js';
import type { Marker } from '../../domain/markers/markers.types.js';

interface Parts {
  library: Pick<LibraryService, 'wav'>;
  /** Without it they are WAV. */
  flac?: FlacEncoder;
}

/**
 * A ZIP of stretches of a sound and a table of them, streamed: one is decoded at a time, as fast as somebody reads. Whoever leaves
 * ends the work; what cannot be decoded breaks the stream off.
 */
export function cutOut(
  actor: Actor,
  { id, durationS }: Sound,
  stretches: readonly (Marker & { endS: number })[],
  { library, flac }: Parts,
): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on('error', (error: Error) => output.destroy(error));
  const leaving = new AbortController();
  output.once('close', () => leaving.abort());
  const digits = String(stretches.length).length;
  stretches.forEach((marker, at) => {
    const number = String(at + 1).padStart(digits, '0');
    const name = `${number}${titleOf(marker.text)}.${flac ? 'flac' : 'wav'}`;
    const options = { compress: false, mtime: new Date(marker.createdAt) };
    zip.addReadStreamLazy(name, options, (callback) => {
      const open = async (): Promise<Readable> => {
        const file = await library.wav(actor, id, { stretch: marker });
        const wav = await file.read(undefined, leaving.signal);
        return Readable.from(flac ? flac.encode(wav, file.frames, leaving.signal) : wav);
      };
      open().then(
        (opened) => {
          leaving.signal.addEventListener('abort', () => opened.destroy(), { once: true });
          callback(
            null,
            opened.once('error', (error) => output.destroy(error)),
          );
        },
        (error: unknown) => callback(error, undefined as never),
      );
    });
  });
  zip.addBuffer(Buffer.from(writeMarkers(stretches, 'csv', durationS ?? 0)), 'markers.csv');
  zip.end();
  return output;
}

/** The first line, as every system takes it in a file name; numbers before it keep names apart. */
function titleOf(text: string): string {
  const plain = text
    .split('\n', 1)[0]!
    .replace(/[<>:"/\\|?*\p{Cc}]/gu, '_')
    .slice(0, 80)
    .replace(/[. ]+$/, '');
  return plain === '' ? '' : ` ${plain}`;
}
