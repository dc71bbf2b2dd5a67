import { describe, expect, it } from 'vitest';
import type { Sound } from '$lib/api/types';
import { editedText, patchFor, patched } from './inline-edit';

const sound = {
  title: 'Bell',
  artist: null,
  bpm: 120,
  key: 'Am',
  tags: [
    { name: 'mine', score: null, source: 'user' },
    { name: 'heard', score: 0.4, source: 'auto' },
  ],
} as unknown as Sound;

describe('inline editing', () => {
  it('begins with what is there', () => {
    expect([editedText(sound, 'title'), editedText(sound, 'artist'), editedText(sound, 'bpm')]).toEqual([
      'Bell',
      '',
      '120',
    ]);
    expect(editedText(sound, 'tags')).toBe('mine');
  });

  it('changes only what was changed, and clears what is emptied', () => {
    expect(patchFor(sound, 'title', ' Bell ')).toBeNull();
    expect(patchFor(sound, 'title', 'Gong')).toEqual({ title: 'Gong' });
    expect(patchFor(sound, 'title', ' ')).toEqual({ title: null });
    expect(patchFor(sound, 'bpm', '')).toEqual({ bpm: null });
  });

  it('reads numbers with either sign for the fraction and refuses what is none', () => {
    expect(patchFor(sound, 'bpm', '97,5')).toEqual({ bpm: 97.5 });
    for (const typed of ['fast', '-3', '0', '1001']) expect(patchFor(sound, 'bpm', typed)).toBe('bad');
  });

  it('takes each tag once and keeps those of other sources', () => {
    const patch = patchFor(sound, 'tags', 'heard, new,, NEW ,');
    expect(patch).toEqual({ tags: ['heard', 'NEW'] });
    expect(patched(sound, { tags: ['new'] }).tags.map(({ name }) => name)).toEqual(['new', 'heard']);
    expect(patched(sound, { title: null })).toMatchObject({ title: null, bpm: 120 });
  });
});
