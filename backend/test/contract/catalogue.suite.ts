import { beforeEach, describe, expect, it } from 'vitest';
import { SqlCatalogue, SqlUserRepository } from '../../src/adapters/sql/index.js';
import { storesOver } from '../../src/adapters/sql/stores.js';
import { EVERYTHING } from '../../src/domain/accounts/viewer.js';
import { albumKey, albumPlace } from '../../src/domain/library/albums.js';
import type { CatalogueRequest } from '../../src/domain/library/catalogue.ports.js';
import type { Cover } from '../../src/domain/library/covers.ports.js';
import type { FileTags } from '../../src/domain/library/library.types.js';
import { fold } from '../../src/domain/search/words.js';
import { libraryOf, type Engine } from './engines.js';
import { newSound, processed, segmentsFrom, unit } from './fixtures.js';

const cover = (letter: string): Cover => ({
  id: letter.repeat(32),
  small: Buffer.from(`small ${letter}`),
  large: Buffer.from(`large ${letter}`),
});
const ALL: CatalogueRequest = { sort: 'name', limit: 50, offset: 0 };
const FUTURE = '2999-01-01T00:00:00.000Z';
const guest = { id: 'somebody', shared: true, runs: false };

/** Artists, albums and covers: what the tags of all sounds together say. */
export function catalogueSuite(engine: Engine): void {
  const library = libraryOf(engine);
  const ids: Record<string, string> = {};

  const add = async (name: string, fileTags: Partial<FileTags>, picture: Cover | null = null, owner?: string) => {
    const sound = newSound(name);
    const access = owner ? { ownerId: owner, visibility: 'private' as const, people: [] } : undefined;
    const accepted = await library.jobs.accept({ ...sound, ...(access && { access }) });
    if (accepted.kind !== 'accepted') throw new Error('given twice');
    await library.jobs.start(accepted.job.id);
    const result = processed(segmentsFrom([unit([1, 0, 0, 0])]), { fileTags, durationS: 10 });
    await library.jobs.complete(accepted.job.id, { ...result, cover: picture });
    ids[name] = sound.id;
  };
  const catalogue = (viewer = EVERYTHING) => new SqlCatalogue(library.storage, viewer);
  const covers = (viewer = EVERYTHING) => storesOver(library.storage, { recordSearches: false }, viewer).covers;
  const names = ({ items }: { items: { name: string }[] }): string[] => items.map(({ name }) => name);

  beforeEach(async () => {
    const rain = { album: 'Rainy Days', albumArtist: 'Ann' };
    await add('b.wav', { ...rain, artist: 'Ann', artists: ['Ann'], disc: 1, track: 2 }, cover('a'));
    await add('a.wav', { ...rain, artist: 'Ann; Bob', artists: ['Ann', 'Bob'], disc: 2, track: 1 }, cover('a'));
    await add('c.wav', { ...rain, artist: 'Ann', artists: ['Ann'], disc: 1, track: 10 }, cover('a'));
    await add('other.wav', { album: 'RAINY days', albumArtist: 'Zoë', artist: 'Zoë', artists: ['Zoë'] }, cover('b'));
    await add('mixed 1.wav', { album: 'Mixed', artist: 'Bob', artists: ['Bob'] });
    await add('mixed 2.wav', { album: 'Mixed', artist: 'zoë', artists: ['zoë'] });
    await add('alone.wav', {});
    const users = new SqlUserRepository(library.storage);
    await users.add({ id: 'cid', name: 'Cid', role: 'editor', passwordHash: 'x' });
    await add('secret.wav', { album: 'Secret', artist: 'Cid', artists: ['Cid'] }, cover('c'), 'cid');
  });

  describe('artists', () => {
    it('are each of those that sounds name, with what there is of them', async () => {
      expect(await catalogue().artists(ALL)).toEqual({
        items: [
          { name: 'Ann', sounds: 3, albums: 1, cover: cover('a').id },
          { name: 'Bob', sounds: 2, albums: 2, cover: cover('a').id },
          { name: 'Cid', sounds: 1, albums: 1, cover: cover('c').id },
          { name: 'Zoë', sounds: 2, albums: 2, cover: cover('b').id },
        ],
        total: 4,
      });
    });

    it('are sorted, searched, paged, and found by name', async () => {
      expect(names(await catalogue().artists({ ...ALL, sort: 'sounds' }))).toEqual(['Ann', 'Bob', 'Zoë', 'Cid']);
      expect(names(await catalogue().artists({ ...ALL, sort: 'added' }))).toEqual(['Cid', 'Zoë', 'Bob', 'Ann']);
      expect(names(await catalogue().artists({ ...ALL, text: 'OE' }))).toEqual(['Zoë']);
      expect(names(await catalogue().artists({ ...ALL, text: '%' }))).toEqual([]);
      const second = await catalogue().artists({ ...ALL, limit: 2, offset: 2 });
      expect([names(second), second.total]).toEqual([['Cid', 'Zoë'], 4]);
      expect(names(await catalogue().artists({ ...ALL, name: 'ZOE' }))).toEqual(['Zoë']);
    });
  });

  describe('albums', () => {
    it('are told apart by whose they are, and never torn apart by who plays', async () => {
      const { items, total } = await catalogue().albums(ALL);
      expect(items.map(({ name, artist, sounds, durationS }) => [name, artist, sounds, durationS])).toEqual([
        ['Mixed', null, 2, 20],
        ['Rainy Days', 'Ann', 3, 30],
        ['RAINY days', 'Zoë', 1, 10],
        ['Secret', 'Cid', 1, 10],
      ]);
      expect(total).toBe(4);
    });

    it('are found by artist, text and key', async () => {
      expect(names(await catalogue().albums({ ...ALL, artist: 'bob' }))).toEqual(['Mixed', 'Rainy Days']);
      expect(names(await catalogue().albums({ ...ALL, text: 'zoe' }))).toEqual(['RAINY days']);
      const key = albumKey('Rainy Days', 'Ann', fold)!;
      expect(await catalogue().albums({ ...ALL, key })).toMatchObject({ items: [{ sounds: 3 }], total: 1 });
    });

    it('have their sounds in order of discs and tracks', async () => {
      const filters = { albumKey: albumKey('Rainy Days', 'Ann', fold)! };
      const { items } = await library.sounds.list({ filters, sort: 'track', order: 'asc', limit: 10 });
      expect(items.map(({ filename, disc, track }) => [filename, disc, track])).toEqual([
        ['b.wav', 1, 2],
        ['c.wav', 1, 10],
        ['a.wav', 2, 1],
      ]);
      expect(albumPlace(null, null)).toBeNull();
    });

    it('follow what a person says, and the bin', async () => {
      await library.sounds.update(ids['mixed 1.wav']!, { album: 'Alone' });
      await library.bin.put([ids['mixed 2.wav']!]);
      expect(names(await catalogue().albums(ALL))).toEqual(['Alone', 'Rainy Days', 'RAINY days', 'Secret']);
      expect(names(await catalogue().artists(ALL))).toEqual(['Ann', 'Bob', 'Cid', 'Zoë']);
    });
  });

  describe('covers', () => {
    it('are kept once, and given out in two sizes', async () => {
      const { rows } = await library.storage.db
        .selectFrom('covers')
        .select('id')
        .orderBy('id')
        .execute()
        .then((rows) => ({ rows }));
      expect(rows.map(({ id }) => id[0]).join('')).toBe('abc');
      expect(Buffer.from((await covers().get(cover('a').id, 96))!).toString()).toBe('small a');
      expect(Buffer.from((await covers().get(cover('a').id, 400))!).toString()).toBe('large a');
      expect(await covers().get('nothing', 96)).toBeNull();
    });

    it('and names are kept from those who may not see the sounds', async () => {
      expect(await covers(guest).get(cover('a').id, 96)).not.toBeNull();
      expect(await covers(guest).get(cover('c').id, 96)).toBeNull();
      expect(await covers({ ...guest, id: 'cid' }).get(cover('c').id, 96)).not.toBeNull();
      expect(names(await catalogue(guest).artists(ALL))).toEqual(['Ann', 'Bob', 'Zoë']);
      expect(names(await catalogue(guest).albums(ALL))).not.toContain('Secret');
    });

    it('go when the last sound has gone, not before, and none that was just brought', async () => {
      expect(await covers().forgetUnused(FUTURE)).toBe(0);
      await library.bin.put([ids['other.wav']!]);
      expect(await covers().get(cover('b').id, 96)).toBeNull();
      expect(await covers().forgetUnused(FUTURE)).toBe(0);
      await library.erase(ids['other.wav']!);
      await library.erase(ids['a.wav']!);
      expect(await covers().forgetUnused('2000-01-01T00:00:00.000Z')).toBe(0);
      expect(await covers().forgetUnused(FUTURE)).toBe(1);
      expect(await covers().get(cover('a').id, 96)).not.toBeNull();
    });
  });
}
