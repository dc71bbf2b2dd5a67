import type { Sound } from '../../domain/library/library.types.js';

const OF_EXTENSION: Record<string, string> = {
  wav: 'audio/wav',
  flac: 'audio/flac',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  opus: 'audio/ogg',
  m4a: 'audio/mp4',
  mp4: 'audio/mp4',
  mov: 'audio/mp4',
  aac: 'audio/aac',
  aif: 'audio/aiff',
  aiff: 'audio/aiff',
  aifc: 'audio/aiff',
  wma: 'audio/x-ms-wma',
  caf: 'audio/x-caf',
  au: 'audio/basic',
  snd: 'audio/basic',
  wv: 'audio/x-wavpack',
  ac3: 'audio/ac3',
  webm: 'audio/webm',
  mka: 'audio/x-matroska',
  mkv: 'audio/x-matroska',
};

/** Containers that a codec commonly comes in, the likeliest first. */
const OF_CODEC: [codec: RegExp, types: string[]][] = [
  [/^pcm_/, ['audio/wav', 'audio/aiff', 'audio/x-caf', 'audio/basic', 'audio/x-matroska', 'audio/mp4']],
  [/^adpcm_/, ['audio/wav', 'audio/aiff', 'audio/x-caf']],
  [/^mp[123]/, ['audio/mpeg', 'audio/mp4', 'audio/wav', 'audio/x-matroska']],
  [/^flac$/, ['audio/flac', 'audio/ogg', 'audio/mp4', 'audio/x-matroska']],
  [/^(?:opus|vorbis)$/, ['audio/ogg', 'audio/webm', 'audio/x-matroska', 'audio/mp4']],
  [/^aac/, ['audio/mp4', 'audio/aac', 'audio/x-matroska']],
  [/^alac$/, ['audio/mp4', 'audio/x-caf']],
  [/^wma/, ['audio/x-ms-wma']],
  [/^wavpack$/, ['audio/x-wavpack']],
  [/^ac3$/, ['audio/ac3', 'audio/mp4', 'audio/x-matroska']],
];

/**
 * MIME type to serve a sound with. The file's ending decides where it fits the codec that was found in the bytes, else the
 * codec. Always `audio/*` or `application/octet-stream`: a browser never runs what was uploaded.
 */
export function contentTypeOf({ codec, filename }: Pick<Sound, 'codec' | 'filename'>): string {
  const named = OF_EXTENSION[filename.slice(filename.lastIndexOf('.') + 1).toLowerCase()];
  const possible = OF_CODEC.find(([pattern]) => pattern.test(codec ?? ''))?.[1];
  if (!possible) return named ?? 'application/octet-stream';
  return named && possible.includes(named) ? named : (possible[0] ?? 'application/octet-stream');
}
