import type { FileHandle } from 'node:fs/promises';
import { behindId3, NOTHING, openBytes, type Bytes, type Found } from './bytes.js';
import { aiff, au, caf, wav, wave64 } from './chunks.js';
import { asf, matroska, mp4 } from './containers.js';
import { flac } from './flac.js';
import { mp3 } from './mp3.js';
import { ogg, wavpack } from './streams.js';

export { entryOf, type Entry } from './entry.js';
export { lackingShare, type Extent, type Found } from './bytes.js';
export { strayShare } from './frames.js';
export { readablePieces, type Piece } from './pieces.js';

const READERS: [magic: RegExp, reader: (bytes: Bytes, start: number) => Promise<Found>][] = [
  [/^(?:RIFF|RF64|BW64)....WAVE/s, wav],
  [/^riff.{20}/s, wave64],
  [/^FORM....AIF[FC]/s, aiff],
  [/^caff/, caf],
  [/^\.snd/, au],
  [/^fLaC/, flac],
  [/^OggS/, ogg],
  [/^wvpk/, wavpack],
  [/^....(?:ftyp|styp|moov|mdat|moof|wide|free|skip|pnot)/s, mp4],
  // eslint-disable-next-line no-control-regex -- the first byte of a Matroska file
  [/^\u001aE\xdf\xa3/, matroska],
  [/^0&\xb2u/, asf],
  // Behind tags, or a few zeros, an MP3 begins with the bits of its first frame.
  [/^(?:\xff[\xe2-\xff]|\0)/, mp3],
];

/** Reads from the structure of a file how much of it is there, and how long it is; a few reads, whatever its size. */
export async function readExtent(file: FileHandle): Promise<Found> {
  const bytes = await openBytes(file);
  const start = await behindId3(bytes);
  const head = (await bytes.read(start, 24)).toString('latin1');
  const reader = READERS.find(([magic]) => magic.test(head))?.[1];
  return reader ? reader(bytes, start) : NOTHING;
}
