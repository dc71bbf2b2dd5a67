import type { TextEmbedder } from '../../src/domain/search/search.ports.js';
import { gaussian, MODEL_KEY, seeded, unit } from '../contract/fixtures.js';

const DIMENSION = 64;

/** A space in which a model hears concepts: texts point to those that they name, sounds have some of each. */
export function conceptSpace<Concept extends string>(concepts: readonly Concept[]) {
  /** What a model would hear: so much of each, and much that no words describe. */
  const heard = (amounts: Partial<Record<Concept, number>>, random: () => number): Float32Array => {
    const vector = Array.from({ length: DIMENSION }, (_, i) => (i < concepts.length ? 0.3 : 1) * gaussian(random));
    const other = unit(vector);
    for (const [at, concept] of concepts.entries()) other[at]! += amounts[concept] ?? 0;
    return unit([...other]);
  };
  /** As with real models, cosines with fitting sounds stay far below 1. */
  const meant = (text: string): Float32Array =>
    unit(
      Array.from({ length: DIMENSION }, (_, i) =>
        concepts.some((concept, at) => at === i && text.includes(concept)) ? 1 : 0.08,
      ),
    );
  const background = new Float32Array(200 * DIMENSION);
  for (let row = 0; row < 200; row++) background.set(heard({}, seeded(row + 100)), row * DIMENSION);
  const texts: TextEmbedder = {
    info: {
      id: 'test-model',
      name: 'Test',
      key: MODEL_KEY,
      dimension: DIMENSION,
      sampleRateHz: 48_000,
      windowS: 10,
      calibration: { mean: 0, std: 0.1, relevantZ: 3.5, slope: 1.5 },
      provider: 'cpu',
    },
    background,
    embedTexts: (list) => Promise.resolve(list.map(meant)),
  };
  return { dimension: DIMENSION, heard, meant, texts };
}
