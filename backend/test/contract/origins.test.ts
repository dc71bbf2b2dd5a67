import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openDatabase,
  SqlCompletions,
  SqlJobRepository,
  SqlOriginRepository,
  SqlSoundRepository,
  storageOver,
  type Database,
} from '../../src/adapters/sql/index.js';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { folderOf, OriginsService } from '../../src/domain/library/origins.js';
import { newSound, temporaryFolder } from './fixtures.js';
import { forAll } from '../support/viewers.js';

let folder: ReturnType<typeof temporaryFolder>;
let db: Database;
let origins: SqlOriginRepository;
let sounds: SqlSoundRepository;

beforeEach(async () => {
  folder = temporaryFolder();
  db = openDatabase(path.join(folder.path, 'traum.db'));
  const sql = storageOver(db);
  [origins, sounds] = [new SqlOriginRepository(sql), new SqlSoundRepository(sql)];
  const jobs = new SqlJobRepository(sql);
  for (const [name, ...places] of [
    ['a.wav', 'Packs/Älter/Drums', 'Copies'],
    ['b.wav', 'Packs/Beta/Drums'],
    ['c.wav', 'Packs/Beta/Pads 100%'],
    ['d.wav', 'Packs_/Beta'],
    ['e.wav'],
  ] as const) {
    const sound = newSound(name);
    await jobs.accept(sound);
    for (const place of places) await origins.add(sound.id, { folder: place, filename: name });
  }
});

afterEach(() => {
  db.close();
  folder.remove();
});

const from = async (...folders: string[]): Promise<string> => {
  const { items } = await sounds.list({ filters: { folders }, sort: 'title', order: 'asc', limit: 50 });
  return items.map(({ filename }) => filename[0]).join('');
};

describe('folders that sounds came from', () => {
  it.each([
    ['drums', 'ab'],
    ['Drums', 'ab'],
    ['alter/drums', 'a'],
    ['/Packs', 'abc'],
    ['/packs/beta', 'bc'],
    ['beta', 'bcd'],
    ['/Beta', ''],
    ['Drum', ''],
    ['packs/', 'abc'],
    ['pads 100%', 'c'],
    ['pads%', ''],
    ['Copies', 'a'],
  ])('%s: %s', async (asked, found) => {
    expect(await from(asked)).toBe(found);
  });

  it('must all hold, and are told with the sound', async () => {
    expect(await from('Copies', 'Drums')).toBe('a');
    expect(await from('Copies', 'Pads 100%')).toBe('');
    const { items } = await sounds.list({ filters: {}, sort: 'title', order: 'asc', limit: 50 });
    expect(items.map(({ folders }) => folders.length)).toEqual([2, 1, 1, 1, 0]);
  });

  it('are a tree whose counts tell each sound once', async () => {
    const service = new OriginsService(forAll(origins));
    const at = async (under: string): Promise<string[]> =>
      (await service.folders(LOCAL, under)).map((one) => `${one.name} ${one.sounds}${one.hasFolders ? ' …' : ''}`);
    expect(await at('')).toEqual(['Copies 1', 'Packs 3 …', 'Packs_ 1 …']);
    expect(await at('Packs')).toEqual(['Älter 1 …', 'Beta 2 …']);
    expect(await at('Packs/Beta')).toEqual(['Drums 1', 'Pads 100% 1']);
    expect(await at('nowhere')).toEqual([]);
    db.prepare(`INSERT INTO bin SELECT sound_key, created_at FROM sounds WHERE filename = 'b.wav'`).run();
    expect(await at('Packs/Beta')).toEqual(['Pads 100% 1']);
  });

  it('are completed by any part of the path', async () => {
    const completions = new SqlCompletions(storageOver(db));
    expect(await completions.values('folder', 'dru', 5)).toEqual(['/Packs/Beta/Drums', '/Packs/Älter/Drums']);
    expect(await completions.values('folder', 'alt', 5)).toEqual(['/Packs/Älter/Drums']);
  });

  it.each([
    ['kick.wav', ''],
    ['Packs/Drums/kick.wav', 'Packs/Drums'],
    ['C:\\Samples\\Drums\\kick.wav', 'Samples/Drums'],
    ['/../etc/./x/kick.wav', 'etc/x'],
    ['a\u0000b/kick.wav', folderOf('a\u0000b/k')],
  ])('are read from %s', (given, expected) => {
    expect(folderOf(given)).toBe(expected);
    expect(folderOf(given)).not.toMatch(/\p{Cc}/u);
  });
});
