import { describe, expect, it } from 'vitest';
import { depthInFlac, DRAWN, formatOf, gainOf } from './pcm-format.js';
import { wavBytes, wavSize } from './wav.js';

const MINUTE_S = 60;
const HOUR_S = 3600;

describe('what a sound is handed out in', () => {
  it.each<[codec: string, channels: number | null, rate: number | null, lengthS: number, expected: number[]]>([
    ['pcm_s16le', 2, 48_000, MINUTE_S, [2, 48_000, 16]],
    ['pcm_s24le', 2, 96_000, MINUTE_S, [2, 96_000, 24]],
    ['pcm_f32le', 1, 44_100, MINUTE_S, [1, 44_100, 24]],
    ['mp3', 2, 44_100, MINUTE_S, [2, 44_100, 16]],
    ['pcm_mulaw', 1, 8_000, MINUTE_S, [1, 8_000, 16]],
    ['ac3', 6, 48_000, MINUTE_S, [2, 48_000, 16]],
    ['pcm_s16le', 1, 4_000, MINUTE_S, [1, 8_000, 16]],
    ['pcm_s16le', 2, 384_000, MINUTE_S, [2, 192_000, 16]],
    // FLAC has no such rate.
    ['pcm_s16le', 2, 96_001, MINUTE_S, [2, 96_000, 16]],
    // What would be too large for a WAV.
    ['pcm_s24le', 2, 48_000, 5 * HOUR_S, [2, 48_000, 16]],
    ['pcm_s24le', 2, 96_000, 6 * HOUR_S, [2, 44_100, 16]],
    ['pcm_s16le', 2, 48_000, 12 * HOUR_S, [1, 44_100, 16]],
    // Nothing is known of it.
    ['pcm_s24le', null, 48_000, MINUTE_S, [1, 44_100, 16]],
    ['pcm_s24le', 2, null, MINUTE_S, [1, 44_100, 16]],
  ])('%s, %s channels at %s Hz, %i s', (codec, channels, sampleRateHz, lengthS, [ownChannels, rateHz, bits]) => {
    const format = formatOf({ codec, channels, sampleRateHz }, null, lengthS);
    expect(format).toEqual({ channels: ownChannels, rateHz, bits });
  });

  it('has the bits that a FLAC says', () => {
    const head = Buffer.from('664c614300000022120012000000000000000bb802f0', 'hex');
    expect(depthInFlac(head)).toBe(16);
    head[20] = 0x03;
    head[21] = 0x70;
    expect(depthInFlac(head)).toBe(24);
    expect([depthInFlac(head.subarray(0, 20)), depthInFlac(Buffer.alloc(22))]).toEqual([null, null]);
    const flac = { codec: 'flac', channels: 2, sampleRateHz: 48_000 };
    expect([16, 20, 24, null].map((depth) => formatOf(flac, depth, MINUTE_S).bits)).toEqual([16, 24, 24, 16]);
  });

  it('is not louder than full scale where it could be', () => {
    const hearing = { track: 0, weights: [0.5, 0.5] };
    expect(gainOf({ codec: 'pcm_s16le', hearing, peakDb: 0.3 })).toBe(1);
    expect(gainOf({ codec: 'mp3', hearing, peakDb: -3 })).toBe(1);
    expect(gainOf({ codec: 'mp3', hearing, peakDb: null })).toBe(1);
    expect(gainOf({ codec: 'pcm_f32le', hearing: { track: 0, weights: [0.25, 0.25] }, peakDb: 6 })).toBeCloseTo(0.498);
    // A few values that are no sound.
    expect(gainOf({ codec: 'pcm_f32le', hearing, peakDb: 180 })).toBe(0.5);
    // Whole numbers written as floats.
    const asFloats = { track: 0, weights: [0.5 / 32_768, 0.5 / 32_768] };
    expect(gainOf({ codec: 'pcm_f32le', hearing: asFloats, peakDb: 90.3 }) * 32_768).toBeCloseTo(1, 1);
  });
});

describe('a WAV', () => {
  it('of odd length has a byte behind it, and sizes that fit', async () => {
    const wav = { format: { ...DRAWN, bits: 24 as const }, frames: 3 };
    const size = wavSize(wav);
    const parts = [];
    for await (const part of wavBytes([Buffer.alloc(9, 7)], wav, { start: 0, end: size - 1 })) parts.push(part);
    const bytes = Buffer.concat(parts);
    expect([size, bytes.length, bytes.readUInt32LE(4), bytes.readUInt32LE(40), bytes[52], bytes[53]]).toEqual([
      54, 54, 46, 9, 7, 0,
    ]);
  });
});
