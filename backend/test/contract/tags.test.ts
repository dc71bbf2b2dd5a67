import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openDatabase,
  SqliteJobRepository,
  SqliteCompletions,
  SqliteKeywordIndex,
  SqliteSoundRepository,
  SqliteTagRepository,
  type Database,
} from '../../src/adapters/sqlite/index.js';
import type { AutoTag } from '../../src/domain/tagging/tagging.types.js';
import { MODEL_KEY, newSound, processed, segmentsFrom, temporaryFolder, unit } from './fixtures.js';
import { erase } from '../support/erase.js';

const STAMP = 'words-1 model-1';

let folder: ReturnType<typeof temporaryFolder>;
let db: Database;
let sounds: SqliteSoundRepository;
let jobs: SqliteJobRepository;
let tags: SqliteTagRepository;

beforeEach(() => {
  folder = temporaryFolder();
  db = openDatabase(path.join(folder.path, 'traum.db'));
  sounds = new SqliteSoundRepository(db);
  jobs = new SqliteJobRepository(db);
  tags = new SqliteTagRepository(db);
});

afterEach(() => {
  db.close();
  folder.remove();
});

function add(filename: string, keywords: string[] = []): string {
  const outcome = jobs.accept(newSound(filename));
  if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
  finish(outcome.job.id, keywords);
  return outcome.job.soundId;
}

function finish(jobId: string, keywords: string[] = []): void {
  jobs.start(jobId);
  const result = processed(segmentsFrom([unit([1, 0])]), { fileTags: { keywords } });
  if (!jobs.complete(jobId, result)) throw new Error('expected to complete');
}

const staleIds = (stamp = STAMP, model = MODEL_KEY): string[] =>
  tags.stale(stamp, model, 0, 100).sounds.map(({ soundId }) => soundId);

function tag(soundId: string, given: Record<string, number>, stamp = STAMP): string[] {
  const [sound] = tags.staleAmong(stamp, MODEL_KEY, [soundId]);
  if (!sound) throw new Error('expected a stale sound');
  const list = Object.entries(given).map(([name, score]): AutoTag => ({ name, score }));
  return tags.save(stamp, [{ sound, tags: list }]);
}

const namesOf = (id: string): string[] => sounds.get(id)!.tags.map(({ name, source }) => `${name} ${source}`);

describe('what is stale', () => {
  it('is what was never tagged, or with another stamp, or before it was processed anew', () => {
    const [a, b] = [add('a.wav'), add('b.wav')];
    expect(staleIds()).toEqual([a, b]);
    tag(a, { rain: 0.9 });
    expect(staleIds()).toEqual([b]);
    expect(staleIds('words-2 model-1')).toEqual([a, b]);
    const job = jobs.restart(a)!;
    expect(staleIds()).toEqual([b]);
    // The moment of processing is all that tells the runs apart.
    while (new Date().toISOString() === sounds.get(a)!.updatedAt);
    finish(job.id);
    expect(staleIds()).toEqual([a, b]);
  });

  it('needs vectors of the model', () => {
    const a = add('a.wav');
    expect(staleIds(STAMP, 'another model')).toEqual([]);
    expect(tags.staleAmong(STAMP, 'another model', [a])).toEqual([]);
  });

  it('is found piece by piece, in a library with gaps', () => {
    const ids = ['a', 'b', 'c', 'd'].map((name) => add(`${name}.wav`));
    db.prepare('UPDATE sqlite_sequence SET seq = 9000 WHERE name = ?').run('sounds');
    ids.push(add('far.wav'));
    const found: string[] = [];
    let cursor: number | null = 0;
    while (cursor !== null) {
      const part: ReturnType<typeof tags.stale> = tags.stale(STAMP, MODEL_KEY, cursor, 3);
      expect(part.sounds.length).toBeLessThanOrEqual(3);
      found.push(...part.sounds.map(({ soundId }) => soundId));
      cursor = part.cursor;
    }
    expect(found).toEqual(ids);
  });

  it('is everything, or what is named, when tags are to be made anew', () => {
    const [a, b] = [add('a.wav'), add('b.wav')];
    tag(a, {});
    tag(b, {});
    expect(tags.progress(STAMP)).toEqual({ ready: 2, tagged: 2 });
    tags.forget([b], { rejected: false });
    expect(staleIds()).toEqual([b]);
    tags.forget(null, { rejected: false });
    expect(tags.progress(STAMP)).toEqual({ ready: 2, tagged: 0 });
  });
});

describe('saving', () => {
  it('replaces automatic tags and leaves those of file and person; theirs win over the same name', () => {
    const a = add('a.wav', ['Field']);
    sounds.update(a, { tags: ['Rain'] });
    expect(tag(a, { rain: 0.9, wind: 0.6 })).toEqual([a]);
    expect(namesOf(a)).toEqual(['Rain user', 'Field file', 'wind auto']);
    tag(a, { water: 0.7 }, 'words-2 model-1');
    expect(namesOf(a)).toEqual(['Rain user', 'Field file', 'water auto']);
  });

  it('tells only of what changed', () => {
    const a = add('a.wav');
    tag(a, { rain: 0.9 });
    expect(tag(a, { rain: 0.9 }, 'words-2 model-1')).toEqual([]);
    expect(tag(a, { rain: 0.8 }, 'words-3 model-1')).toEqual([a]);
  });

  it('writes nothing for a sound that is gone or is processed again', () => {
    const [a, b] = [add('a.wav'), add('b.wav')];
    const stale = tags.stale(STAMP, MODEL_KEY, 0, 10).sounds;
    erase(db, a);
    jobs.restart(b);
    expect(
      tags.save(
        STAMP,
        stale.map((sound) => ({ sound, tags: [{ name: 'rain', score: 0.9 }] })),
      ),
    ).toEqual([]);
    expect(namesOf(b)).toEqual([]);
  });
});

describe('rejected tags', () => {
  it('go, and stay away when the sound is tagged anew', () => {
    const a = add('a.wav');
    tag(a, { Café: 0.9, rain: 0.8 });
    sounds.update(a, { rejectTags: [' cafe '] });
    expect(namesOf(a)).toEqual(['rain auto']);
    tag(a, { café: 0.95 }, 'words-2 model-1');
    expect(namesOf(a)).toEqual([]);
  });

  it('do not touch what the person or the file says', () => {
    const a = add('a.wav', ['rain']);
    sounds.update(a, { tags: ['dog'], rejectTags: ['rain', 'dog'] });
    expect(namesOf(a)).toEqual(['dog user', 'rain file']);
  });

  it('come back as they were when accepted, and when tagging forgets rejections', () => {
    const a = add('a.wav');
    tag(a, { rain: 0.8 });
    sounds.update(a, { rejectTags: ['rain'] });
    expect(sounds.update(a, { acceptTags: ['Rain'] })?.tags).toEqual([{ name: 'rain', score: 0.8, source: 'auto' }]);
    sounds.update(a, { rejectTags: ['rain', 'never heard'], acceptTags: ['never heard'] });
    expect(namesOf(a)).toEqual([]);
    tags.forget(null, { rejected: true });
    tag(a, { rain: 0.8, 'never heard': 0.7 });
    expect(namesOf(a)).toEqual(['rain auto', 'never heard auto']);
  });
});

describe('finding by automatic tags', () => {
  it('finds them by their German names too', () => {
    const [a] = [add('clip-0001.wav'), add('clip-0002.wav')];
    tag(a, { dog: 0.8 });
    const total = (...names: string[]) =>
      sounds.list({ filters: { tags: names }, sort: 'added', order: 'asc', limit: 9 }).total;
    expect([total('Hund'), total('hunde'), total('dog'), total('Hund', 'dog'), total('Katze')]).toEqual([
      1, 1, 1, 1, 0,
    ]);
  });

  it('works as a filter, by keyword and in suggestions, until the tag is rejected', () => {
    const keywords = new SqliteKeywordIndex(db);
    const [a] = [add('clip-0001.wav'), add('clip-0002.wav')];
    tag(a, { 'hand drum': 0.8 });
    const found = () => [
      sounds.list({ filters: { tags: ['Hand Drum'] }, sort: 'added', order: 'asc', limit: 9 }).total,
      sounds.list({ filters: {}, text: 'drum', sort: 'added', order: 'asc', limit: 9 }).total,
      keywords.search('drums', {}, 9).length,
      new SqliteCompletions(db).values('tag', 'han', 9).length,
    ];
    expect(found()).toEqual([1, 1, 1, 1]);
    expect(keywords.search('drum', {}, 9)[0]?.fields).toEqual(['auto_tags']);
    // Beside the model's own ear its tags are no second witness.
    expect(keywords.search('drum', {}, 9, 'any')).toEqual([]);
    expect(keywords.search('hand drum', {}, 9, 'any')).toEqual([]);
    sounds.update(a, { rejectTags: ['hand drum'] });
    expect(found()).toEqual([0, 0, 0, 0]);
  });

  it('counts each sound once per tag, most used first', () => {
    const [a, b] = [add('a.wav', ['rain']), add('b.wav', ['Hard Rain'])];
    tag(a, { rain: 0.8 });
    tag(b, { rain: 0.7 });
    expect(tags.counts('', 10)).toEqual({
      items: [
        { name: 'rain', sounds: 2, bySource: { file: 1, auto: 2, user: 0 } },
        { name: 'Hard Rain', sounds: 1, bySource: { file: 1, auto: 0, user: 0 } },
      ],
      total: 2,
    });
    expect(tags.counts('RAI', 1)).toMatchObject({ items: [{ name: 'rain' }], total: 2 });
    expect(tags.counts('ain', 10).total).toBe(0);
  });
});

it('keeps edits of the vocabulary', () => {
  expect(tags.edits()).toEqual({ disabledGroups: [], removed: [], own: [] });
  const edits = { disabledGroups: ['music'], removed: ['snow'], own: [{ name: 'foley', prompts: ['foley'] }] };
  tags.saveEdits(edits);
  expect(new SqliteTagRepository(db).edits()).toEqual(edits);
});
