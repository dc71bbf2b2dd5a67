import { describe, expect, it } from 'vitest';
import { NOTHING_HEARD, type SoundAnalysis } from '../analysis/analysis.types.js';
import { edit, readAnew, type Editable } from './edits.js';
import type { FileTags } from './library.types.js';
import { planTags, type PresentTag } from './tag-change.js';

const blank: Editable = {
  title: null,
  artist: null,
  album: null,
  genre: null,
  description: null,
  author: null,
  licence: null,
  bpm: null,
  bpmSource: null,
  bpmConfidence: null,
  key: null,
  keySource: null,
  keyConfidence: null,
};
const tags: FileTags = {
  ...blank,
  ...{ title: 'File', artist: 'Ann', artists: ['Ann'], bpm: 100, key: 'C', keywords: [] },
  ...{ albumArtist: null, disc: null, track: null, recorded: null },
};
const silent: SoundAnalysis = { ...NOTHING_HEARD, version: 1 };

describe('what a person says', () => {
  it('stays when the file is read anew, also where it was cleared', () => {
    const { next, edited } = edit(blank, new Set(), { title: ' Mine ', artist: '  ', bpm: null });
    expect(next).toMatchObject({ title: 'Mine', artist: null, bpm: null, bpmSource: null });
    expect([...edited].sort()).toEqual(['artist', 'bpm', 'title']);
    expect(readAnew(next, edited, tags, silent)).toMatchObject({
      title: 'Mine',
      artist: null,
      bpm: null,
      key: 'C',
      keySource: 'tag',
    });
  });

  it('leaves alone what it does not name', () => {
    const before: Editable = { ...blank, title: 'Old', bpm: 90, bpmSource: 'estimated', bpmConfidence: 0.7 };
    expect(edit(before, new Set(), { genre: 'Dub' }).next).toEqual({ ...before, genre: 'Dub' });
  });
});

describe('a change of tags', () => {
  const present: PresentTag[] = [
    { source: 'file', folded: 'rain', name: 'Rain' },
    { source: 'auto', folded: 'wind', name: 'wind' },
    { source: 'user', folded: 'mine', name: 'Mine' },
  ];
  const namesByFold = (names: string[]) => new Map(names.map((name) => [name.toLowerCase(), name]));
  const plan = (add: string[], remove: string[], ownOnly = false) =>
    planTags(present, namesByFold(add), namesByFold(remove), ownOnly);

  it('adds own tags, drops own ones, rejects automatic ones and leaves those of the file', () => {
    expect(plan(['New', 'mine'], ['MINE', 'wind', 'rain'])).toEqual({
      end: 'fromFile',
      add: [{ folded: 'new', name: 'New' }],
      drop: ['mine'],
      reject: ['wind'],
      lost: ['wind', 'Mine'],
    });
    expect(plan([], ['wind', 'rain'], true)).toMatchObject({ end: 'done', drop: [], reject: [] });
  });

  it('is not made where there would be too many', () => {
    const many = Array.from({ length: 200 }, (_, at) => `tag ${at}`);
    expect(plan(many, []).end).toBe('full');
    expect(plan(many, ['mine']).end).toBe('done');
  });
});
