import type { Hearing } from '../library/library.types.js';
import type { AudioDecoder, AudioProbe, Heard } from './ingest.ports.js';

type DecodeOptions = Parameters<AudioDecoder['decode']>[1];

/**
 * Listens to a whole file. When only its end shows how its channels should have been mixed, or that a track is silent while
 * others are there, it is listened to again, another way.
 * @param hear takes all samples; called anew, from the start, for each time that is listened
 * @returns what the last `hear` gave; `heard` is null when it did not listen to the end
 */
export async function listenTo<T>(
  { decoder, probe }: { decoder: AudioDecoder; probe: AudioProbe },
  path: string,
  options: Omit<DecodeOptions, 'onEnd' | 'part'>,
  hear: (samples: AsyncIterable<Float32Array>) => Promise<T>,
): Promise<{ result: T; heard: Heard | null }> {
  const listen = async (hearing: Hearing | null): Promise<{ result: T; heard: Heard | null }> => {
    let heard = null as Heard | null;
    const onEnd = (end: Heard): void => void (heard = end);
    const result = await hear(decoder.decode(path, { ...options, hearing, onEnd }));
    return { result, heard };
  };
  const listenWell = async (hearing: Hearing | null): Promise<{ result: T; heard: Heard | null }> => {
    const first = await listen(hearing);
    if (!first.heard?.better) return first;
    const { result, heard } = await listen(first.heard.better);
    // Of the channels themselves it is the same in whatever way they are mixed.
    return { result, heard: heard && { ...heard, loudness: heard.loudness ?? first.heard.loudness } };
  };

  const first = await listenWell(options.hearing ?? null);
  if (!first.heard?.silent) return first;
  const { track } = first.heard.hearing;
  const { tracks } = await probe.probe(path);
  for (const other of tracks) {
    if (other === track) continue;
    const next = await listenWell({ track: other, weights: null });
    if (next.heard && !next.heard.silent) return next;
  }
  // All are silent: listened to once more, so that what comes of it is about the track that is named.
  return tracks.length > 1 ? listen(first.heard.hearing) : first;
}
