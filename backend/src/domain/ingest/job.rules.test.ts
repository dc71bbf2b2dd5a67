import { describe, expect, it } from 'vitest';
import type { JobState } from './ingest.types.js';
import { mayStart, resultOf } from './job.rules.js';

const standing = (state: JobState, generation = 2, soundGeneration: number | null = 2) => ({
  job: { state, generation },
  soundGeneration,
});

describe('a job', () => {
  it('starts, and starts again, until it has ended, was replaced or its sound is gone', () => {
    expect([standing('queued'), standing('active')].map(mayStart)).toEqual([true, true]);
    const not = [standing('completed'), standing('failed'), standing('queued', 1), standing('active', 2, null)];
    expect(not.map(mayStart)).toEqual([false, false, false, false]);
  });

  it('has its result saved once, by its latest run, and for the model in use', () => {
    const result = (given: ReturnType<typeof standing>, activeModel: string | null = 'a') =>
      resultOf(given, { modelKey: 'a', activeModel });
    expect(result(standing('active'))).toBe('saved');
    expect(result(standing('active'), null)).toBe('saved');
    expect(result(standing('active'), 'b')).toBe('again');
    expect(
      [standing('completed'), standing('active', 1), standing('active', 2, null)].map((one) => result(one)),
    ).toEqual(['dropped', 'dropped', 'dropped']);
  });
});
