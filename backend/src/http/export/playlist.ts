import type { Sound } from '../../domain/library/library.types.js';

/**
 * Extended M3U playlist in UTF-8.
 * @param locate where the player finds a sound: a URL, or a name beside the playlist
 */
export function toPlaylist(sounds: readonly Sound[], locate: (sound: Sound) => string): string {
  const entries = sounds.map((sound) => {
    const name = sound.title ?? sound.filename;
    const label = (sound.artist ? `${sound.artist} - ${name}` : name).replace(/[\r\n]+/g, ' ');
    return `#EXTINF:${sound.durationS === null ? -1 : Math.round(sound.durationS)},${label}\n${locate(sound)}`;
  });
  return ['#EXTM3U', ...entries, ''].join('\n');
}
