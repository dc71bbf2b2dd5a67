import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/adapters/sql/index.js';
import { sounds } from '../fixtures/library-0.1.0/sounds.js';
import { AppProcess, until } from './app-process.js';

const DATABASE = fileURLToPath(new URL('../fixtures/library-0.1.0/traum.db.gz', import.meta.url));
const KEPT = Object.keys(sounds).filter((name) => name !== 'unwanted.wav');
/** What there was then; the older ones of the library go by their own dates otherwise. */
const LIBRARY_OF_YESTERDAY = ['search_log', 'play_log', 'sounds'].map(
  (table) => `UPDATE ${table} SET created_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 day')`,
);

const folder = mkdtempSync(path.join(os.tmpdir(), 'traum-0.1.0-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A data directory as version 0.1.0 left it. */
function dataOf(name: string): string {
  const dir = path.join(folder, name);
  mkdirSync(dir);
  writeFileSync(path.join(dir, 'traum.db'), gunzipSync(readFileSync(DATABASE)));
  const db = new BetterSqlite3(path.join(dir, 'traum.db'));
  for (const sql of LIBRARY_OF_YESTERDAY) db.exec(sql);
  db.close();
  for (const filename of KEPT) {
    const bytes = sounds[filename]!;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const place = path.join(dir, 'audio', sha256.slice(0, 2));
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, sha256), bytes);
  }
  return dir;
}

interface Sound {
  id: string;
  filename: string;
  title: string | null;
  tags: { name: string; source: string }[];
}

const tagsBy = (sound: Sound | undefined, source: string): string[] =>
  (sound?.tags ?? [])
    .filter((tag) => tag.source === source)
    .map(({ name }) => name)
    .sort();

describe('the database of a library of version 0.1.0', () => {
  it('keeps all vectors, peaks and jobs as they were when it is brought up to date', () => {
    const file = path.join(dataOf('database'), 'traum.db');
    const kept = (db: BetterSqlite3.Database) => ({
      segments: db.prepare('SELECT sound_key, model_key, start_s, end_s, hex(vector) AS vector FROM segments').all(),
      peaks: db.prepare('SELECT sound_key, bucket_s, hex(min_max) AS levels FROM peaks').all(),
      prints: db.prepare('SELECT sound_key, hex(levels) AS levels FROM prints').all(),
    });
    const old = new BetterSqlite3(file, { readonly: true });
    const before = kept(old);
    old.close();
    expect(before.segments).toHaveLength(KEPT.length);
    const db = openDatabase(file);
    expect(kept(db)).toEqual(before);
    expect(db.prepare('SELECT count(*) AS n FROM library').get()).toEqual({ n: KEPT.length });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.pragma('foreign_key_check')).toEqual([]);
    db.close();
  });
});

describe('a library of version 0.1.0', () => {
  let app: AppProcess;
  let library: Map<string, Sound>;

  beforeAll(async () => {
    app = await AppProcess.spawn(dataOf('app'), { LOG_LEVEL: 'warn' }).ready();
    const page = await app.json<{ items: Sound[] }>('/audio/files');
    library = new Map(page.items.map((sound) => [sound.filename, sound]));
  }, 90_000);
  afterAll(() => app.stop());

  it('has all its sounds with what people and files say of them', () => {
    expect([...library.keys()].sort()).toEqual([...KEPT].sort());
    expect(library.get('deep saw.wav')).toMatchObject({
      ...{ title: 'The deep one', artist: 'Somebody', album: 'First takes', genre: 'Bass' },
      ...{
        bpm: 92,
        bpmSource: 'user',
        key: 'Fm',
        keySource: 'user',
        durationS: 2,
        sampleRateHz: 22_050,
      },
    });
    expect(library.get('chip square.wav')).toMatchObject({ title: 'Chip tune, one note' });
    expect(tagsBy(library.get('deep saw.wav'), 'user')).toEqual(['keep', 'rumble']);
    expect(tagsBy(library.get('pulses.wav'), 'user')).toEqual(['rhythm']);
    expect(tagsBy(library.get('noise burst.wav'), 'user')).toEqual(['rhythm']);
  });

  it('has its collections, in their order', async () => {
    const { items } = await app.json<{
      items: { id: string; name: string; description: string | null; sounds: number }[];
    }>('/collections');
    expect(items.map(({ name, sounds: count }) => [name, count]).sort()).toEqual([
      ['Empty one', 0],
      ['Favourites', 2],
    ]);
    const favourites = items.find(({ name }) => name === 'Favourites')!;
    expect(favourites.description).toBe('What I like');
    const inside = await app.json<{ items: (Sound & { sound?: Sound })[] }>(`/collections/${favourites.id}/sounds`);
    expect(inside.items.map((item) => (item.sound ?? item).filename)).toEqual(['bell.wav', 'deep saw.wav']);
  });

  it('knows what was searched and played', async () => {
    const { items } = await app.json<{ items: { query: string; resultCount: number }[] }>('/search/history');
    expect(items.map(({ query, resultCount }) => [query, resultCount])).toEqual([
      ['zzzz unknown', 0],
      ['noise burst', 1],
      ['rumble', 1],
      ['bell', 1],
    ]);
    expect(await app.json('/analytics/usage')).toMatchObject({ searches: 4, plays: 1, uploads: 5 });
  });

  it('is heard by the model of today, and found by words and by sound; taken-off tags stay off', async () => {
    await until(60_000, 'all sounds to be searchable', async () => {
      const { index, library: counts } = await app.json<{ index: { segments: number }; library: { ready: number } }>(
        '/analytics/stats',
      );
      return index.segments === KEPT.length && counts.ready === KEPT.length;
    });
    const found = async (route: string): Promise<string[]> =>
      (await app.json<{ results: { sound: Sound }[] }>(route)).results.map(({ sound }) => sound.filename);
    expect(await found('/search?mode=keyword&q=rumble')).toEqual(['deep saw.wav']);
    expect((await found('/search?mode=semantic&q=deep+synthesizer+bass')).length).toBe(KEPT.length);
    const bell = library.get('bell.wav')!;
    expect((await found(`/audio/files/${bell.id}/similar`)).length).toBe(KEPT.length - 1);
    expect(tagsBy(await app.json<Sound>(`/audio/files/${bell.id}`), 'auto')).not.toContain('cymbal');
    const vocabulary = JSON.stringify(await app.json('/tags/vocabulary'));
    expect(vocabulary).toContain('my buzz');
  });

  it('still plays its sounds', async () => {
    for (const [filename, sound] of library) {
      const response = await fetch(`${app.url}/api/v1/audio/files/${sound.id}/download`);
      expect(Buffer.from(await response.arrayBuffer()).equals(sounds[filename]!)).toBe(true);
    }
  });
});
