/**
 * A WAV file of samples of 16 bits.
 * @param {Buffer} data interleaved, little-endian
 * @param {number} rateHz
 * @param {number} [channels]
 */
export function wavOf(data, rateHz, channels = 1) {
  const frameBytes = 2 * channels;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rateHz, 24);
  head.writeUInt32LE(frameBytes * rateHz, 28);
  head.writeUInt16LE(frameBytes, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}
