import { describe, expect, it } from 'vitest';
import { criteriaOf, hasQuery, parseCriteria, savedAs, searchUrl } from './criteria';

const parse = (query: string) => parseCriteria(new URLSearchParams(query));

describe('the address of a search', () => {
  it('says what the search is, and is read back as the same search', () => {
    const criteria = { q: 'rain & thunder^2 -tag:"wet, cold" like:a-1@1.25-4', mode: 'semantic' as const };
    expect(parseCriteria(new URL(searchUrl(criteria), 'http://host').searchParams)).toEqual(criteria);
  });

  it('is saved with its order and view', () => {
    const criteria = { q: 'rain', mode: 'hybrid' as const, sort: 'loudest' as const, moments: true };
    expect(savedAs(criteria)).toMatchObject({ sort: 'loudness', order: 'desc', view: 'moments' });
    expect(criteriaOf(savedAs(criteria))).toEqual(criteria);
    expect(criteriaOf(savedAs({ q: 'rain', mode: 'keyword' }))).toEqual({ q: 'rain', mode: 'keyword' });
    const elsewhere = { query: 'rain', mode: 'hybrid', sort: 'size', order: 'asc', view: 'sounds' } as const;
    expect(criteriaOf(elsewhere)).toEqual({ q: 'rain', mode: 'hybrid' });
  });

  it('takes examples and filters into the text', () => {
    const like = [{ soundId: 'a-1' }, { soundId: 'b-2', startS: 1.2345, endS: 4 }];
    const filters = { tag: ['wet cold'], format: 'flac', minDurationS: 0.5 };
    expect(parse(searchUrl({ q: 'rain', like, filters }).slice(2)).q).toBe(
      'rain like:a-1 like:b-2@1.23-4 tag:"wet cold" format:flac len:>0.5s',
    );
  });

  it('leaves out what is default', () => {
    expect(searchUrl({ q: '', mode: 'hybrid' })).toBe('/');
    expect(searchUrl({ q: 'dog' })).toBe('/?q=dog');
  });

  it('survives nonsense typed into the address bar', () => {
    expect(parse('q=%20dog%20&mode=loud&x=-3')).toEqual({ q: 'dog', mode: 'hybrid' });
    expect(hasQuery(parse('q=%20'))).toBe(false);
  });
});
