import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openDatabase,
  SqliteBinRepository,
  SqliteBulkRepository,
  SqliteCollectionRepository,
  SqliteCompletions,
  SqliteCopyRepository,
  SqliteJobRepository,
  SqliteKeywordIndex,
  SqliteModelState,
  SqliteSegmentSource,
  SqliteSoundRepository,
  SqliteTagRepository,
  SqliteUsageLog,
  type Database,
} from '../../src/adapters/sqlite/index.js';
import { MODEL_KEY, newSound, processed, segmentsFrom, temporaryFolder, unit } from './fixtures.js';

let folder: ReturnType<typeof temporaryFolder>;
let db: Database;
let sounds: SqliteSoundRepository;
let jobs: SqliteJobRepository;
let bin: SqliteBinRepository;
let source: SqliteSegmentSource;

beforeEach(() => {
  folder = temporaryFolder();
  db = openDatabase(path.join(folder.path, 'traum.db'));
  sounds = new SqliteSoundRepository(db);
  jobs = new SqliteJobRepository(db);
  bin = new SqliteBinRepository(db);
  source = new SqliteSegmentSource(db);
});

afterEach(() => {
  db.close();
  folder.remove();
});

function ready(filename: string): string {
  const outcome = jobs.accept(newSound(filename));
  if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
  jobs.start(outcome.job.id);
  const result = processed(segmentsFrom([unit([1, 0]), unit([0, 1])]), { fileTags: { keywords: ['kettle'] } });
  jobs.complete(outcome.job.id, result);
  return outcome.job.soundId;
}

const found = (text: string): number => new SqliteKeywordIndex(db).search(text, {}, 10).length;
/** Segments in an index that has followed all changes from the beginning. */
function indexed(): number {
  const there = new Set<number>();
  for (const change of source.changesSince(0, MODEL_KEY, 1000)) {
    if (change.op === 'add') there.add(change.segmentId);
    else there.delete(change.segmentId);
  }
  return there.size;
}

describe('a sound in the bin', () => {
  it('is nowhere else, and comes back with all it had', () => {
    const [a, b] = [ready('kettle one.wav'), ready('kettle two.wav')];
    const { soundKey } = sounds.get(a)!;
    sounds.update(a, { title: 'My kettle', artist: 'Ada', tags: ['mine'] });
    const collections = new SqliteCollectionRepository(db);
    const shelf = collections.create({ id: crypto.randomUUID(), name: 'Shelf', description: null });
    collections.add(shelf.id, [a, b]);
    const usage = new SqliteUsageLog(db);
    usage.recordPlay(soundKey, 0);
    db.prepare('UPDATE sounds SET copy_group = 1').run();
    const copies = new SqliteCopyRepository(db);
    const tags = new SqliteTagRepository(db);
    const completions = new SqliteCompletions(db);
    const look = () => ({
      list: sounds.list({ filters: {}, sort: 'added', order: 'asc', limit: 10 }).total,
      filtered: sounds.list({ filters: { tags: ['kettle'] }, sort: 'title', order: 'asc', limit: 10 }).total,
      ids: sounds.allIds().length,
      counts: sounds.counts().total,
      get: sounds.get(a)?.title,
      waveform: sounds.peaks(a) !== null,
      words: found('kettle'),
      own: found('mine'),
      segments: [source.segmentCount(MODEL_KEY), indexed(), source.segmentsOf(a, MODEL_KEY).length],
      tags: tags.counts('', 10).items.map(({ name, sounds: uses }) => [name, uses]),
      completed: [completions.values('tag', 'mi', 5), completions.values('artist', 'a', 5)],
      names: completions.names(['my'], 5).length,
      collection: [collections.get(shelf.id)!.sounds, collections.sounds(shelf.id, { limit: 9 }).items.length],
      copies: [copies.groups().length, copies.groupOf(sounds.get(b)!.soundKey).length],
      plays: [usage.slice('', '~').plays, usage.topSounds('', 5).length, usage.slice('', '~').uploads],
      job: jobs.latestFor(a) !== null,
      again: jobs.accept(newSound('same.wav', { sha256: sounds.get(b)!.sha256 })).kind,
    });
    const before = look();
    expect(before).toMatchObject({ list: 2, words: 2, own: 1, segments: [4, 4, 2], copies: [1, 2], plays: [1, 1, 2] });

    expect(bin.put([a, 'gone'])).toEqual([a]);
    expect(look()).toEqual({
      list: 1,
      filtered: 1,
      ids: 1,
      counts: 1,
      get: undefined,
      waveform: false,
      words: 1,
      own: 0,
      segments: [2, 2, 0],
      tags: [['kettle', 1]],
      completed: [[], []],
      names: 0,
      collection: [1, 1],
      copies: [0, 1],
      plays: [0, 0, 1],
      job: false,
      again: 'duplicate',
    });
    expect(sounds.update(a, { title: 'x' })).toBeNull();
    expect(new SqliteBulkRepository(db).changeTags([a], { add: ['x'], remove: [] }).notFound).toEqual([a]);
    expect(bin.list({ limit: 10 })).toMatchObject({ total: 1, items: [{ sound: { id: a, title: 'My kettle' } }] });

    expect(bin.restore([a, b])).toEqual({ restored: [a], openJobs: [], unheard: [] });
    expect(look()).toEqual(before);
    expect(bin.sums()).toEqual({ sounds: 0, bytes: 0 });
    expect(collections.sounds(shelf.id, { limit: 9 }).items.map(({ id }) => id)).toEqual([a, b]);
  });

  it('keeps its place in a collection that changes meanwhile', () => {
    const [a, b, c] = [ready('a.wav'), ready('b.wav'), ready('c.wav')];
    const collections = new SqliteCollectionRepository(db);
    const { id } = collections.create({ id: crypto.randomUUID(), name: 'Set', description: null });
    collections.add(id, [a, b, c]);
    bin.put([b]);
    collections.move(id, [c], a);
    bin.restore([b]);
    expect(collections.sounds(id, { limit: 9 }).items.map((sound) => sound.id)).toEqual([c, a, b]);
  });

  it('is heard again only where the model has changed meanwhile', () => {
    const models = new SqliteModelState(db);
    models.setActive({ id: 'test', key: MODEL_KEY });
    const [a, b] = [ready('a.wav'), ready('b.wav')];
    bin.put([a, b]);
    expect(bin.restore([a]).unheard).toEqual([]);
    models.setActive({ id: 'other', key: 'other-1' });
    expect(bin.restore([b]).unheard).toEqual([b]);
  });

  it('holds up no change of the model, and is embedded for it when it comes back', () => {
    const models = new SqliteModelState(db);
    models.setActive({ id: 'test', key: MODEL_KEY });
    const [a] = [ready('a.wav')];
    models.requestSwitch('other');
    models.beginSwitch('other-1');
    expect(models.counts().open).toBe(1);
    bin.put([a]);
    expect(models.counts().open).toBe(0);
    bin.restore([a]);
    expect(models.counts().open).toBe(1);
    bin.put([a]);
    expect(models.commitSwitch({ id: 'other', key: 'other-1' })).toBe(true);
    expect(bin.restore([a]).unheard).toEqual([a]);
  });

  it('is not worked on, and its work goes on when it is back', () => {
    const outcome = jobs.accept(newSound('long.wav'));
    if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
    const { id: jobId, soundId } = outcome.job;
    jobs.start(jobId);
    bin.put([soundId]);
    expect(jobs.complete(jobId, processed([]))).toBe(false);
    expect([jobs.start(jobId), jobs.unfinished(), jobs.counts().active]).toEqual([null, [], 0]);
    expect(bin.restore([soundId]).openJobs).toEqual([jobId]);
    expect(jobs.unfinished()).toMatchObject([{ id: jobId, state: 'queued' }]);
    jobs.start(jobId);
    expect(jobs.complete(jobId, processed([]))).toBe(true);
  });

  it('is listed page by page, the latest first', () => {
    const ids = Array.from({ length: 7 }, (_, at) => ready(`${at}.wav`));
    for (const id of ids) bin.put([id]);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = bin.list({ limit: 3, cursor });
      seen.push(...page.items.map(({ sound }) => sound.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(ids.toReversed());
    expect(() => bin.list({ limit: 3, cursor: 'nonsense' })).toThrow('page marker');
  });

  it('leaves for good from the bin alone, and its bytes are noted until they are gone', () => {
    const [a, b] = [ready('a.wav'), ready('b.wav')];
    const { sha256 } = sounds.get(a)!;
    bin.put([a]);
    expect(bin.erase([a, b], 'bin').map(({ id }) => id)).toEqual([a]);
    expect(bin.leftovers()).toEqual([sha256]);
    expect(bin.restore([a]).restored).toEqual([]);
    expect([indexed(), source.segmentCount(MODEL_KEY), bin.sums().sounds]).toEqual([2, 2, 0]);
    // The same bytes again: they are somebody's, and not to be deleted.
    jobs.accept(newSound('again.wav', { sha256 }));
    expect([bin.isUsed(sha256), bin.leftovers()]).toEqual([true, [sha256]]);
    bin.forgetLeftovers([sha256]);
    expect(bin.leftovers()).toEqual([]);
  });
});
