import os from 'node:os';
import { FfmpegDecoder } from '../audio/ffmpeg-decoder.js';
import { FfmpegFlacEncoder } from '../audio/flac-encoder.js';
import { FfmpegProbe } from '../audio/ffmpeg-probe.js';
import { MediaPrograms } from '../audio/media-process.js';
import { MediaSlots, type Pace } from '../audio/media-slots.js';
import { PcmThread } from '../audio/pcm-thread.js';
import type { Config } from '../config.js';
import type { AudioDecoder, AudioProbe } from '../domain/ingest/ingest.ports.js';
import type { AudioStore, FlacEncoder, PcmSource } from '../domain/library/library.ports.js';
import type { Lifecycle } from './lifecycle.js';

/** How long an upload waits until its file can be looked at, and a listener or a searching person until something is decoded. */
const UPLOAD_PATIENCE_MS = 60_000;
const LISTENER_PATIENCE_MS = 10_000;
const PICTURE_PATIENCE_MS = 30_000;
/** People who jump about in a sound, and leave before they have heard anything, must not slow down those who search. */
const LISTENER_PACE: Pace = { together: 8, everyMs: 100 };

export interface ServerMedia {
  probe: AudioProbe;
  decoder: AudioDecoder;
  /** For pictures of sounds: apart, so that nobody who listens or searches waits for them. */
  drawing: AudioDecoder;
  pcm: PcmSource;
  flac: FlacEncoder;
}

const AT_ONCE = Math.max(2, os.availableParallelism());

const mediaPrograms = (patienceMs: number, pace?: Pace): MediaPrograms =>
  new MediaPrograms(new MediaSlots({ atOnce: AT_ONCE, patienceMs, ...(pace ? { pace } : {}) }));

/** What looks into audio files for uploads, and decodes them for listeners and searches. */
export function openServerMedia({ maxDurationS }: Config, store: AudioStore, lifecycle: Lifecycle): ServerMedia {
  // Apart, so that uploads do not wait for people who listen.
  const probe = new FfmpegProbe({ maxDurationS, programs: mediaPrograms(UPLOAD_PATIENCE_MS) });
  const listening = mediaPrograms(LISTENER_PATIENCE_MS, LISTENER_PACE);
  const members = new PcmThread(listening.slots, store);
  // A link may be sent to any number of people: whoever has an account does not wait for them.
  const guestSlots = new MediaSlots({
    atOnce: Math.floor(AT_ONCE / 2),
    patienceMs: LISTENER_PATIENCE_MS,
    pace: LISTENER_PACE,
  });
  const guests = new PcmThread(guestSlots, store);
  const drawingSlots = new MediaSlots({
    atOnce: Math.floor(AT_ONCE / 2),
    patienceMs: PICTURE_PATIENCE_MS,
    pace: LISTENER_PACE,
  });
  const drawing = new FfmpegDecoder({ programs: new MediaPrograms(drawingSlots) });
  lifecycle.add('decoder of listeners', () => members.close());
  lifecycle.add('decoder of guests', () => guests.close());
  const pcm: PcmSource = {
    open: ({ forGuest, ...what }, signal) => (forGuest ? guests : members).open(what, signal),
  };
  return { probe, decoder: new FfmpegDecoder({ programs: listening }), drawing, pcm, flac: new FfmpegFlacEncoder() };
}
