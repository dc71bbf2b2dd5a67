import { describe, expect, it } from 'vitest';
import { ApiError } from '$lib/api/problem';
import type { Sound, SoundPatch } from '$lib/api/types';
import { conflicts, mergedTags, ownTags, save } from './saving';

const tagsOf = (names: string[]): Sound['tags'] => names.map((name) => ({ name, score: null, source: 'user' }));
const sound = (given: Partial<Sound>): Sound => ({ id: '1', title: 'Rain', artist: null, tags: [], ...given }) as Sound;

/** A server that keeps one sound, and refuses what began from other values. */
function serverWith(first: Sound) {
  const server = {
    now: first,
    sound: () => Promise.resolve(server.now),
    update: (_: string, { was = {}, tags, ...patch }: SoundPatch) => {
      const current: Record<string, unknown> = { ...server.now, tags: ownTags(server.now) };
      const isKnown = Object.entries(was).every(
        ([field, value]) => JSON.stringify(current[field]) === JSON.stringify(value),
      );
      if (!isKnown) return Promise.reject(new ApiError(412, 'changed_meanwhile', 'Changed', null));
      server.now = { ...server.now, ...patch, ...(tags && { tags: tagsOf(tags) }) };
      return Promise.resolve(server.now);
    },
  };
  return server;
}

describe('saving beside others', () => {
  it('goes beside changes of other fields and other tags', async () => {
    const base = sound({ tags: tagsOf(['wet', 'roof']) });
    const server = serverWith(sound({ artist: 'Ann', tags: tagsOf(['wet', 'loud']) }));
    const outcome = await save(server, base, { title: 'Hail', tags: ['wet', 'roof', 'ice'] });
    expect(outcome).toMatchObject({ saved: { title: 'Hail', artist: 'Ann' } });
    expect(ownTags(server.now)).toEqual(['wet', 'ice', 'loud']);
  });

  it('tells what both changed, and writes nothing', async () => {
    const server = serverWith(sound({ title: 'Storm' }));
    const outcome = await save(server, sound({}), { title: 'Hail', artist: 'Ann' });
    expect(outcome).toMatchObject({ fields: ['title'], theirs: { title: 'Storm' } });
    expect(server.now).toMatchObject({ title: 'Storm', artist: null });
  });

  it('takes the same change by both for no conflict', () => {
    expect(conflicts(sound({}), sound({ title: 'Hail' }), { title: 'Hail' })).toEqual([]);
  });

  it('puts tags together', () => {
    expect(mergedTags(['a', 'b'], ['b', 'c'], ['a', 'd'])).toEqual(['d', 'c']);
  });
});
