import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toyDimension, toyMelFace, writeToyModel, type ToyOptions } from '../../test/golden/toy-model.js';
import type { DomainError } from '../domain/errors.js';
import type { Segment } from '../domain/ingest/ingest.types.js';
import { createAudioEmbedder, type AudioEmbedderOptions } from './audio-embedder.js';
import type { ClapModel } from './model.js';
import { createTextEmbedder, type TextEmbedderOptions } from './text-embedder.js';

const cleanups: (() => Promise<void>)[] = [];
const workers: Worker[] = [];
const onWorker = (worker: Worker): void => void workers.push(worker);
const logger = { info: vi.fn(), warn: vi.fn() };

beforeEach(() => {
  process.on('worker', onWorker);
});
afterEach(async () => {
  process.off('worker', onWorker);
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  workers.length = 0;
  vi.clearAllMocks();
});

const toy = async (options?: ToyOptions): Promise<ClapModel & { dir: string }> => {
  const { load, remove } = await writeToyModel(options);
  cleanups.push(remove);
  return load();
};
const audioEmbedder = async (model: ClapModel, options: Partial<AudioEmbedderOptions> = {}) => {
  const embedder = await createAudioEmbedder(model, { threads: 2, provider: 'cpu', logger, ...options });
  cleanups.push(() => embedder.close());
  return embedder;
};
const textEmbedder = async (model: ClapModel, options: Partial<TextEmbedderOptions> = {}) => {
  const embedder = await createTextEmbedder(model, { provider: 'cpu', logger, ...options });
  cleanups.push(() => embedder.close());
  return embedder;
};

/** Seconds of a tone that climbs, so that every window sounds different. */
async function* sound(durationS: number, onChunk: () => void = () => undefined): AsyncGenerator<Float32Array, void> {
  for (let chunk = 0; chunk < durationS * 10; chunk++) {
    await Promise.resolve();
    onChunk();
    yield Float32Array.from({ length: 1600 }, (_, i) => Math.sin((i * (chunk + 1)) / 40));
  }
}
const all = async (segments: AsyncIterable<Segment>): Promise<Segment[]> => {
  const list: Segment[] = [];
  for await (const segment of segments) list.push(segment);
  return list;
};
const failure = (promise: Promise<unknown>): Promise<DomainError> =>
  promise.then(
    () => expect.fail('should have failed'),
    (error: unknown) => error as DomainError,
  );
const norm = (vector: Float32Array): number => Math.hypot(...vector);

describe('createAudioEmbedder', () => {
  it('embeds every window, in order, at unit length, the same on any number of threads', async () => {
    const model = await toy();
    const two = await all((await audioEmbedder(model)).embedStream(sound(6.3)));
    const one = await all((await audioEmbedder(model, { threads: 1 })).embedStream(sound(6.3)));
    expect(two).toEqual(one);
    expect(two.map(({ index }) => index)).toEqual(two.map((_, i) => i));
    expect(two.at(-1)!.endS).toBeCloseTo(6.3);
    for (const { vector } of two) expect(norm(vector)).toBeCloseTo(1, 5);
  });

  it('gives a window in a long sound the very vector that it has alone, also beside silence', async () => {
    const rateHz = 16_000;
    const samples = new Float32Array(8.3 * rateHz);
    let at = 0;
    for await (const chunk of sound(8.3)) {
      samples.set(chunk.subarray(0, samples.length - at), at);
      at += chunk.length;
    }
    // Silent windows in between are left out.
    samples.fill(0, 3 * rateHz, 4.5 * rateHz);
    const embedder = await audioEmbedder(await toy());
    async function* of(part: Float32Array): AsyncGenerator<Float32Array, void> {
      yield await Promise.resolve(part);
    }
    const segments = await all(embedder.embedStream(of(samples)));
    expect(segments.map(({ startS }) => startS)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.3]);
    for (const { startS, endS, vector } of segments) {
      const [alone] = await all(embedder.embedStream(of(samples.slice(startS * rateHz, endS * rateHz))));
      expect(vector).toEqual(alone!.vector);
    }
  });

  it('embeds shorter windows as each would be alone, and its own again after', async () => {
    const rateHz = 16_000;
    const embedder = await audioEmbedder(await toy());
    const samples = Float32Array.from({ length: 2 * rateHz }, (_, i) => Math.sin(i * i * 1e-6));
    async function* of(part: Float32Array): AsyncGenerator<Float32Array, void> {
      yield await Promise.resolve(part);
    }
    const short = await all(embedder.embedStream(of(samples), undefined, 0.5));
    expect(short.map(({ startS, endS }) => [startS, endS])).toEqual(
      [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5].map((s) => [s, s + 0.5]),
    );
    for (const { startS, endS, vector } of short) {
      const [alone] = await all(embedder.embedStream(of(samples.slice(startS * rateHz, endS * rateHz))));
      expect(vector).toEqual(alone!.vector);
    }
    expect(await all(embedder.embedStream(of(samples)))).toHaveLength(3);
  });

  it('starts no thread before there is something to embed, and gives nothing for an empty stream', async () => {
    const embedder = await audioEmbedder(await toy());
    expect(await all(embedder.embedStream(sound(0)))).toEqual([]);
    expect(workers).toHaveLength(0);
  });

  it('holds back the stream: it never reads further ahead than threads + 1 windows and the one being cut', async () => {
    const embedder = await audioEmbedder(await toy());
    let chunks = 0;
    let taken = 0;
    for await (const segment of embedder.embedStream(sound(20, () => chunks++))) {
      taken = segment.index;
      // Windows of 10 chunks every 5: what is read is at most the end of the window three further on.
      expect(chunks).toBeLessThanOrEqual(10 + 5 * (taken + 2 + 1));
    }
    expect(taken).toBe(38);
  });

  it('serves several sounds at once and keeps them apart', async () => {
    const embedder = await audioEmbedder(await toy());
    const alone = await all(embedder.embedStream(sound(3)));
    const together = await Promise.all([3, 5, 3].map((durationS) => all(embedder.embedStream(sound(durationS)))));
    expect(together[0]).toEqual(alone);
    expect(together[2]).toEqual(alone);
    expect(together[1]).toHaveLength(9);
    expect(workers).toHaveLength(2);
  });

  it('runs half-precision, waveform and two-tower graphs by their manifests alone', async () => {
    const [single] = await all((await audioEmbedder(await toy())).embedStream(sound(1)));
    const [half] = await all((await audioEmbedder(await toy({ audioGraph: 'audio-fp16' }))).embedStream(sound(1)));
    const [joint] = await all(
      (await audioEmbedder(await toy({ audioGraph: 'joint', textGraph: 'joint' }))).embedStream(sound(1)),
    );
    half!.vector.forEach((value, i) => expect(value).toBeCloseTo(single!.vector[i]!, 2));
    expect(joint).toEqual(single);

    const waveform = {
      input: 'waveform' as const,
      inputName: 'samples',
      outputName: 'audio_embeds',
      sampleRateHz: 16_000,
      windowS: 1,
      padding: 'none' as const,
      minSamples: 8,
    };
    const model = await toy({ audioGraph: 'audio-waveform', audio: waveform });
    async function* four(): AsyncGenerator<Float32Array, void> {
      await Promise.resolve();
      yield Float32Array.of(0.1, -0.4, 0.3, 0.2);
    }
    const [loudest] = await all((await audioEmbedder(model)).embedStream(four()));
    const length = Math.hypot(0.4, 0.3, 0.2, 0.1);
    [0.4, 0.3, 0.2, 0.1, 0, 0, 0, 0].forEach((value, i) => expect(loudest!.vector[i]).toBeCloseTo(value / length, 5));
  });

  it('stops at an abort, also while it waits for a stream that is stuck', async () => {
    const embedder = await audioEmbedder(await toy());
    const controller = new AbortController();
    let closed = false;
    async function* stuck(): AsyncGenerator<Float32Array, void> {
      try {
        yield* sound(3);
        await new Promise((resolve) => controller.signal.addEventListener('abort', resolve));
      } finally {
        closed = true;
      }
    }
    const run = failure(
      (async () => {
        for await (const segment of embedder.embedStream(stuck(), controller.signal)) {
          if (segment.index === 2) setImmediate(() => controller.abort());
        }
      })(),
    );
    expect((await run).code).toBe('cancelled');
    await vi.waitFor(() => expect(closed).toBe(true));
    expect(await all(embedder.embedStream(sound(1)))).toHaveLength(1);
  });

  it('closes the stream when the caller stops early, and passes on what the stream throws', async () => {
    const embedder = await audioEmbedder(await toy());
    let closed = false;
    async function* watched(): AsyncGenerator<Float32Array, void> {
      try {
        yield* sound(100);
      } finally {
        closed = true;
      }
    }
    for await (const segment of embedder.embedStream(watched())) if (segment.index === 1) break;
    await vi.waitFor(() => expect(closed).toBe(true));

    async function* failing(): AsyncGenerator<Float32Array, void> {
      yield* sound(4);
      throw new Error('bad file');
    }
    expect((await failure(all(embedder.embedStream(failing())))).message).toBe('bad file');
  });

  it('fails a window whose thread dies as worth another try, and goes on with a new thread', async () => {
    const embedder = await audioEmbedder(await toy(), { threads: 1 });
    const run = failure(
      (async () => {
        for await (const segment of embedder.embedStream(sound(60))) {
          if (segment.index === 1) void workers[0]!.terminate();
        }
      })(),
    );
    const error = await run;
    expect([error.code, error.transient]).toEqual(['internal', true]);
    expect(await all(embedder.embedStream(sound(1)))).toHaveLength(1);
    expect(workers).toHaveLength(2);
  });

  it('fails for good when the graph makes no numbers, is damaged or does not fit its manifest', async () => {
    const run = async (model: ClapModel): Promise<DomainError> =>
      failure(all((await audioEmbedder(model)).embedStream(sound(1))));
    const damaged = await toy();
    await writeFile(path.join(damaged.dir, 'audio.onnx'), 'not a graph');
    const nan = await run(await toy({ audioGraph: 'audio-nan' }));
    expect(nan.message).toContain('no usable result');
    for (const error of [
      nan,
      await run(damaged),
      await run(await toy({ audio: { ...toyMelFace, outputName: 'nothing' } })),
      await run(await toy({ change: (manifest) => ({ ...manifest, dimension: 9 }) })),
    ]) {
      expect([error.code, error.transient]).toEqual(['model_unavailable', false]);
    }
  });

  it('fails for good when a thread cannot even start', async () => {
    const embedder = await audioEmbedder(await toy(), { threads: 1 });
    process.once('worker', (worker: Worker) => {
      setImmediate(() => worker.emit('error', new Error('libonnxruntime.so.1: cannot open shared object file')));
    });
    const error = await failure(all(embedder.embedStream(sound(1))));
    expect([error.code, error.transient]).toEqual(['model_unavailable', false]);
    expect(error.message).toContain('npm ci');
  });

  it('falls back to the CPU with one warning when the provider cannot be created', async () => {
    const embedder = await audioEmbedder(await toy(), { provider: 'dml' });
    expect(await all(embedder.embedStream(sound(3)))).toHaveLength(5);
    expect(workers).toHaveLength(2);
    expect(embedder.info.provider).toBe('cpu');
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(logger.warn).toHaveBeenCalledWith(
      expect.objectContaining({ wanted: 'dml', provider: 'cpu' }),
      expect.stringContaining('CPU'),
    );
  });

  it('ends its threads when idle and starts them again', async () => {
    const embedder = await audioEmbedder(await toy(), { threads: 1, idleUnloadMs: 20 });
    const first = await all(embedder.embedStream(sound(1)));
    await new Promise((resolve) => workers[0]!.once('exit', resolve));
    expect(await all(embedder.embedStream(sound(1)))).toEqual(first);
    expect(workers).toHaveLength(2);
  });

  it('ends its threads when closed, telling those who wait that their work was cancelled', async () => {
    const embedder = await audioEmbedder(await toy(), { threads: 1 });
    const run = failure(all(embedder.embedStream(sound(30))));
    await vi.waitFor(() => expect(workers).toHaveLength(1));
    await embedder.close();
    expect((await run).code).toBe('cancelled');
    expect(workers[0]!.threadId).toBe(-1);
    expect((await failure(all(embedder.embedStream(sound(1))))).code).toBe('cancelled');
  });
});

describe('createTextEmbedder', () => {
  it('gives the same unit vector for a text alone, in company and in a batch of its own', async () => {
    const texts = ['rain', 'a dog barks far away', 'wind', 'a', 'church bell'];
    const together = await (await textEmbedder(await toy())).embedTexts(texts);
    const singly = await textEmbedder(await toy({ maxBatch: 1 }));
    for (const [i, text] of texts.entries()) {
      const [alone] = await singly.embedTexts([text]);
      expect(alone).toHaveLength(toyDimension);
      expect(norm(alone!)).toBeCloseTo(1, 5);
      alone!.forEach((value, k) => expect(value).toBeCloseTo(together[i]![k]!, 5));
    }
  });

  it('gives the same for a graph that holds both towers', async () => {
    const [single] = await (await textEmbedder(await toy())).embedTexts(['church bell']);
    const joint = await textEmbedder(await toy({ audioGraph: 'joint', textGraph: 'joint' }));
    expect(await joint.embedTexts(['church bell'])).toEqual([single]);
  });

  it('answers from its cache, also for other spacing and accents, and shares a run under way', async () => {
    const embedder = await textEmbedder(await toy());
    const [[first], [second]] = await Promise.all([
      embedder.embedTexts(['café  bell']),
      embedder.embedTexts(['café bell']),
    ]);
    expect(second).toBe(first);
    await workers[0]!.terminate();
    expect((await embedder.embedTexts([' cafe\u0301\tbell ']))[0]).toBe(first);
    expect(workers).toHaveLength(1);
  });

  it('forgets texts beyond its cache size', async () => {
    const embedder = await textEmbedder(await toy(), { cacheSize: 1 });
    const [rain] = await embedder.embedTexts(['rain']);
    await embedder.embedTexts(['wind']);
    const [again] = await embedder.embedTexts(['rain']);
    expect(again).not.toBe(rain);
    expect(again).toEqual(rain);
  });

  it('fails texts whose thread dies as worth another try, and goes on with a new thread', async () => {
    const embedder = await textEmbedder(await toy());
    const run = failure(embedder.embedTexts(['rain']));
    await vi.waitFor(() => expect(workers).toHaveLength(1));
    await workers[0]!.terminate();
    expect((await run).transient).toBe(true);
    expect(await embedder.embedTexts(['rain'])).toHaveLength(1);
  });

  it('says so when the model knows none of the words, and still answers the others', async () => {
    const model = await toy({
      change: (manifest) => ({ ...manifest, text: { ...manifest.text, maskName: null } }),
    });
    expect((await failure((await textEmbedder(model)).embedTexts(['rain']))).code).toBe('model_unavailable');
    const embedder = await textEmbedder(await toy({ textGraph: 'text-known-words' }));
    const [known, unknown] = await Promise.allSettled([embedder.embedTexts(['aa']), embedder.embedTexts(['雨'])]);
    expect(known.status).toBe('fulfilled');
    expect(unknown).toMatchObject({ status: 'rejected', reason: { code: 'invalid_input' } });
  });

  it('carries the background embeddings that came with the model', async () => {
    const background = Float32Array.from({ length: 3 * toyDimension }, (_, i) => i / 10);
    expect((await textEmbedder(await toy({ background }))).background).toEqual(background);
    expect((await textEmbedder(await toy())).background).toBeNull();
    const wrong = await failure(textEmbedder(await toy({ background: new Float32Array(toyDimension + 1) })));
    expect(wrong.code).toBe('model_unavailable');
  });

  it('refuses new texts once closed', async () => {
    const embedder = await textEmbedder(await toy());
    await embedder.close();
    expect((await failure(embedder.embedTexts(['rain']))).code).toBe('cancelled');
  });
});
