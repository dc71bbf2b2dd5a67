import { describe, expect, it } from 'vitest';
import type { ParsedQuery, QueryPart } from '$lib/api/types';
import { scopeOf, withScope } from './scope';

const parsed = (...parts: Partial<QueryPart>[]): ParsedQuery => ({ parts }) as ParsedQuery;
const rain = { kind: 'term', typed: 'rain', weight: 1 } as const;
const filter = (typed: string) => ({ kind: 'filter', typed }) as const;

describe('what results are of', () => {
  it('is told by the filter, and changes nothing else', () => {
    expect(scopeOf(parsed(rain))).toBe('all');
    expect(scopeOf(parsed(rain, filter('-kind:long')))).toBe('sounds');
    expect(scopeOf(parsed(rain, filter('kind:long')))).toBe('long');
    expect(withScope(parsed(rain, filter('tag:x')), 'sounds')).toBe('rain tag:x -kind:long');
    expect(withScope(parsed(rain, filter('-kind:long')), 'long')).toBe('rain kind:long');
    expect(withScope(parsed(rain, filter('kind:long')), 'all')).toBe('rain');
  });

  it('keeps another kind, unless long recordings are wanted', () => {
    expect(withScope(parsed(filter('kind:loop')), 'sounds')).toBe('kind:loop -kind:long');
    expect(withScope(parsed(filter('kind:loop')), 'long')).toBe('kind:long');
  });
});
