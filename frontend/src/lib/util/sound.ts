import type { Sound } from '$lib/api/types';

/** What a person would call the sound: its title, else its file name without the ending. */
export const soundName = (sound: Pick<Sound, 'title' | 'filename'>): string =>
  sound.title?.trim() || sound.filename.replace(/\.[a-z0-9]{1,5}$/i, '') || sound.filename;

const CODECS: Record<string, string> = {
  pcm_s16le: 'WAV',
  pcm_s24le: 'WAV',
  pcm_s32le: 'WAV',
  pcm_f32le: 'WAV',
  pcm_s16be: 'AIFF',
  pcm_s24be: 'AIFF',
  vorbis: 'OGG',
  wmav2: 'WMA',
};

/** A short label such as `FLAC` for a row. */
export function soundFormat(sound: Pick<Sound, 'codec' | 'filename'>): string {
  const ending = /\.([a-z0-9]{2,4})$/i.exec(sound.filename)?.[1];
  if (!sound.codec) return (ending ?? '?').toUpperCase();
  return (CODECS[sound.codec] ?? (sound.codec.startsWith('pcm') ? (ending ?? 'PCM') : sound.codec)).toUpperCase();
}
