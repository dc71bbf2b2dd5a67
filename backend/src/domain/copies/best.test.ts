import { expect, it } from 'vitest';
import { bestFirst, type CopyFacts } from './best.js';

const copy = (soundKey: number, facts: Partial<CopyFacts>): CopyFacts => ({
  soundKey,
  codec: 'mp3',
  bitRateKbps: 128,
  sampleRateHz: 44_100,
  bitsPerSample: null,
  durationS: 10,
  ...facts,
});

it('puts what has no loss first, then what has more of it, then the oldest', () => {
  const copies = [
    copy(1, {}),
    copy(2, { codec: null, bitRateKbps: null }),
    copy(3, { bitRateKbps: 320 }),
    copy(4, { codec: 'pcm_s16le', bitRateKbps: 1536, sampleRateHz: 48_000 }),
    copy(5, { codec: 'flac', bitRateKbps: 700, sampleRateHz: 96_000 }),
    copy(6, { codec: 'pcm_mulaw', bitRateKbps: 64 }),
    copy(7, { durationS: 10.02 }),
    copy(8, { durationS: 12 }),
    copy(9, { codec: 'flac', bitRateKbps: 600, sampleRateHz: 96_000, bitsPerSample: 24 }),
  ];
  expect(copies.toSorted(bestFirst).map(({ soundKey }) => soundKey)).toEqual([9, 5, 4, 3, 8, 1, 7, 6, 2]);
});
