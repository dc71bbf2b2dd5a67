import { describe, expect, it } from 'vitest';
import type { AudioEmbedder } from '../ingest/ingest.ports.js';
import { MomentRefiner, type RefinerParts } from './moment.refiner.js';

const vector = Float32Array.of(1);
const info = { windowS: 10, sampleRateHz: 100, hearsShort: true } as AudioEmbedder['info'];
const sound = { sha256: 'abc' };

function listener(over: Partial<AudioEmbedder['info']> = {}, decode?: RefinerParts['decoder']['decode']) {
  const decoded: unknown[] = [];
  const parts: RefinerParts = {
    store: { withLocalFile: (sha256, use) => use(`/store/${sha256}`) },
    decoder: {
      decode:
        decode ??
        async function* (path, { part }) {
          decoded.push({ path, part });
          yield await Promise.resolve(new Float32Array(500));
        },
    },
    audio: () =>
      Promise.resolve({
        info: { ...info, ...over },
        async *embedStream(samples, _signal, windowS = 0) {
          for await (const chunk of samples) expect(chunk).toHaveLength(500);
          yield { index: 0, startS: 0, endS: windowS, vector };
          yield { index: 1, startS: 4, endS: 4 + windowS, vector };
        },
        close: () => Promise.resolve(),
      }),
  };
  return { decoded, listener: new MomentRefiner(parts) };
}

describe('MomentRefiner', () => {
  it('hears short windows of the stretch, told in seconds of the sound', async () => {
    const { decoded, listener: it } = listener();
    expect(await it.listen(sound, { startS: 30, endS: 36 })).toEqual([
      { startS: 30, endS: 32.5, vector },
      { startS: 34, endS: 36, vector },
    ]);
    expect(decoded).toEqual([{ path: '/store/abc', part: { startS: 30, endS: 36 } }]);
  });

  it('remembers what it heard, up to a bound', async () => {
    const { decoded, listener: it } = listener();
    await Promise.all([it.listen(sound, { startS: 0, endS: 10 }), it.listen(sound, { startS: 0, endS: 10 })]);
    expect(decoded).toHaveLength(1);
    for (let i = 1; i <= 200; i++) await it.listen(sound, { startS: i, endS: i + 10 });
    await it.listen(sound, { startS: 200, endS: 210 });
    expect(decoded).toHaveLength(201);
    await it.listen(sound, { startS: 0, endS: 10 });
    expect(decoded).toHaveLength(202);
  });

  it('leaves long stretches alone, and models that fill short windows up', async () => {
    const { decoded, listener: it } = listener();
    expect(await it.listen(sound, { startS: 0, endS: 61 })).toEqual([]);
    const other = listener({ hearsShort: false });
    expect(await other.listener.listen(sound, { startS: 0, endS: 10 })).toEqual([]);
    expect([...decoded, ...other.decoded]).toEqual([]);
  });

  it('tries again after a failure', async () => {
    let tries = 0;
    const { listener: it } = listener({}, async function* () {
      if (tries++ === 0) throw new Error('disk away');
      yield await Promise.resolve(new Float32Array(500));
    });
    await expect(it.listen(sound, { startS: 0, endS: 10 })).rejects.toThrow('disk away');
    expect(await it.listen(sound, { startS: 0, endS: 10 })).toHaveLength(2);
  });
});
