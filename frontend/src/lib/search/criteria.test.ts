import { describe, expect, it } from 'vitest';
import { countFilters, hasQuery, parseCriteria, parseLike, searchUrl } from './criteria';

const parse = (query: string) => parseCriteria(new URLSearchParams(query));

describe('the address of a search', () => {
  it('says what the search is, and is read back as the same search', () => {
    const criteria = {
      q: 'rain & thunder',
      mode: 'semantic' as const,
      like: [{ soundId: 'a-1' }, { soundId: 'b-2', startS: 1.25, endS: 4 }],
      clip: 'hum.webm',
      filters: { minDurationS: 0.5, maxBpm: 140, key: 'F#m', tag: ['field', 'wet, cold'], format: 'flac' },
    };
    const url = new URL(searchUrl(criteria), 'http://host');
    expect(parseCriteria(url.searchParams)).toEqual(criteria);
  });

  it('leaves out what is default', () => {
    expect(searchUrl({ q: '', mode: 'hybrid', like: [], clip: null, filters: {} })).toBe('/');
    expect(searchUrl({ q: 'dog' })).toBe('/?q=dog');
  });

  it('survives nonsense typed into the address bar', () => {
    expect(parse('q=%20dog%20&mode=loud&minDurationS=-3&maxDurationS=abc&like=&tag=&key=')).toEqual({
      q: 'dog',
      mode: 'hybrid',
      like: [],
      clip: null,
      filters: {},
    });
  });

  it('takes a part of a sound only when it has a length', () => {
    expect(parseLike('id:3-5.5')).toEqual({ soundId: 'id', startS: 3, endS: 5.5 });
    expect(parseLike('id:5-5')).toEqual({ soundId: 'id' });
    expect(parseLike(':1-2')).toBeNull();
  });
});

describe('what there is to search for', () => {
  it('does not count filters alone', () => {
    expect(hasQuery(parse('minBpm=90'))).toBe(false);
    expect(hasQuery(parse('like=x'))).toBe(true);
  });

  it('counts a range as one filter and every tag by itself', () => {
    expect(countFilters({ minBpm: 90, maxBpm: 120, key: 'Am', tag: ['a', 'b'] })).toBe(4);
  });
});
