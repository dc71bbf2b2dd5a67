import { open } from 'node:fs/promises';
import { DomainError } from '../domain/errors.js';
import type { AudioDecoder, Heard } from '../domain/ingest/ingest.ports.js';
import type { Hearing } from '../domain/library/library.types.js';
import { entryOf, readablePieces, type Entry, type Piece } from './extent/index.js';
import { decodeArguments, type Mix } from './ffmpeg-command.js';
import { createListener, type Listener } from './listener.js';
import { MediaPrograms, type MediaProcess } from './media-process.js';
import { floatFrames, mixedFrames } from './samples.js';
import { integerCodecOf } from './wav-format.js';
import { because } from '../domain/reasons.js';

/** ffmpeg may let us wait this long in all, and as long again as the sound that it has given lasts: more is no sound but a trap. */
const PATIENCE_MS = 60_000;
/** Where nothing says how long a sound may be, processor time is given for this much. */
const UNKNOWN_LENGTH_S = 3600;
/** What ffmpeg answers when the system told it that its processor time is used up. */
const CODE_OUT_OF_TIME = 255;
const BYTES_PER_SAMPLE = 4;
/** One line for each packet that could not be decoded, or not as it was. */
const FAULT = /Error while decoding|Error submitting packet|CRC error/;

type DecodeOptions = Parameters<AudioDecoder['decode']>[1];
type MixOptions = Omit<DecodeOptions, 'hearing' | 'onEnd'> & { track: number };

/**
 * Decodes with one ffmpeg process per call. ffmpeg is held back while the consumer is busy (its pipe is full), and is killed when
 * the consumer stops early, the signal aborts, or it takes too long for what it gives.
 *
 * Where it is known how the channels are mixed, or which are wanted, ffmpeg does it. Else it gives all of them, and how to mix them
 * is decided from the beginning (the whole of a short sound), and judged again at the end.
 */
export class FfmpegDecoder implements AudioDecoder {
  private readonly programs: MediaPrograms;

  constructor(private readonly options: { stallMs?: number; programs?: MediaPrograms } = {}) {
    this.programs = options.programs ?? new MediaPrograms();
  }

  async *decode(path: string, options: DecodeOptions): AsyncIterable<Float32Array> {
    const { hearing, onEnd, ...rest } = options;
    const { track = 0, weights = null } = hearing ?? {};
    yield* this.run(path, { ...rest, track, mix: weights && { sums: [weights] } }, (heard, counted) => {
      const used: Hearing = { track, weights };
      onEnd?.({ ...(heard ?? { hearing: used, better: null, silent: false, loudness: null }), ...counted });
    });
  }

  /** As {@link decode}, but the channels that `mix` says, in whole frames. */
  mixed(path: string, options: MixOptions & { mix: Mix }): AsyncIterable<Float32Array> {
    return this.run(path, options, () => undefined);
  }

  private async *run(
    path: string,
    { sampleRateHz, maxDurationS, signal, part, codec = null, track, mix }: MixOptions & { mix: Mix | null },
    onEnd: (heard: ReturnType<Listener['heard']> | null, counted: Pick<Heard, 'faults' | 'complained'>) => void,
  ): AsyncIterable<Float32Array> {
    throwIfAborted(signal);
    const channels = mix ? ('sums' in mix ? mix.sums.length : mix.channels) : 1;
    const { size, integerCodec, pieces, entry } = await lookAt(path);
    const longestS = Number.isFinite(maxDurationS) ? maxDurationS : UNKNOWN_LENGTH_S;
    let faults = 0;
    let complained = pieces !== null;
    const process = await this.programs.start(
      'ffmpeg',
      decodeArguments(path, { sampleRateHz, track, mix, part, codec: integerCodec, pieces, entry }),
      { cpuS: PATIENCE_MS / 1000 + longestS, fileBytes: size, signal },
      (line) => {
        complained = true;
        if (FAULT.test(line)) faults++;
      },
    );
    const abort = (): void => process.kill();
    signal?.addEventListener('abort', abort, { once: true });
    const maxSamples = Math.ceil(maxDurationS * sampleRateHz) * channels;
    let samples = 0;
    try {
      const output = this.inTime(process, sampleRateHz * channels * BYTES_PER_SAMPLE);
      const listener = mix ? null : createListener({ track, codec: integerCodec ?? codec, sampleRateHz });
      const chunks = listener ? listener.mix(floatFrames(output)) : mixedFrames(output, channels);
      for await (const chunk of chunks) {
        throwIfAborted(signal);
        samples += chunk.length;
        if (samples > maxSamples) throw tooLong(maxDurationS);
        yield chunk;
      }
      throwIfAborted(signal);
      const end = await process.ended;
      throwIfAborted(signal);
      if (end.code === CODE_OUT_OF_TIME || end.signal === 'SIGXCPU') throw tooSlow();
      if (end.signal === 'SIGKILL' || end.signal === 'SIGTERM') {
        throw new DomainError('not_ready', because('decoding_stopped'), {
          transient: true,
        });
      }
      if (samples === 0) this.explainSilence(process.stderr(), end);
      onEnd(listener?.heard() ?? null, { faults, complained });
    } finally {
      signal?.removeEventListener('abort', abort);
      process.kill();
      await process.ended.catch(() => undefined);
    }
  }

  private explainSilence(stderr: string, end: { code: number | null }): void {
    if (/matches no streams/.test(stderr)) throw new DomainError('no_audio', because('file_without_track'));
    // A clean exit without a sample is a valid file without content; the caller decides what that means.
    if (end.code === 0 && stderr === '') return;
    throw new DomainError('unreadable_media', because('file_not_decodable'), {
      cause: new Error(stderr),
    });
  }

  /** The process's output; waiting for it, but not the consumer's own time, counts towards its limit. */
  private async *inTime(process: MediaProcess, bytesPerSecond: number): AsyncIterable<Buffer> {
    const patienceMs = this.options.stallMs ?? PATIENCE_MS;
    const chunks = (process.stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    let [waitedMs, givenMs] = [0, 0];
    let late = false;
    for (;;) {
      const since = performance.now();
      const timer = setTimeout(
        () => {
          late = true;
          process.kill();
        },
        Math.min(patienceMs, Math.max(0, patienceMs + givenMs - waitedMs)),
      );
      let next: IteratorResult<Buffer>;
      try {
        next = await chunks.next();
      } catch (error) {
        if (!late && (error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
        next = { done: true, value: undefined };
      } finally {
        clearTimeout(timer);
      }
      if (late) throw tooSlow();
      if (next.done) return;
      waitedMs += performance.now() - since;
      givenMs += (next.value.length / bytesPerSecond) * 1000;
      yield next.value;
    }
  }
}

const tooSlow = (): DomainError => new DomainError('unreadable_media', because('file_decoding_slow'));

const tooLong = (maxDurationS: number): DomainError =>
  new DomainError('too_long', because('sound_over_limit', { limitS: maxDurationS }));

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DomainError('cancelled', 'Decoding was cancelled.', { cause: signal.reason });
}

/** @throws DomainError `not_found` */
async function lookAt(
  path: string,
): Promise<{ size: number; integerCodec: string | null; pieces: Piece[] | null; entry: Entry | null }> {
  const file = await open(path).catch((cause: unknown) => {
    throw new DomainError('not_found', because('stored_file_missing'), {
      cause,
    });
  });
  try {
    return {
      size: (await file.stat()).size,
      integerCodec: await integerCodecOf(file),
      pieces: await readablePieces(file),
      entry: await entryOf(file),
    };
  } finally {
    await file.close();
  }
}
