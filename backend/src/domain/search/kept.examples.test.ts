import { beforeEach, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../accounts/viewer.js';
import type { ModelInfo } from '../ingest/ingest.ports.js';
import type { Sound } from '../library/library.types.js';
import { KeptExamples } from './kept.examples.js';

let asked: string[];
let segments: number;
let kept: KeptExamples;

beforeEach(() => {
  asked = [];
  segments = 2;
  kept = new KeptExamples({
    sounds: (viewer) => ({
      get: (id) => {
        asked.push(id);
        return Promise.resolve(id === 'gone' || viewer.id === 'stranger' ? null : ({ id } as Sound));
      },
    }),
    segments: {
      segmentsOf: () => Array.from({ length: segments }, () => ({ startS: 0, endS: 1, vector: new Float32Array(4) })),
    },
    texts: { info: { key: 'model' } as ModelInfo },
  });
});

describe('KeptExamples', () => {
  it('reads an example once while the library stays as it is', async () => {
    expect((await kept.get(EVERYTHING, 'a', 1))?.segments).toHaveLength(2);
    await kept.get(EVERYTHING, 'a', 1);
    expect(asked).toEqual(['a']);
    segments = 3;
    expect((await kept.get(EVERYTHING, 'a', 2))?.segments).toHaveLength(3);
    expect(asked).toEqual(['a', 'a']);
  });

  it('gives nobody what another one may see', async () => {
    await kept.get(EVERYTHING, 'a', 1);
    expect(await kept.get({ ...EVERYTHING, id: 'stranger' }, 'a', 1)).toBeNull();
  });

  it('does not remember what is missing, or is too long to be kept', async () => {
    await kept.get(EVERYTHING, 'gone', 1);
    segments = 5000;
    for (let n = 0; n < 2; n++) expect((await kept.get(EVERYTHING, 'long', 1))?.segments).toHaveLength(5000);
    await kept.get(EVERYTHING, 'gone', 1);
    expect(asked).toEqual(['gone', 'long', 'long', 'gone']);
  });
});
