import type { SampleFormat } from './plain-file.js';

/** Turns whole frames of bytes into samples; whole numbers to -1..1, as ffmpeg does. */
export function samplesOf(bytes: Buffer, format: SampleFormat): Float64Array {
  const count = bytes.length / format.bytes;
  const samples = new Float64Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = !format.bigEndian;
  switch (`${format.kind}${format.bytes}`) {
    case 'unsigned1':
      for (let i = 0; i < count; i++) samples[i] = (bytes[i]! - 128) / 2 ** 7;
      break;
    case 'signed1':
      for (let i = 0; i < count; i++) samples[i] = view.getInt8(i) / 2 ** 7;
      break;
    case 'signed2':
      for (let i = 0; i < count; i++) samples[i] = view.getInt16(2 * i, little) / 2 ** 15;
      break;
    case 'signed3': {
      const [low, high] = little ? [0, 2] : [2, 0];
      for (let i = 0, at = 0; i < count; i++, at += 3) {
        const value = (view.getInt8(at + high) << 16) | (bytes[at + 1]! << 8) | bytes[at + low]!;
        samples[i] = value / 2 ** 23;
      }
      break;
    }
    case 'signed4':
      for (let i = 0; i < count; i++) samples[i] = view.getInt32(4 * i, little) / 2 ** 31;
      break;
    case 'float4':
      for (let i = 0; i < count; i++) samples[i] = view.getFloat32(4 * i, little);
      break;
    default:
      for (let i = 0; i < count; i++) samples[i] = view.getFloat64(8 * i, little);
  }
  return samples;
}
