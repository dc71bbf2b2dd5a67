import { describe, expect, it } from 'vitest';
import { LOCAL } from '../accounts/actor.js';
import type { Completions } from './search.ports.js';
import { SuggestionService, type Suggestion } from './suggestions.js';

const VALUES = {
  tag: ['kick', 'kitchen noise', 'rain', 'table'],
  artist: ['Mary Jane', 'Kim'],
  genre: ['techno'],
  author: ['Ann Field'],
  licence: ['CC BY 4.0', 'CC0 1.0'],
  format: ['wav', 'mp3'],
  key: ['Am', 'C'],
  folder: ['/Drums/Kicks'],
  collection: ['Field trip'],
  owner: ['Ada', 'Mel'],
};
const starting = (list: readonly string[], prefix: string, limit: number): string[] =>
  list.filter((text) => text.toLowerCase().startsWith(prefix)).slice(0, limit);
const library: Completions = {
  queries: (prefix, limit) => starting(['rain on a roof', 'rain -thunder'], prefix, limit),
  values: (field, prefix, limit) => starting(VALUES[field], prefix, limit),
  names: (words, limit) =>
    [{ id: 'id-1', name: 'Evening bell' }]
      .filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)))
      .slice(0, limit),
};
const service = new SuggestionService(
  () => library,
  ['snare drum', 'thunder in the distance'],
  () => new Date('2026-11-20T12:00:00Z'),
);
/** `|` stands for the cursor. */
const suggest = async (typed: string, limit = 20): Promise<Suggestion[]> =>
  service.suggest(LOCAL, typed.replace('|', ''), typed.indexOf('|'), limit);
const texts = async (typed: string): Promise<string[]> =>
  (await suggest(typed)).map(({ text, cursor }) => `${text.slice(0, cursor)}|${text.slice(cursor)}`);

describe('suggestions', () => {
  it.each<[string, string]>([
    ['ta|', 'tag:|'],
    ['-ta|', '-tag:|'],
    ['rain ta|', 'rain tag:|'],
    ['lik|', 'like:|'],
    ['schlag|', 'tag:|'],
    ['ki|', 'kick|'],
    ['loud ki|', 'loud kick|'],
    ['rain + ki|', 'rain + kick|'],
    ['loud Thund|', 'loud thunder in the distance|'],
    ['rain -ki|', 'rain -kick|'],
    ['rain -ki|', 'rain -"kitchen noise"|'],
    ['rain kitchen no|', 'rain kitchen noise|'],
    ['mar|', 'artist:"Mary Jane"|'],
    ['rain even|', 'rain Evening bell|'],
    ['tag:ki|', 'tag:kick|'],
    ['-tag:ki|', '-tag:kick|'],
    ['rain tag:ki| wind', 'rain tag:kick| wind'],
    ['rain tag:ki|ller wind', 'rain tag:kick| wind'],
    ['tag:"kitch|', 'tag:"kitchen noise"|'],
    ['tag:"kitch| x" rain', 'tag:"kitchen noise"| rain'],
    ['artist:|', 'artist:Kim|'],
    ['format:|', 'format:wav|'],
    ['key:a|', 'key:Am|'],
    ['collection:f|', 'collection:"Field trip"|'],
    ['len:|', 'len:<5s|'],
    ['owner:m|', 'owner:me|'],
    ['-owner:m|', '-owner:Mel|'],
    ['besitzer:a|', 'besitzer:Ada|'],
    ['visibility:p|', 'visibility:public|'],
    ['bpm:1|', 'bpm:120-140|'],
    ['added:|', 'added:>2026-11|'],
    ['name:bel|', 'name:"Evening bell"|'],
    ['like:even|', 'like:id-1|'],
    ['rain|', 'rain on a roof|'],
    ['snar|', 'snare drum|'],
  ])('%s → %s', async (typed, text) => {
    expect(await texts(typed)).toContain(text);
  });

  it('leave what stands around the word alone', async () => {
    expect(await texts('wind ki| tag:x')).toContain('wind kick| tag:x');
    expect(await texts('"exact words" ki|')).toContain('"exact words" kick|');
  });

  it('say what is a search of its own', async () => {
    const whole = async (typed: string, text: string) =>
      (await suggest(typed)).find((found) => found.text === text)?.whole;
    expect(await whole('ki|', 'kick')).toBe(true);
    expect(await whole('tag:ki|', 'tag:kick')).toBe(true);
    expect(await whole('ta|', 'tag:')).toBe(false);
    expect(await whole('loud ki|', 'loud kick')).toBe(false);
    expect(await whole('rain|', 'rain -thunder')).toBe(true);
  });

  it('offer past searches only where the cursor ends the text', async () => {
    expect((await suggest('ra|')).map(({ kind }) => kind)).toContain('history');
    expect((await suggest('ra| x')).map(({ kind }) => kind)).not.toContain('history');
  });

  it('offer past searches and tags before anything is typed', async () => {
    expect((await suggest('|')).map(({ kind }) => kind)).toEqual(['history', 'history', 'tag', 'tag', 'tag', 'tag']);
  });

  it('keep room for a field, give each text once, never the one that stands there', async () => {
    expect((await suggest('k|', 2)).map(({ label }) => label)).toEqual(['kick', 'key:']);
    expect(await texts('kick|')).not.toContain('kick|');
    const all = await texts('rain|');
    expect(new Set(all).size).toBe(all.length);
  });

  it('take any text', async () => {
    for (const typed of ['"', '-', ':', '+ |', 'tag:"', '^2', '\u{1F600}', 'foo:ba', '"a b" "', '  ']) {
      for (let cursor = 0; cursor <= typed.length; cursor++) {
        await expect(service.suggest(LOCAL, typed, cursor, 8)).resolves.toBeInstanceOf(Array);
      }
    }
    expect(await suggest('foo:ba|')).toEqual([]);
  });
});
