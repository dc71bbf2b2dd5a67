import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createAudioEmbedder, createTextEmbedder, loadModel, type ClapModel } from '../../src/clap/index.js';
import type { Segment } from '../../src/domain/ingest/ingest.types.js';
import { goldenSignal, inChunks } from './signal.js';

interface Golden {
  audio: Record<string, number[][]>;
  text: { text: string; vector: number[] }[];
}

const fixtures = new URL('./fixtures/', import.meta.url);
const golden = JSON.parse(readFileSync(new URL('embeddings.json', fixtures), 'utf8')) as Golden;
const logger = { info: () => undefined, warn: () => undefined };
const model: ClapModel = await loadModel(fileURLToPath(fixtures), 'tiny-clap');
const audio = await createAudioEmbedder(model, { threads: 2, provider: 'cpu', logger });
const text = await createTextEmbedder(model, { provider: 'cpu', logger });

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

afterAll(async () => {
  await Promise.all([audio.close(), text.close()]);
});

describe('embeddings of a tiny CLAP model through the whole path against PyTorch', () => {
  it.each(Object.entries(golden.audio))('a clip of %s s', async (durationS, vectors) => {
    const segments: Segment[] = [];
    for await (const segment of audio.embedStream(inChunks(goldenSignal(Number(durationS))))) segments.push(segment);
    expect(segments).toHaveLength(vectors.length);
    segments.forEach(({ vector }, i) => expect(cosine(vector, vectors[i]!)).toBeGreaterThan(0.9999));
  });

  it('texts, alone and together', async () => {
    const together = await text.embedTexts(golden.text.map((entry) => entry.text));
    golden.text.forEach(({ vector }, i) => expect(cosine(together[i]!, vector)).toBeGreaterThan(0.9999));
    const afresh = await createTextEmbedder(model, { provider: 'cpu', logger });
    const [alone] = await afresh.embedTexts([golden.text[1]!.text]);
    await afresh.close();
    expect(cosine(alone!, golden.text[1]!.vector)).toBeGreaterThan(0.9999);
  });

  it('tells different inputs apart, so that agreement means something', () => {
    const [first, second] = [golden.audio['1']![0]!, golden.audio['10']![0]!];
    expect(cosine(first, second)).toBeLessThan(0.99);
    expect(cosine(golden.text[0]!.vector, golden.text[5]!.vector)).toBeLessThan(0.99);
  });
});
