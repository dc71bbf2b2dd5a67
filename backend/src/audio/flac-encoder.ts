import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '../domain/errors.js';
import type { FlacEncoder } from '../domain/library/library.ports.js';
import { because } from '../domain/reasons.js';
import { MediaPrograms } from './media-process.js';

/** Encodes far faster than anything can be decoded: what takes longer waits for whoever reads. */
const CPU_S = 3600;
/** Where a FLAC tells how many frames it has: 36 bits, of which the first four share their byte. */
const COUNT_AT = 21;

/** Encodes with ffmpeg. Bounded by who decodes what is encoded, so that it waits for no turn of its own. */
export class FfmpegFlacEncoder implements FlacEncoder {
  private readonly programs = new MediaPrograms();

  async *encode(wav: AsyncIterable<Uint8Array>, frames: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const args = ['-v', 'error', '-f', 'wav', '-i', 'pipe:0', '-map_metadata', '-1', '-fflags', '+bitexact'];
    const input = Readable.from(wav);
    const program = await this.programs.start(
      'ffmpeg',
      [...args, '-c:a', 'flac', '-f', 'flac', 'pipe:1'],
      { cpuS: CPU_S, fileBytes: 0, signal },
      undefined,
      { stdin: true },
    );
    const stop = (): void => {
      program.kill();
      input.destroy();
    };
    signal.addEventListener('abort', stop, { once: true });
    const fed = pipeline(input, program.stdin ?? new Writable());
    // What it says is wrong with its input is told below.
    fed.catch(() => undefined);
    try {
      let head: Buffer | null = Buffer.alloc(0);
      for await (const chunk of program.stdout as AsyncIterable<Buffer>) {
        if (!head) yield chunk;
        else if ((head = Buffer.concat([head, chunk])).length >= COUNT_AT + 5) {
          yield counted(head, frames);
          head = null;
        }
      }
      await fed;
      if ((await program.ended).code !== 0) throw new DomainError('internal', because('decoding_stopped'));
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  }
}

/** What goes through a pipe cannot say its length afterwards: players would show none. */
function counted(head: Buffer, frames: number): Buffer {
  const shared = head.readUInt8(COUNT_AT) & 0xf0;
  head.writeUInt8(shared | (Math.floor(frames / 2 ** 32) & 0x0f), COUNT_AT);
  head.writeUInt32BE(frames % 2 ** 32, COUNT_AT + 1);
  return head;
}
