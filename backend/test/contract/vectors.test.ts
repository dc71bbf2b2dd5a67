import { describe } from 'vitest';
import { EmbeddedVectors } from '../../src/adapters/embedded-index/embedded-vectors.js';
import { gaussian, seeded, temporaryFolder, unit } from './fixtures.js';
import { vectorsSuite, type VectorEngine } from './vectors.suite.js';

const embedded = (name: string, exactUpTo: number): VectorEngine => ({
  name,
  open: (dimension) => {
    const folder = temporaryFolder();
    const engine = { dimension, exactUpTo, helpers: 0 };
    const vectors = new EmbeddedVectors({ folder: folder.path, modelKey: 'test', engine }, (error) => {
      throw error;
    });
    const random = seeded(3);
    const anything = (): Float32Array => unit(Array.from({ length: dimension }, () => gaussian(random)));
    return Promise.resolve({
      vectors,
      settle: async () => {
        const asked = { filter: { among: null }, limit: 10, matchesPerSound: 1 };
        while (vectors.counts.segments > Math.max(exactUpTo, 500)) {
          if (!(await vectors.search({ ...asked, vector: anything() })).exact) return;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
      close: async () => {
        await vectors.close();
        folder.remove();
      },
    });
  },
});

describe('the embedded index', () => {
  vectorsSuite(embedded('every one compared', 1_000_000));
  vectorsSuite(embedded('by graph', 200));
});
