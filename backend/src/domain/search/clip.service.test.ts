import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { LOCAL } from '../accounts/actor.js';
import { DomainError } from '../errors.js';
import type { AudioEmbedder } from '../ingest/ingest.ports.js';
import type { AudioStore } from '../library/library.ports.js';
import { ClipService, type ClipParts } from './clip.service.js';

const RATE = 100;

function service(over: { chunks?: number; probe?: ClipParts['probe']['probe'] } = {}) {
  const discard = vi.fn(() => Promise.resolve());
  const received: number[] = [];
  const withLocalFile = <T>(use: (path: string) => T): T => use('/tmp/clip');
  let decoded = 0;
  const store = {
    receive: (_: Readable, maxBytes: number) => {
      received.push(maxBytes);
      return Promise.resolve({ sha256: 'x', sizeBytes: 1, withLocalFile, keep: () => Promise.resolve(), discard });
    },
  } as unknown as AudioStore;
  const embedder = {
    info: { sampleRateHz: RATE },
    async *embedStream(samples: AsyncIterable<Float32Array>) {
      let index = 0;
      for await (const chunk of samples) {
        const at = index++;
        decoded += chunk.length;
        yield { index: at, startS: at * 10, endS: at * 10 + 10, vector: Float32Array.from(at % 2 ? [0, 1] : [1, 0]) };
      }
    },
  } as unknown as AudioEmbedder;
  const clips = new ClipService({
    store,
    probe: {
      probe:
        over.probe ??
        (() =>
          Promise.resolve({
            durationS: null,
            sampleRateHz: null,
            channels: null,
            codec: null,
            bitRateKbps: null,
            bitsPerSample: null,
            tracks: [0],
            lengthFrom: 'guess' as const,
            strayShare: 0,
          })),
    },
    decoder: {
      async *decode() {
        for (let i = 0; i < (over.chunks ?? 2); i++) yield await Promise.resolve(new Float32Array(10 * RATE));
      },
    },
    audio: () => Promise.resolve(embedder),
  });
  return { clips, discard, received, decodedS: () => decoded / RATE };
}

const bytes = (): Readable => Readable.from(['x']);

describe('ClipService', () => {
  it('gives the mean direction of all windows and keeps no file', async () => {
    const { clips, discard, received } = service();
    const { vector, durationS } = await clips.embed(LOCAL, 'clip.wav', bytes());
    expect([...vector].map((value) => value.toFixed(4))).toEqual(['0.7071', '0.7071']);
    expect(durationS).toBe(20);
    expect(received).toEqual([50 * 1024 * 1024]);
    expect(discard).toHaveBeenCalledOnce();
  });

  it('listens to the first five minutes only', async () => {
    const { clips, decodedS } = service({ chunks: 1000 });
    expect((await clips.embed(LOCAL, 'long.wav', bytes())).durationS).toBe(300);
    expect(decodedS()).toBe(300);
  });

  it('keeps no file when the clip is refused either', async () => {
    const { clips, discard } = service({
      probe: () => Promise.reject(new DomainError('no_audio', 'Nothing to hear.')),
    });
    await expect(clips.embed(LOCAL, 'text.wav', bytes())).rejects.toMatchObject({ code: 'no_audio' });
    expect(discard).toHaveBeenCalledOnce();
  });

  it('refuses a clip in which there is nothing', async () => {
    const { clips, discard } = service({ chunks: 0 });
    await expect(clips.embed(LOCAL, 'empty.wav', bytes())).rejects.toMatchObject({ code: 'no_audio' });
    expect(discard).toHaveBeenCalledOnce();
  });
});
