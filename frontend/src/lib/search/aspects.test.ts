import { describe, expect, it } from 'vitest';
import { aspectText, countsAny, isUsual, typedWithAspects } from './aspects';

describe('what an example is to be like in', () => {
  it('is written as the server reads it, and not where it is usual', () => {
    expect(aspectText({ overall: 1, rhythm: 0 })).toBe('');
    expect(aspectText({ rhythm: 1.5, overall: 0, timbre: 1 })).toBe('~overall:0~timbre~rhythm:1.5');
    expect(isUsual({ overall: 1, pitch: 0 })).toBe(true);
    expect(isUsual({ overall: 0 })).toBe(false);
    expect(countsAny({ overall: 0 })).toBe(false);
  });

  it('takes the place of what stood there, before the weight', () => {
    expect(typedWithAspects('like:a@1-2~rhythm:2^0.5', { pitch: 2 })).toBe('like:a@1-2~pitch:2^0.5');
    expect(typedWithAspects('like:a', { pitch: 2 })).toBe('like:a~pitch:2');
    expect(typedWithAspects('like:a~rhythm:2^2', {})).toBe('like:a^2');
  });
});
