const BYTES_PER_SAMPLE = 4;
/** Louder is no sound but rubbish in a file of floats; even whole numbers of 32 bits written as floats lie below. */
const RUBBISH = 2 ** 32;

/** Samples of several channels, interleaved. */
export interface Frames {
  channels: number;
  samples: Float32Array;
}

/** The frames of a WAV of 32-bit floats, as ffmpeg writes it to a pipe. What is no number is silence. */
export async function* floatFrames(source: AsyncIterable<Buffer>): AsyncIterable<Frames> {
  let head: Buffer | null = Buffer.alloc(0);
  let channels = 1;
  const body = async function* (): AsyncIterable<Buffer> {
    for await (const part of source) {
      if (head === null) {
        yield part;
        continue;
      }
      head = Buffer.concat([head, part]);
      const data = samplesOf(head);
      if (data === null) continue;
      channels = data.channels;
      const rest = head.subarray(data.at);
      head = null;
      yield rest;
    }
  };
  for await (const bytes of wholeFrames(body(), () => channels * BYTES_PER_SAMPLE)) {
    yield { channels, samples: withoutRubbish(floatsOf(bytes)) };
  }
}

/** What is no sound becomes silence, in place. */
export function withoutRubbish(samples: Float32Array): Float32Array {
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    if (!(value <= RUBBISH && value >= -RUBBISH)) samples[i] = 0;
  }
  return samples;
}

/** Bare floats of one channel, cut off at ±1; what is no number is silence. */
export async function* mixedFrames(source: AsyncIterable<Buffer>): AsyncIterable<Float32Array> {
  for await (const bytes of wholeFrames(source, () => BYTES_PER_SAMPLE)) yield cutOff(floatsOf(bytes), 1);
}

/** Multiplies, and cuts off at ±1, in place; what is no number becomes silence. */
export function cutOff(samples: Float32Array, gain: number): Float32Array {
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]! * gain;
    samples[i] = value >= -1 && value <= 1 ? value : value > 1 ? 1 : value < -1 ? -1 : 0;
  }
  return samples;
}

/** Where the samples begin in a WAV's header, and how many channels they have; null while it is not complete. */
function samplesOf(head: Buffer): { channels: number; at: number } | null {
  let channels = 1;
  for (let at = 12; at + 8 <= head.length;) {
    const name = head.toString('latin1', at, at + 4);
    if (name === 'data') return { channels, at: at + 8 };
    const length = head.readUInt32LE(at + 4);
    if (name === 'fmt ') {
      if (at + 12 > head.length) return null;
      channels = head.readUInt16LE(at + 10);
    }
    at += 8 + length + (length % 2);
  }
  return null;
}

/** The same bytes in pieces that end between frames. */
async function* wholeFrames(source: AsyncIterable<Buffer>, frameBytes: () => number): AsyncIterable<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const part of source) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, part]) : part;
    const whole = bytes.length - (bytes.length % frameBytes());
    rest = Buffer.from(bytes.subarray(whole));
    if (whole > 0) yield bytes.subarray(0, whole);
  }
}

function floatsOf(bytes: Buffer): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(bytes.length / BYTES_PER_SAMPLE);
  new Uint8Array(samples.buffer).set(bytes);
  return samples;
}
