const BYTES_PER_SAMPLE = 4;
/** Louder is no sound but rubbish in a file of floats; even whole numbers of 32 bits written as floats lie below. */
const RUBBISH = 2 ** 32;

/** Samples of several channels, interleaved. */
export interface Frames {
  channels: number;
  samples: Float32Array;
  /** How many of them are silence because what stood there was no sound. */
  rubbish?: number;
}

/** The frames of a WAV of 32-bit floats, as ffmpeg writes it to a pipe, good until the next ones. What is no number is silence. */
export async function* floatFrames(source: AsyncIterable<Buffer>): AsyncIterable<Frames> {
  let head: Buffer | null = Buffer.alloc(0);
  let whole: WholeFrames | null = null;
  let channels = 1;
  for await (const part of source) {
    let body = part;
    if (head !== null) {
      head = Buffer.concat([head, part]);
      const data = samplesOf(head);
      if (data === null) continue;
      channels = data.channels;
      body = head.subarray(data.at);
      head = null;
    }
    whole ??= new WholeFrames(channels * BYTES_PER_SAMPLE);
    const samples = whole.push(body);
    if (samples.length > 0) yield withoutRubbish({ channels, samples });
  }
}

/** What is no sound becomes silence, in place. */
export function withoutRubbish({ channels, samples }: Frames): Frames {
  let rubbish = 0;
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    if (value <= RUBBISH && value >= -RUBBISH) continue;
    samples[i] = 0;
    rubbish++;
  }
  return { channels, samples, rubbish };
}

/** Bare floats in whole frames, cut off at ±1; what is no number is silence. */
export async function* mixedFrames(source: AsyncIterable<Buffer>, channels: number): AsyncIterable<Float32Array> {
  const whole = new WholeFrames(channels * BYTES_PER_SAMPLE);
  for await (const bytes of source) {
    const samples = whole.push(bytes);
    if (samples.length > 0) yield cutOff(samples.slice(), 1);
  }
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

/** Makes pieces that end between frames out of such as end anywhere, in room that is used again: a sound has a thousand of them. */
class WholeFrames {
  private room = new Uint8Array(0);
  private rest = new Uint8Array(0);

  constructor(private readonly frameBytes: number) {}

  /** @returns samples that are good until the next call */
  push(bytes: Uint8Array): Float32Array<ArrayBuffer> {
    const { rest } = this;
    const length = rest.length + bytes.length;
    const whole = length - (length % this.frameBytes);
    if (length > this.room.length) this.room = new Uint8Array(length + this.frameBytes);
    this.room.set(rest);
    this.room.set(bytes, rest.length);
    this.rest = this.room.slice(whole, length);
    return new Float32Array(this.room.buffer, 0, whole / BYTES_PER_SAMPLE);
  }
}
